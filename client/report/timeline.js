/** Where things lie on the interview's timeline. Pure; all times in seconds. */

/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./types.js").Recording} Recording */

/** Silence that is worth jumping over. */
const LONG_SILENCE_S = 1.2;
/** What is left of it on both sides, so that nothing sounds cut. */
const MARGIN_S = 0.3;

/** @typedef {{start_s: number, end_s: number}} Stretch */

/**
 * The recording that holds a moment; null: none does.
 * @param {readonly Recording[]} recordings @param {number} at_s
 */
export function recordingAt(recordings, at_s) {
  return recordings.find((r) => at_s >= r.start_s && at_s < r.start_s + r.duration_s) ?? null;
}

/** Where the next recording begins, after a moment; the end of all where none does. @param {readonly Recording[]} recordings @param {number} at_s @param {number} end_s */
export function nextStart(recordings, at_s, end_s) {
  const later = recordings.filter((r) => r.start_s > at_s).map((r) => r.start_s);
  return later.length ? Math.min(...later) : end_s;
}

/**
 * @typedef {object} Clip what the interviewer said at one time, with sound
 * @property {string} id
 * @property {string} url
 * @property {number} start_s
 * @property {number} end_s
 * @property {number} from_s where in the file it began
 */

/** @param {Report} report @returns {Clip[]} in the order of time */
export function clips(report) {
  /** @type {Clip[]} */
  const found = [];
  for (const { id, url, start_s, end_s, from_s } of report.spoken) {
    if (url && start_s !== null && end_s !== null && end_s > start_s) found.push({ id, url, start_s, end_s, from_s });
  }
  return found.sort((a, b) => a.start_s - b.start_s);
}

/** The recordings that have sound; of an open connection it reaches to the end. @param {Report} report @returns {Recording[]} */
export function audible(report) {
  return report.recordings
    .filter((one) => one.url)
    .map((one) => ({ ...one, duration_s: one.duration_s || Math.max(0, report.duration_s - one.start_s) }));
}

/**
 * The stretches in which nobody speaks and that can be jumped over. What the listener does not hear
 * does not count as speech: alone, the candidate's silence while the interviewer speaks is one.
 * @param {Report} report @param {boolean} both
 * @returns {Stretch[]} in the order of time
 */
export function silences(report, both) {
  /** @type {Stretch[]} */
  const speech = [];
  for (const { turns } of report.result.answers) {
    for (const turn of turns) {
      for (const word of turn.words) speech.push({ start_s: word.s, end_s: word.e });
      const { start_s, end_s } = turn;
      if (!turn.words.length && turn.mode === "voice" && start_s !== null) {
        speech.push({ start_s, end_s: end_s ?? start_s });
      }
      for (const one of turn.rejected) speech.push({ start_s: one.start_s, end_s: one.end_s });
    }
  }
  if (both) speech.push(...clips(report));
  speech.sort((a, b) => a.start_s - b.start_s);
  /** @type {Stretch[]} */
  const found = [];
  let until_s = 0;
  for (const one of [...speech, { start_s: report.duration_s, end_s: report.duration_s }]) {
    const gap = { start_s: until_s + (until_s > 0 ? MARGIN_S : 0), end_s: one.start_s - MARGIN_S };
    if (gap.end_s - gap.start_s >= LONG_SILENCE_S) found.push(gap);
    until_s = Math.max(until_s, one.end_s);
  }
  return found;
}

/**
 * The last one that has begun, of what is in the order of time; -1: none has.
 * @param {{start_s: number}[]} sorted @param {number} at_s
 */
export function lastBegun(sorted, at_s) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {{start_s: number}} */ (sorted[middle]).start_s <= at_s) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** 754.2 → "12:34", 3754 → "1:02:34". @param {number} at_s */
export function clock(at_s) {
  const whole = Math.max(0, Math.floor(at_s + 1e-6));
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}
