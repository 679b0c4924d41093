/**
 * What the server notes on the screen: most of it is over as soon as something else happens. Pure.
 *
 * @typedef {object} Note
 * @property {string} code
 * @property {string} text
 */

/** Advice for the rest of the interview: it stays until the next question, and is given once. */
const ADVICE = new Set(["use_headphones"]);
/** Said aloud as well, by words that come after the note. */
const SPOKEN = new Set(["lost_audio"]);
/** Over when the candidate speaks again, not only when a turn begins. */
const OF_THE_PAUSE = new Set(["thinking", "lost_audio"]);

/** @typedef {Pick<import("./store.js").InterviewView, "hint" | "advice" | "advised">} Notes */

/** @param {Notes} view @param {import("./messages.js").Hint} message @returns {Notes} */
export function noted(view, { code, text }) {
  const { hint, advice, advised } = view;
  if (!ADVICE.has(code)) return { hint: { code, text }, advice, advised };
  if (advised.has(code)) return { hint, advice, advised };
  return { hint, advice: { code, text }, advised: new Set([...advised, code]) };
}

/** The bot speaks. @param {Note | null} hint */
export function afterCaption(hint) {
  return hint && SPOKEN.has(hint.code) ? hint : null;
}

/** @param {Note | null} hint @param {import("./messages.js").Turn["phase"]} phase */
export function afterTurn(hint, phase) {
  if (phase === "started") return null;
  return phase === "resumed" && hint && OF_THE_PAUSE.has(hint.code) ? null : hint;
}

const LAST_WORDS = 14;
const LAST_CHARS = 120;

/**
 * The last words of an answer that were heard, to go on from; "" if there are none.
 * @param {import("./store.js").Asked | null} asked
 */
export function lastHeard(asked) {
  const text = (asked?.segments ?? []).map((segment) => segment.text).join(" ");
  const all = text.split(/\s+/).filter(Boolean);
  const last = all.slice(-LAST_WORDS);
  while (last.length > 1 && last.join(" ").length > LAST_CHARS) last.shift();
  return last.length < all.length ? `… ${last.join(" ")}` : last.join(" ");
}
