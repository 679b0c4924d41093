// A small language model behind Ollama's /api/chat, /api/tags and /api/show: for tests that want a
// real model to say real nonsense over a real protocol. Loopback only, one answer at a time.
//
//   node server.mjs MODEL.gguf [PORT]     writes "listening PORT" to its output
//
// `format` with a JSON schema becomes a grammar, so what is said fits it (unless it is cut off at
// `num_predict`). A client that hangs up ends the computing.

import { createServer } from "node:http";
import { basename } from "node:path";
import { getLlama, LlamaChatSession } from "node-llama-cpp";

const MAX_BODY_BYTES = 1024 * 1024;
const CONTEXT_TOKENS = 8192;
const NAME = "smollm2:135m";

// More threads wait for each other by spinning: where other programs use the cores too, a token then
// takes seconds. With one it takes a hundredth.
const THREADS = 1;

const [file, port = "0"] = process.argv.slice(2);
const llama = await getLlama({
  gpu: false,
  build: "never",
  logLevel: "error",
  maxThreads: THREADS,
});
const model = await llama.loadModel({ modelPath: file });
const context = await model.createContext({ contextSize: CONTEXT_TOKENS });
const sequence = context.getSequence();
let before = Promise.resolve(); // the answer that is under way

async function bodyOf(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error("too long");
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

function send(response, status, body) {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
}

const said = (messages, role) =>
  messages
    .filter((message) => message.role === role)
    .map((message) => message.content)
    .join("\n");

function part(content, rest) {
  const message = { role: "assistant", content };
  return { model: NAME, created_at: new Date().toISOString(), message, done: false, ...rest };
}

async function answer(body, signal, onText) {
  const options = body.options ?? {};
  const session = new LlamaChatSession({
    contextSequence: sequence,
    systemPrompt: said(body.messages, "system"),
  });
  try {
    const schema = typeof body.format === "object" ? body.format : null;
    return await session.promptWithMeta(said(body.messages, "user"), {
      signal,
      stopOnAbortSignal: true,
      onTextChunk: onText,
      maxTokens: options.num_predict ?? 256,
      temperature: options.temperature ?? 0,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      ...(schema ? { grammar: await llama.createGrammarForJsonSchema(schema) } : {}),
    });
  } finally {
    session.dispose({ disposeSequence: false });
    await sequence.clearHistory();
  }
}

async function chat(request, response) {
  const body = await bodyOf(request);
  const hangUp = new AbortController();
  response.on("close", () => hangUp.abort());
  const mine = before;
  let done;
  before = new Promise((resolve) => {
    done = resolve;
  });
  await mine;
  try {
    if (hangUp.signal.aborted) return;
    const began = process.hrtime.bigint();
    let tokens = 0;
    let text = "";
    const made = await answer(body, hangUp.signal, (chunk) => {
      tokens += 1;
      text += chunk;
      if (body.stream === false) return;
      if (!response.headersSent) {
        response.writeHead(200, { "Content-Type": "application/x-ndjson" });
      }
      response.write(`${JSON.stringify(part(chunk))}\n`);
    });
    const end = {
      done: true,
      done_reason: made.stopReason === "maxTokens" ? "length" : "stop",
      total_duration: Number(process.hrtime.bigint() - began),
      eval_count: tokens,
    };
    if (body.stream === false) send(response, 200, part(text, end));
    else response.end(`${JSON.stringify(part("", end))}\n`);
  } finally {
    done();
  }
}

const entry = {
  name: NAME,
  model: NAME,
  size: 98_362_432,
  details: { format: "gguf", parameter_size: "135M", quantization_level: "Q4_1" },
};

const server = createServer(async (request, response) => {
  try {
    if (request.method === "POST" && request.url === "/api/chat") await chat(request, response);
    else if (request.url === "/api/tags") send(response, 200, { models: [entry] });
    else if (request.url === "/api/show") {
      send(response, 200, { ...entry, model_info: {}, capabilities: ["completion"] });
    } else send(response, 404, { error: "not found" });
  } catch (error) {
    if (response.headersSent) response.destroy();
    else send(response, 500, { error: error instanceof Error ? error.message : "failed" });
  }
});
server.listen(Number(port), "127.0.0.1", () => {
  console.log(`listening ${server.address().port} ${basename(file)}`);
});
