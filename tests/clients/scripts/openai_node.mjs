// The official OpenAI client for Node: chat, responses, embeddings, files.
import OpenAI, { toFile } from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { KEY, PIECES_BEFORE_LEAVING, QUESTION, URL, WRONG_KEY, raised, readUntilItBreaks, run } from "./told.mjs";

const client = new OpenAI({ baseURL: `${URL}/v1`, apiKey: KEY });
const ask = [{ role: "user", content: QUESTION }];
const brief = [{ role: "system", content: "Be brief." }, ...ask];
const Weather = z.object({ city: z.string(), days: z.number().int() });
const tools = [{ type: "function", function: { name: "weather", parameters: z.toJSONSchema(Weather) } }];
const create = (fields, options) => client.chat.completions.create({ model: "answer", messages: ask, ...fields }, options);

async function* words(stream) {
  for await (const event of stream) yield event.choices[0]?.delta?.content;
}

await run({
  async whole() {
    const answer = await create({ messages: brief });
    return {
      text: answer.choices[0].message.content,
      finish: answer.choices[0].finish_reason,
      input: answer.usage.prompt_tokens,
      output: answer.usage.completion_tokens,
      request_id: answer._request_id,
    };
  },
  async streamed() {
    const { data: stream, request_id } = await create({
      messages: brief, stream: true, stream_options: { include_usage: true },
    }).withResponse();
    let text = "", pieces = 0, output = null;
    for await (const event of stream) {
      text += event.choices[0]?.delta?.content ?? "";
      pieces += event.choices.length;
      output = event.usage?.completion_tokens ?? output;
    }
    return { text, pieces, output, request_id };
  },
  async tool() {
    const called = await create({ tools, tool_choice: "required" });
    const message = called.choices[0].message;
    const call = message.tool_calls[0];
    const result = { role: "tool", tool_call_id: call.id, content: "rain" };
    const after = await create({ messages: [...ask, message, result], tools });
    return {
      name: call.function.name,
      arguments: JSON.parse(call.function.arguments),
      after: after.choices[0].message.content,
    };
  },
  async streamed_tool() {
    const stream = client.chat.completions.stream({ model: "answer", messages: ask, tools, tool_choice: "required" });
    const call = (await stream.finalChatCompletion()).choices[0].message.tool_calls[0];
    return { name: call.function.name, arguments: JSON.parse(call.function.arguments) };
  },
  async structured() {
    const answer = await client.chat.completions.parse({
      model: "answer", messages: ask, response_format: zodResponseFormat(Weather, "weather"),
    });
    return { value: answer.choices[0].message.parsed };
  },
  async vectors() {
    const answer = await client.embeddings.create({ model: "vectors", input: ["one", "two"], dimensions: 64 });
    return { lengths: answer.data.map((item) => item.embedding.length) };
  },
  async by_responses() {
    const first = await client.responses.create({ model: "answer", input: QUESTION });
    const second = await client.responses.create({
      model: "answer", input: "And then?", previous_response_id: first.id,
    });
    return { text: second.output_text, output: second.usage.output_tokens, previous: second.previous_response_id === first.id };
  },
  async by_responses_streamed() {
    const stream = await client.responses.create({ model: "answer", input: QUESTION, stream: true });
    let text = "", pieces = 0, last = null;
    for await (const event of stream) {
      last = event.type;
      if (event.type === "response.output_text.delta") { text += event.delta; pieces += 1; }
    }
    return { text, pieces, last };
  },
  async file() {
    const file = await client.files.create({ file: await toFile(Buffer.from("{}"), "rows.jsonl"), purpose: "batch" });
    const content = await (await client.files.content(file.id)).text();
    return { bytes: file.bytes, content, deleted: (await client.files.delete(file.id)).deleted };
  },
  async wrong_key() {
    return raised(() => new OpenAI({ baseURL: `${URL}/v1`, apiKey: WRONG_KEY }).models.list());
  },
  async unknown_model() {
    return raised(() => create({ model: "none" }));
  },
  async bad_request() {
    return raised(() => create({ max_tokens: -1 }));
  },
  async throttled() {
    return raised(() => create({ model: "busy" }, { maxRetries: 0 }));
  },
  async failed() {
    return raised(() => create({ model: "failing" }));
  },
  async cut() {
    return readUntilItBreaks(words(await create({ model: "cut", stream: true })));
  },
  async left() {
    const stream = await create({ model: "slow", stream: true });
    let pieces = 0;
    for await (const word of words(stream)) {
      pieces += word ? 1 : 0;
      if (pieces === PIECES_BEFORE_LEAVING) break;
    }
    stream.controller.abort();
    return { pieces };
  },
});
