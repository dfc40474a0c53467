// Each check of a client prints one line of JSON: what the client saw, or what it raised that nobody expected.

export const URL = process.env.GATEWAY_URL;
export const KEY = process.env.GATEWAY_KEY;
export const WRONG_KEY = "clk_wrong";
export const QUESTION = "What does a reviewer keep?";
export const PIECES_BEFORE_LEAVING = 3;

export async function run(checks) {
  for (const [name, seen] of Object.entries(checks)) {
    let told;
    try {
      told = await seen();
    } catch (error) {
      told = { failed: error.stack ?? String(error) };
    }
    process.stdout.write(JSON.stringify({ check: name, ...told }) + "\n");
  }
}

export async function raised(call) {
  try {
    await call();
  } catch (error) {
    return ofError(error);
  }
  return { raised: [] };
}

export function ofError(error) {
  const names = [];
  for (let of = error; of && of !== Object.prototype; of = Object.getPrototypeOf(of)) {
    names.push(of.constructor.name);
  }
  const headers = error.responseHeaders ?? Object.fromEntries(error.headers?.entries?.() ?? []);
  return {
    raised: [error.name, ...names],
    status: error.status ?? error.statusCode ?? null,
    code: error.code ?? error.data?.error?.code ?? null,
    param: error.param ?? error.data?.error?.param ?? null,
    request_id: headers["x-request-id"] ?? null,
    retry_after: headers["retry-after"] ?? null,
    message: String(error.message).slice(0, 400),
  };
}

export async function readUntilItBreaks(pieces) {
  let text = "";
  try {
    for await (const piece of pieces) text += piece ?? "";
  } catch (error) {
    return { text, ...ofError(error) };
  }
  return { text, raised: [] };
}
