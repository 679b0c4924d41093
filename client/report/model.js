/** From the report to what the page shows. Pure. */

/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").Turn} Turn */
/** @typedef {import("./types.js").Spoken} Spoken */

/** In which nobody is in conversation any more. */
export const OVER = new Set([
  "declined",
  "completed",
  "ended_by_candidate",
  "abandoned",
  "expired",
  "cancelled",
  "failed",
]);

/**
 * @typedef {object} Shown one prompt and what was said to it
 * @property {string} id for an element
 * @property {string} number "3", of a follow-up "3a", "" for what is asked once
 * @property {Answer} answer
 * @property {Spoken[]} asked how it was said, repeats included, in the order of time
 * @property {number | null} start_s where it begins on the timeline, its question included; null: no sound
 * @property {number | null} end_s
 * @property {Shown[]} followUps
 */

/** @param {Report} report @returns {{questions: Shown[], practice: Shown[], theirs: Shown[], summed: Shown[]}} */
export function sections(report) {
  /** @type {Shown[]} */
  const questions = [];
  /** @type {Shown[]} */
  const practice = [];
  /** @type {Shown[]} */
  const theirs = [];
  /** @type {Shown[]} */
  const summed = [];
  const numbers = new Map(report.coverage.map((row) => [row.prompt_id, row.number]));
  for (const answer of report.result.answers) {
    const one = shown(report, answer, numbers.get(answer.prompt_id) ?? "");
    const place = questions.at(-1);
    if (answer.kind === "practice") practice.push(one);
    else if (answer.kind === "candidate_questions") theirs.push(one);
    else if (answer.kind === "summary") summed.push(one);
    else if (answer.kind === "follow_up" && place) place.followUps.push(one);
    else questions.push(one);
  }
  return { questions, practice, theirs, summed };
}

/** @param {Report} report @param {Answer} answer @param {string} number @returns {Shown} */
function shown(report, answer, number) {
  const asked = report.spoken.filter((spoken) => spoken.prompt_id === answer.prompt_id);
  const starts = [...asked.map((one) => one.start_s), ...answer.turns.map((turn) => turn.start_s)];
  const ends = [...asked.map((one) => one.end_s), ...answer.turns.map((turn) => turn.end_s)];
  const id = `p-${report.result.answers.indexOf(answer) + 1}`;
  const [start_s, end_s] = [least(starts), most(ends)];
  return { id, number, answer, asked, start_s, end_s, followUps: [] };
}

/** @param {(number | null)[]} values */
function least(values) {
  const known = values.filter((value) => value !== null);
  return known.length ? Math.min(.../** @type {number[]} */ (known)) : null;
}

/** @param {(number | null)[]} values */
function most(values) {
  const known = values.filter((value) => value !== null);
  return known.length ? Math.max(.../** @type {number[]} */ (known)) : null;
}

/**
 * What a turn is to a reader. `answer`: a part of the answer. `request`: only a request. `aside`:
 * an echo of the interviewer, or "mm-hm". `empty`: something was said and no words are there.
 * @param {Turn} turn @returns {"answer" | "request" | "aside" | "empty"}
 */
export function turnKind(turn) {
  if (turn.set_aside) return "aside";
  if (turn.request) return "request";
  return turn.text ? "answer" : "empty";
}

/**
 * @typedef {object} Piece of the text of a turn
 * @property {string} text
 * @property {number} start_s
 * @property {number} end_s
 * @property {boolean} unsure
 * @property {boolean} [quoted] an evaluation has it as evidence
 * @property {string} after what stands between it and the next one
 */

/**
 * The words of a turn as they stand in its text, so that reading and printing show the text and
 * nothing else. Words that the text does not have (it was put together otherwise) stand as they are.
 * @param {Turn} turn @param {number} unsureBelow confidence below which a word may be another one
 * @returns {Piece[]} empty: typed, or no words are known
 */
export function pieces(turn, unsureBelow) {
  /** @type {Piece[]} */
  const found = [];
  let at = 0;
  for (const { w, s, e, c } of turn.words) {
    const word = w.trim();
    if (!word) continue;
    const place = turn.text.indexOf(word, at);
    // Far behind is another occurrence of the same word: this one is not in the text.
    const inText = place >= 0 && place - at <= 24;
    const before = inText ? turn.text.slice(at, place) : " ";
    const last = found.at(-1);
    if (last) last.after = before;
    const text = last || !inText ? word : before + word;
    const unsure = isUnsure(c, unsureBelow);
    found.push({ text, start_s: s, end_s: Math.max(e, s), unsure, after: "" });
    if (inText) at = place + word.length;
  }
  const last = found.at(-1);
  if (last) last.after = turn.text.slice(at);
  return found;
}

/** @param {number | null} confidence @param {number} below */
function isUnsure(confidence, below) {
  return confidence !== null && confidence < below;
}

/**
 * In which state the interview is, in the terms of who reads about it.
 * @param {Report} report
 * @returns {"complete" | "partial" | "waiting" | "running" | "not_begun" | "declined" | "left" | "abandoned" | "expired" | "cancelled" | "failed"}
 */
export function standing({ interview, result }) {
  const { status } = interview;
  if (status === "completed") {
    if (result.review?.status === "open") return "waiting";
    return interview.partial ? "partial" : "complete";
  }
  if (status === "ended_by_candidate") return "left";
  if (OVER.has(status)) return /** @type {"declined" | "abandoned" | "expired" | "cancelled" | "failed"} */ (status);
  return interview.started_at ? "running" : "not_begun";
}

/** The figures beneath the title. @param {Report} report */
export function facts(report) {
  const core = new Map(report.result.answers.map((answer) => [answer.prompt_id, answer.kind]));
  const rows = report.coverage.filter((row) => core.get(row.prompt_id) === "question");
  const spoken = report.coverage.filter((row) => !["practice", "summary"].includes(core.get(row.prompt_id) ?? ""));
  const sum = (/** @type {(row: import("./types.js").Coverage) => number} */ of) =>
    spoken.reduce((total, row) => total + of(row), 0);
  return {
    asked: rows.filter((row) => row.asked).length,
    answered: rows.filter((row) => row.answered).length,
    of: rows.length,
    followUps: report.result.answers.filter((a) => a.kind === "follow_up" && a.status !== "not_asked").length,
    words: sum((row) => row.words),
    unsure: sum((row) => row.low_confidence_words),
    speaking_s: sum((row) => row.speaking_s),
  };
}

/** Which marks a legend has to explain. @param {Report} report */
export function marks(report) {
  const turns = report.result.answers.flatMap((answer) => answer.turns);
  const kinds = new Set(report.spans.map((span) => span.kind));
  return {
    unsure: turns.some((turn) => turn.words.some((word) => isUnsure(word.c, report.quality.low_confidence))),
    lost: kinds.has("lost"),
    concealed: kinds.has("concealed"),
    pause: kinds.has("pause"),
    absent: kinds.has("absent"),
  };
}
