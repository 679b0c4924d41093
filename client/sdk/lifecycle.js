/**
 * The life of a candidate's connection, as one table: every phase with every input. Pure: time and
 * chance come in as values, what to do comes out as effects. `docs/client-states.md` is drawn
 * from it.
 *
 * Never two calls at once: a call is opened in `admitting` alone, which has none, and each entry
 * that leaves a phase with a call closes it. Never a lost end: from `lingering` and `ended` no
 * entry leads anywhere else.
 */
import * as go from "./lifecycle-steps.js";

/** @typedef {import("./lifecycle-types.js").Effect} Effect */
/** @typedef {import("./lifecycle-types.js").Ignored} Ignored */
/** @typedef {import("./lifecycle-types.js").Input} Input */
/** @typedef {import("./lifecycle-types.js").InputType} InputType */
/** @typedef {import("./lifecycle-types.js").Life} Life */
/** @typedef {import("./lifecycle-types.js").Moment} Moment */
/** @typedef {import("./lifecycle-types.js").Phase} Phase */
/** @typedef {import("./lifecycle-types.js").Row} Row */
/** @typedef {import("./lifecycle-types.js").Shown} Shown */
/** @typedef {import("./lifecycle-types.js").Step} Step */
/** @typedef {import("./lifecycle-types.js").Table} Table */

export { START } from "./lifecycle-steps.js";

/** @param {string} why @returns {Ignored} */
const ignored = (why) => ({ ignored: why });

/**
 * @template F @param {F} run @param {...Phase} to every phase that this may lead to
 * @returns {{to: Phase[], run: F}}
 */
const does = (run, ...to) => ({ to, run });

const NO_CALL = ignored("there is no call that could say so");
const NO_ATTEMPT = ignored("nothing is being tried");
const NOTHING_DUE = ignored("this phase waits for somebody, not for a time");
const OVER = ignored("the interview is over");

/** What only a call can say. */
const SILENT = {
  opened: NO_CALL,
  down: NO_CALL,
  microphone: ignored("the next call takes the microphone there is then"),
  heard: NO_CALL,
  moved: NO_CALL,
  parked: NO_CALL,
  superseded: NO_CALL,
  rejected: NO_CALL,
  completed: NO_CALL,
  doubt: NO_CALL,
  slow: NO_CALL,
};

const START_ENTRY = does(go.begin, "admitting");
const CLOSE_ENTRY = does(go.close, "closed");

/** Nothing goes on; `start` makes a beginning. @param {Phase} phase @returns {Row} */
const resting = (phase) => ({
  ...SILENT,
  transport: does(go.choose, phase),
  start: START_ENTRY,
  try_now: ignored("nothing was started"),
  close: CLOSE_ENTRY,
  network_back: ignored("nothing was started"),
  tick: NOTHING_DUE,
  admitted: NO_ATTEMPT,
  refused: NO_ATTEMPT,
});

/** What the server can say in a call, and whoever loses it. */
const IN_CALL = {
  close: CLOSE_ENTRY,
  admitted: ignored("the call has its token"),
  microphone: does(go.microphone, "admitting"),
  transport: does(go.otherTransport, "admitting"),
  moved: does(go.moved, "waiting"),
  parked: does(go.park, "parked"),
  superseded: does(go.supersede, "superseded"),
  rejected: does(go.reject, "failed"),
  completed: does(go.complete, "lingering"),
};

/** @type {Row} */
const OPEN = {
  ...IN_CALL,
  start: ignored("there is a call"),
  try_now: ignored("the call is well"),
  network_back: does(go.mend, "open"),
  tick: does(go.beat, "open", "suspect"),
  opened: ignored("it is open already"),
  refused: ignored("the call was taken"),
  down: does(go.cut, "admitting", "waiting"),
  heard: does(go.heard, "open"),
  doubt: does(go.doubt, "suspect"),
  slow: ignored("messages come"),
};

