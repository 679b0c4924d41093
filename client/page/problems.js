import { InterviewError } from "../sdk/index.js";

/** Problems that pass by themselves: the page tries again. */
export const PASSING = new Set(["full", "network", "server", "token"]);
/** Problems that stay, whatever the candidate does. */
export const FINAL = new Set(["link", "over", "damaged", "deleted"]);
/** Which problem each ending without a result page is. @type {Record<string, string>} */
export const ENDINGS = { expired: "expired", abandoned: "expired", cancelled: "cancelled", failed: "failed" };

/** @param {unknown} error */
export function asError(error) {
  if (error instanceof InterviewError) return error;
  return new InterviewError("server", error instanceof Error ? error.message : String(error));
}
