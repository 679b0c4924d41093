import { errorOf, InterviewError } from "./errors.js";

/**
 * One request with a deadline; a network failure or a refusal becomes an InterviewError.
 *
 * @param {typeof fetch} fetch_
 * @param {string} url
 * @param {RequestInit} init
 * @param {number} [timeoutMs]
 * @returns {Promise<Response>} an answer with a 2xx status
 */
export async function request(fetch_, url, init, timeoutMs = 10_000) {
  let response;
  try {
    response = await fetch_(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    throw new InterviewError(
      "network",
      late ? "The server did not answer in time." : "The server could not be reached.",
    );
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}