/** @type {Table} */
export const TABLE = {
  idle: resting("idle"),
  waiting: {
    ...SILENT,
    start: does(go.beginAnew, "admitting"),
    try_now: does(go.attemptNow, "admitting"),
    close: CLOSE_ENTRY,
    network_back: does(go.attemptNow, "admitting"),
    transport: does(go.chooseNow, "admitting"),
    tick: does(go.attemptNow, "admitting"),
    admitted: NO_ATTEMPT,
    refused: NO_ATTEMPT,
  },
  admitting: {
    ...SILENT,
    start: ignored("it is being tried"),
    try_now: ignored("it is being tried"),
    close: CLOSE_ENTRY,
    network_back: ignored("it is being tried"),
    transport: does(go.choose, "admitting"),
    tick: does(go.admissionLate, "waiting"),
    admitted: does(go.admitted, "calling"),
    refused: does(go.refused, "waiting", "superseded", "ended", "failed"),
  },
  calling: {
    ...IN_CALL,
    start: ignored("it is being tried"),
    try_now: ignored("it is being tried"),
    network_back: ignored("the call has just been offered"),
    tick: does(go.callLate, "waiting"),
    opened: does(go.opened, "open"),
    refused: does(go.refused, "waiting", "superseded", "ended", "failed"),
    down: does(go.cut, "waiting"),
    heard: ignored("that it is open says more"),
    doubt: ignored("it was never there"),
    slow: does(go.slow, "calling"),
  },
  open: OPEN,
  suspect: {
    ...OPEN,
    try_now: does(go.giveUpSuspect, "admitting"),
    network_back: does(go.mend, "suspect"),
    tick: does(go.beat, "suspect", "admitting"),
    down: does(go.cut, "admitting", "waiting"),
    doubt: ignored("that is known"),
    slow: does(go.slow, "suspect"),
  },
  lingering: {
    start: OVER,
    try_now: OVER,
    close: does(go.closeAtTheEnd, "ended"),
    network_back: OVER,
    tick: does(go.end, "ended"),
    admitted: OVER,
    opened: OVER,
    refused: does(go.end, "ended"),
    down: does(go.end, "ended"),
    microphone: OVER,
    transport: OVER,
    doubt: OVER,
    slow: OVER,
    heard: OVER,
    moved: OVER,
    parked: OVER,
    superseded: OVER,
    rejected: OVER,
    completed: ignored("that is known"),
  },
  parked: resting("parked"),
  superseded: resting("superseded"),
  failed: resting("failed"),
  closed: { ...resting("closed"), close: ignored("it is closed") },
  ended: { ...resting("ended"), start: OVER, try_now: OVER, close: OVER, network_back: OVER, transport: OVER },
};

export const PHASES = /** @type {Phase[]} */ (Object.keys(TABLE));
export const INPUTS = /** @type {InputType[]} */ (Object.keys(TABLE.lingering));

/** @type {Record<Phase, Shown["state"] | null>} null: as the first call, or as one that replaces a lost one */
const SHOWN = {
  idle: "idle",
  waiting: null,
  admitting: null,
  calling: null,
  open: "open",
  suspect: "suspect",
  lingering: "ended",
  parked: "parked",
  superseded: "superseded",
  failed: "failed",
  closed: "closed",
  ended: "ended",
};

/** What the page is shown of it. @param {Life} life @returns {Shown} */
export function shownOf({ phase, reason, lostAtMs, tries, retryInMs, error, transport, blocked }) {
  const state = SHOWN[phase] ?? (lostAtMs === null ? "connecting" : "reconnecting");
  return { state, reason, lostAtMs, attempt: tries, retryInMs, error, transport, blocked };
}

/**
 * Why nothing is to be done, or null. @param {Life} life @param {Input} input @param {Moment} at
 */
export function whyIgnored(life, input, { nowMs }) {
  const entry = TABLE[life.phase][input.type];
  if ("ignored" in entry) return entry.ignored;
  if ("call" in input && input.call !== life.call) return "an older call says so";
  if (input.type === "tick" && nowMs < (life.dueMs ?? Infinity)) return "it is not due yet";
  return null;
}

/**
 * The next state, and what to do. The same state and no effect: ignored.
 * @param {Life} life @param {Input} input @param {Moment} at @returns {Step}
 */
export function decide(life, input, at) {
  if (whyIgnored(life, input, at) !== null) return [life, []];
  const entry = /** @type {import("./lifecycle-types.js").Handled<any>} */ (TABLE[life.phase][input.type]);
  const [next, effects] = entry.run(life, input, at);
  if (sameShown(shownOf(life), shownOf(next))) return [next, effects];
  // Shown when all is done but the greeting of who is back, which speaks of what is shown.
  const last = effects.filter((effect) => effect.do === "say_back");
  const first = effects.filter((effect) => effect.do !== "say_back");
  return [next, [...first, { do: "show" }, ...last]];
}

/** @param {Shown} a @param {Shown} b */
function sameShown(a, b) {
  return /** @type {(keyof Shown)[]} */ (Object.keys(a)).every((name) => a[name] === b[name]);
}
