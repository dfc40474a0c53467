// Vercel's AI SDK through its three providers: OpenAI's chat, OpenAI's responses, Anthropic's messages.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embedMany, generateObject, generateText, isStepCount, streamObject, streamText, tool } from "ai";
import { z } from "zod";
import { KEY, PIECES_BEFORE_LEAVING, QUESTION, URL, WRONG_KEY, ofError, raised, readUntilItBreaks, run } from "./told.mjs";

const compatible = (apiKey) =>
  createOpenAICompatible({
    name: "colonnade", baseURL: `${URL}/v1`, apiKey, includeUsage: true, supportsStructuredOutputs: true,
  });
const providers = {
  chat: (name, key = KEY) => createOpenAI({ baseURL: `${URL}/v1`, apiKey: key }).chat(name),
  responses: (name, key = KEY) => createOpenAI({ baseURL: `${URL}/v1`, apiKey: key })(name),
  compatible: (name, key = KEY) => compatible(key)(name),
  messages: (name, key = KEY) => createAnthropic({ baseURL: `${URL}/v1`, apiKey: key })(name),
};
const model = providers[process.argv[2]];
const Weather = z.object({ city: z.string(), days: z.number().int() });
const weather = tool({ description: "The weather in a city.", inputSchema: Weather, execute: async () => "rain" });
const brief = { system: "Be brief.", prompt: QUESTION, maxOutputTokens: 200 };

async function* words(result) {
  for await (const part of result.fullStream) {
    if (part.type === "error") throw part.error;
    if (part.type === "text-delta") yield part.text;
  }
}

await run({
  async whole() {
    const answer = await generateText({ model: model("answer"), ...brief });
    return {
      text: answer.text,
      finish: answer.finishReason,
      input: answer.usage.inputTokens,
      output: answer.usage.outputTokens,
      request_id: answer.response.headers["x-request-id"],
    };
  },
  async streamed() {
    const result = streamText({ model: model("answer"), ...brief });
    let text = "", pieces = 0;
    for await (const word of words(result)) { text += word; pieces += 1; }
    return { text, pieces, output: (await result.usage).outputTokens };
  },
  async tool() {
    const called = await generateText({
      model: model("answer"), prompt: QUESTION, tools: { weather }, stopWhen: isStepCount(2),
      prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? "required" : "auto" }),
    });
    const call = called.steps[0].toolCalls[0];
    return { name: call.toolName, arguments: call.input, after: called.text };
  },
  async structured() {
    const answer = await generateObject({ model: model("answer"), prompt: QUESTION, schema: Weather });
    return { value: answer.object };
  },
  async structured_streamed() {
    const result = streamObject({ model: model("answer"), prompt: QUESTION, schema: Weather });
    let pieces = 0;
    for await (const _ of result.partialObjectStream) pieces += 1;
    return { value: await result.object, pieces };
  },
  async vectors() {
    const answer = await embedMany({ model: compatible(KEY).embeddingModel("vectors"), values: ["one", "two"] });
    return { lengths: answer.embeddings.map((vector) => vector.length) };
  },
  async wrong_key() {
    return raised(() => generateText({ model: model("answer", WRONG_KEY), prompt: QUESTION }));
  },
  async unknown_model() {
    return raised(() => generateText({ model: model("none"), prompt: QUESTION }));
  },
  async bad_request() {
    return raised(() => generateText({ model: model("answer"), prompt: QUESTION, headers: { "x-request-timeout-s": "soon" } }));
  },
  async throttled() {
    return raised(() => generateText({ model: model("busy"), prompt: QUESTION, maxRetries: 0 }));
  },
  async failed() {
    return raised(() => generateText({ model: model("failing"), prompt: QUESTION, maxRetries: 0 }));
  },
  async cut() {
    return readUntilItBreaks(words(streamText({ model: model("cut"), prompt: QUESTION, onError: () => {} })));
  },
  async left() {
    const leaving = new AbortController();
    const result = streamText({ model: model("slow"), prompt: QUESTION, abortSignal: leaving.signal });
    let pieces = 0;
    try {
      for await (const _ of words(result)) if (++pieces === PIECES_BEFORE_LEAVING) leaving.abort();
    } catch (error) {
      return { pieces, ...ofError(error) };
    }
    return { pieces };
  },
});
