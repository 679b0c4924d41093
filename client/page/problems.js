import { InterviewError } from "../sdk/index.js";

/** Problems that pass by themselves: the page tries again. */
export const PASSING = new Set(["full", "network", "server", "token"]);
/** Problems that stay, whatever the candidate does. */
export const FINAL = new Set(["link", "over", "damaged", "deleted"]);
/** Which problem each ending without a result page is. @type {Record<string, string>} */
export const ENDINGS = { expired: "expired", abandoned: "expired", cancelled: "cancelled", failed: "failed" };

/**
 * What a candidate can do about it, in the language of the page; the server's own words are English.
 * @param {import("./model.js").Strings} strings @param {string} kind of the error
 */
export function adviceFor({ problem: { kinds } }, kind) {
  /** @type {Record<string, string[]>} */
  const words = kinds;
  return (words[kind] ?? kinds.server)[1] ?? "";
}

/**
 * A sentence, and the server's own words where the page has their language.
 * @param {import("./model.js").Strings} strings @param {string} sentence @param {InterviewError} error
 */
export function withDetail(strings, sentence, error) {
  return strings.lang === "en" ? `${sentence} ${error.message}` : sentence;
}

/** @param {unknown} error */
export function asError(error) {
  if (error instanceof InterviewError) return error;
  return new InterviewError("server", error instanceof Error ? error.message : String(error));
}

/**
 * What a newcomer waits for: until the first call is open, also while the server is out of reach.
 * @param {import("../sdk/errors.js").Waiting | null} before @param {import("../sdk/types.js").ConnectionInfo} connection
 */
export function stillWaiting(before, { state, error }) {
  if (state !== "connecting") return null;
  return error?.waiting ?? (error && PASSING.has(error.kind) ? before : null);
}
