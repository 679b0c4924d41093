import { InterviewError } from "./errors.js";

/** @typedef {import("./messages.js").ServerMessage} ServerMessage */
/** @typedef {import("./messages.js").ClientMessage} ClientMessage */

export const LABEL = "interview.v1";
export const MAX_MESSAGE_BYTES = 16_384;
export const MAX_ANSWER_CHARS = 10_000;
/** As long as the id of a prompt can be. */
const ANY_PROMPT = "x".repeat(81);

/** What each message must have before anything relies on it. @type {Record<string, Record<string, string>>} */
export const REQUIRED = {
  welcome: { connection_epoch: "number", last_seq: "number", questions_total: "number" },
  state: { status: "string", stage: "string", activity: "string" },
  question: { seq: "number", question_id: "string", number: "number", of: "number", text: "string" },
  caption: { utterance_id: "string", text: "string" },
  caption_ended: { utterance_id: "string" },
  transcript: { segment_id: "string", question_id: "string", text: "string", final: "boolean" },
  summary_sentence: { seq: "number", prompt_id: "string", text: "string" },
  turn: { phase: "string" },
  hint: { code: "string", text: "string" },
  progress: { number: "number", of: "number", elapsed_s: "number", limit_s: "number" },
  level: { dbfs: "number" },
  error: { code: "string", message: "string" },
  completed: { seq: "number", status: "string" },
  pong: { t_ms: "number" },
};
/** @type {ReadonlySet<string>} */
export const SERVER_TYPES = new Set(Object.keys(REQUIRED));

/**
 * One message of the server; null for what this version does not know or cannot use, which is
 * ignored so that either side may grow first.
 * @param {unknown} data
 * @returns {ServerMessage | null}
 */
export function decode(data) {
  if (typeof data !== "string") return null;
  let value;
  try {
    value = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || !SERVER_TYPES.has(value.type)) return null;
  for (const [name, type] of Object.entries(REQUIRED[value.type] ?? {})) {
    if (typeof value[name] !== type) return null;
  }
  return value;
}

/**
 * The text of a message. Throws InterviewError when it is longer than the channel carries.
 * @param {ClientMessage} message
 */
export function encode(message) {
  const text = JSON.stringify(message);
  if (bytesOf(text) > MAX_MESSAGE_BYTES) throw tooLong();
  return text;
}

export function tooLong() {
  return new InterviewError("rejected", "This text is too long to send in one piece.", { code: "too_long" });
}

/** @param {string} text */
function bytesOf(text) {
  return new TextEncoder().encode(text).length;
}

/**
 * How many characters a typed answer has too many; 0: it can be sent. A message carries 10,000
 * characters and 16,384 bytes, which is less in scripts that need two or three bytes for each.
 * @param {string} text
 */
export function excess(text) {
  if (text.length * 6 < MAX_MESSAGE_BYTES - 200) return 0; // whatever is in it
  const characters = [...text].length;
  const bytes = bytesOf(JSON.stringify({ type: "text_answer", text, prompt_id: ANY_PROMPT }));
  const over = Math.max(0, bytes - MAX_MESSAGE_BYTES);
  return Math.max(characters - MAX_ANSWER_CHARS, Math.ceil((over * characters) / bytes), 0);
}
