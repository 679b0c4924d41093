import { answerTo } from "../sdk/index.js";

/** @typedef {import("../sdk/store.js").InterviewView} InterviewView */

/**
 * The last words of an answer, while the next question is on the screen already: their final form
 * often comes after it. They stay until there was time to read them. Pure.
 *
 * @typedef {object} Lingering
 * @property {string} promptId on the screen
 * @property {number} stoodMs for how long it has been there to see
 * @property {string} beforeId of the answer that stays; "": none does
 * @property {string} text its last words
 * @property {number} leftMs how long they stay
 * @property {number} atMs when this was so
 */

/** @type {Lingering} */
export const NOTHING = Object.freeze({ promptId: "", stoodMs: 0, beforeId: "", text: "", leftMs: 0, atMs: 0 });

const LAST_WORDS = 28;
const LAST_CHARS = 160;
/** A prompt that stood for less was passed over: a replay tells one after the other. */
const SEEN_MS = 1_000;
/** Words that are still owed are waited for. */
const OWED_MS = 8_000;
/** Longer between two looks at the clock: nobody can have read meanwhile. */
const LOOK_MS = 1_000;

/** Time to find them and to read them, slowly. @param {string} text */
export function readingMs(text) {
  return Math.min(15_000, 3_000 + 60 * text.length);
}

/**
 * @param {Lingering} was @param {InterviewView} view @param {string} unclear @param {number} nowMs
 * @param {boolean} visible somebody may be looking
 * @returns {Lingering}
 */
export function linger(was, view, unclear, nowMs, visible) {
  const passedMs = visible ? Math.min(LOOK_MS, Math.max(0, nowMs - was.atMs)) : 0;
  const stoodMs = was.stoodMs + passedMs;
  const { promptId } = view;
  if (promptId !== was.promptId) {
    const beforeId = stoodMs >= SEEN_MS ? was.promptId : "";
    const text = wordsOf(view, beforeId, unclear);
    return { promptId, stoodMs: 0, beforeId, text, leftMs: text ? readingMs(text) : OWED_MS, atMs: nowMs };
  }
  if (!was.beforeId) return { ...was, stoodMs, atMs: nowMs };
  const text = wordsOf(view, was.beforeId, unclear);
  const leftMs = text === was.text ? was.leftMs - passedMs : readingMs(text);
  if (leftMs > 0) return { ...was, stoodMs, text, leftMs, atMs: nowMs };
  return { ...NOTHING, promptId, stoodMs, atMs: nowMs };
}

/** @param {InterviewView} view @param {string} promptId @param {string} unclear */
function wordsOf(view, promptId, unclear) {
  const asked = view.questions.find((one) => one.id === promptId);
  const all = asked ? answerTo(asked, unclear).split(/\s+/).filter(Boolean) : [];
  const last = all.slice(-LAST_WORDS);
  while (last.length > 1 && last.join(" ").length > LAST_CHARS) last.shift();
  return `${last.length < all.length ? "… " : ""}${last.join(" ")}`;
}

/** There is more of the conversation than what is on the screen. @param {InterviewView} view */
export function hasPassed(view) {
  return view.questions.some((one) => one.text !== "" && one.id !== view.promptId);
}
