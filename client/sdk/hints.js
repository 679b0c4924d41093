/**
 * What the server notes on the screen: most of it is over as soon as something else happens. Pure.
 *
 * @typedef {object} Note
 * @property {string} code
 * @property {string} text
 * @property {string} [heard] of `lost_audio`: the last words that were heard before
 */

/** Advice for the rest of the interview: it stays until the next question, and is given once. */
const ADVICE = new Set(["use_headphones"]);
/** Goes with words that are said after it, and must outlast them. */
const WITH_A_VOICE = new Set(["lost_audio", "volume", "cannot_hear", "trouble"]);
/** Over when the candidate goes on, or the turn is over; not only when a turn begins. */
const OF_THE_PAUSE = new Set(["thinking", "lost_audio"]);
/** Words of the bot that ask for what it did not hear. */
export const ASKS_FOR_LOST = "lost_you";

/** @typedef {import("./store.js").Asked} Asked */
/** @typedef {Pick<import("./store.js").InterviewView, "hint" | "advice" | "advised">} Notes */

/** @param {Notes} view @param {import("./messages.js").Hint} message @param {Asked | null} asked @returns {Notes} */
export function noted(view, { code, text }, asked) {
  const { hint, advice, advised } = view;
  // Of what was said before: what is said from now on was not lost.
  if (code === "lost_audio") return { hint: { code, text, heard: lastHeard(asked) }, advice, advised };
  if (!ADVICE.has(code)) return { hint: { code, text }, advice, advised };
  if (advised.has(code)) return { hint, advice, advised };
  return { hint, advice: { code, text }, advised: new Set([...advised, code]) };
}

/**
 * The bot speaks. @param {Note | null} hint @param {import("./messages.js").Caption} message @param {Asked | null} asked
 * @returns {Note | null}
 */
export function afterCaption(hint, { kind, text }, asked) {
  if (hint && WITH_A_VOICE.has(hint.code)) return hint;
  return kind === ASKS_FOR_LOST ? { code: "lost_audio", text, heard: lastHeard(asked) } : null;
}

/** @param {Note | null} hint @param {import("./messages.js").Turn["phase"]} phase */
export function afterTurn(hint, phase) {
  if (phase === "started") return null;
  return phase !== "paused" && hint && OF_THE_PAUSE.has(hint.code) ? null : hint;
}

const LAST_WORDS = 14;
const LAST_CHARS = 120;

/**
 * The last words of an answer that were heard, to go on from; "" if there are none.
 * @param {Asked | null} asked
 */
export function lastHeard(asked) {
  const answer = (asked?.segments ?? []).filter((segment) => !segment.request);
  const text = answer.map((segment) => segment.text).join(" ");
  const all = text.split(/\s+/).filter(Boolean);
  const last = all.slice(-LAST_WORDS);
  while (last.length > 1 && last.join(" ").length > LAST_CHARS) last.shift();
  return last.length < all.length ? `… ${last.join(" ")}` : last.join(" ");
}
