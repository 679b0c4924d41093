/**
 * How long the server waits in a pause before it takes the answer for complete. Pure.
 *
 * @typedef {object} Wait
 * @property {number} shown how much of it was shown as run when this was learnt, 0 to 1
 * @property {number} from how much of it had run by then
 * @property {number} fromMs on the caller's clock
 * @property {number} endMs when all of it will have run
 */

/**
 * Told at a pause, and again when the server has reason to wait for another time.
 * @param {Wait | null} before @param {import("./messages.js").Turn} message @param {number} nowMs
 * @returns {Wait | null} null: no silence ends the turn now
 */
export function waitOf(before, message, nowMs) {
  const waitMs = message.wait_ms ?? 0;
  if (message.phase !== "paused" || waitMs <= 0) return null;
  const silenceMs = Math.min(waitMs, Math.max(0, message.silence_ms ?? 0));
  const shown = before ? filled(before, nowMs) : 0;
  return { shown, from: silenceMs / waitMs, fromMs: nowMs, endMs: nowMs + waitMs - silenceMs };
}

/** How much of it has run, 0 to 1. @param {Wait} wait @param {number} nowMs */
export function filled(wait, nowMs) {
  if (nowMs >= wait.endMs) return 1;
  const run = Math.max(0, nowMs - wait.fromMs) / (wait.endMs - wait.fromMs);
  return wait.from + (1 - wait.from) * run;
}
