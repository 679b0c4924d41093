/**
 * What the entries of the transition table do. Pure: no clock, no timer, no network. Each answers
 * the next state and the effects that lead out of this one.
 */
import { InterviewError, isSuperseded } from "./errors.js";
import { checkPulse, HEARTBEAT_MS, newPulse, retryDelayMs, soonMs } from "./reconnect.js";

/** @typedef {import("./lifecycle-types.js").Effect} Effect */
/** @typedef {import("./lifecycle-types.js").Life} Life */
/** @typedef {import("./lifecycle-types.js").Moment} Moment */
/** @typedef {import("./lifecycle-types.js").Phase} Phase */
/** @typedef {import("./lifecycle-types.js").Step} Step */
/** @template {import("./lifecycle-types.js").InputType} T @typedef {import("./lifecycle-types.js").InputOf<T>} InputOf */

/** Two requests of 10 seconds each, and some. */
export const ADMIT_MS = 25_000;
/** A call gives up by itself after 15 seconds; this is for one that does not. */
export const CALL_MS = 25_000;
/** How long the last words may play once the interview is over. */
export const LINGER_MS = 5_000;
/** A call that was cut before this age was no good. */
export const STEADY_MS = 5_000;
/** So many calls that were no good are replaced at once; from then on the pauses grow. */
const BRIEF_CALLS = 3;
const MAX_TOKEN_REFUSALS = 3;

/** Phases in which there is a call. @type {ReadonlySet<Phase>} */
export const IN_CALL = new Set(/** @type {Phase[]} */ (["calling", "open", "suspect", "lingering"]));

/** @type {Life} */
export const START = Object.freeze({
  phase: "idle",
  call: 0,
  dueMs: null,
  tries: 0,
  refusals: 0,
  briefCalls: 0,
  openedMs: 0,
  pulse: newPulse(0),
  reason: "",
  lostAtMs: null,
  retryInMs: 0,
  error: null,
  transport: "media",
  blocked: false,
});

/** @type {Effect} */
const FORGET_TOKEN = { do: "forget_token" };
/** @type {Effect} */
const FORGET_TICKET = { do: "forget_ticket" };

/** Leave the call, where there is one. @param {Life} life @returns {Effect[]} */
function hangUp(life, unloading = false) {
  return IN_CALL.has(life.phase) ? [{ do: "close_call", unloading }] : [];
}

/**
 * Stop; what comes next is for somebody else to say.
 * @param {Life} life @param {Phase} phase @param {Effect[]} effects @returns {Step}
 */
function rest(life, phase, effects) {
  return [{ ...life, phase, dueMs: null, reason: "", lostAtMs: null, retryInMs: 0 }, effects];
}

/** @param {Life} life @param {Effect[]} effects @param {Moment} at @returns {Step} */
function admit(life, effects, at) {
  const call = life.call + 1;
  const next = { ...life, phase: /** @type {const} */ ("admitting"), call, retryInMs: 0, dueMs: at.nowMs + ADMIT_MS };
  return [next, [...effects, { do: "ask_ticket", call }]];
}

/**
 * The next attempt, in a while. @param {Life} life @param {number} retryInMs
 * @param {Effect[]} effects @param {Moment} at @returns {Step}
 */
function later(life, retryInMs, effects, at) {
  const next = { ...life, tries: life.tries + 1 };
  if (retryInMs <= 0) return admit(next, effects, at);
  return [{ ...next, phase: "waiting", retryInMs, dueMs: at.nowMs + retryInMs }, effects];
}

/**
 * @param {Life} life @param {Effect[]} effects @param {Moment} at @param {number | null} [askedS]
 * @returns {Step}
 */
function tryAgain(life, effects, at, askedS = null) {
  return later(life, retryDelayMs(life.tries, askedS, at.chance), effects, at);
}

/**
 * The call is over but the interview is not.
 * @param {Life} life @param {Life["reason"]} reason @param {Moment} at @returns {Step}
 */
function lose(life, reason, at) {
  const opened = life.phase !== "calling";
  const brief = opened && reason === "cut" && at.nowMs - life.openedMs < STEADY_MS;
  const briefCalls = brief ? life.briefCalls + 1 : opened ? 0 : life.briefCalls;
  const lost = {
    ...life,
    reason,
    lostAtMs: life.lostAtMs ?? at.nowMs,
    refusals: 0,
    briefCalls,
    tries: opened ? Math.max(0, briefCalls - BRIEF_CALLS) : life.tries,
  };
  /** @type {Effect[]} */
  const effects = [...hangUp(life), { do: "forget_call" }];
  // All clients of a server that goes away receive that at one moment; they come back at many.
  if (reason === "moved") return later(lost, soonMs(at.chance), effects, at);
  if (reason === "microphone" || reason === "transport") return later(lost, 0, effects, at);
  return tryAgain(lost, effects, at);
}

// --- the page ---

/** @param {Life} life @param {unknown} _ @param {Moment} at @returns {Step} */
export function begin(life, _, at) {
  const fresh = { ...life, tries: 0, refusals: 0, briefCalls: 0, reason: START.reason, lostAtMs: null, error: null };
  return tryAgain(fresh, [], at);
}

/** Start was pressed while the next attempt was awaited. @param {Life} life @param {unknown} _ @param {Moment} at */
export function beginAnew(life, _, at) {
  return tryAgain({ ...life, tries: 0, refusals: 0 }, [], at);
}

/** @param {Life} life @param {unknown} _ @param {Moment} at */
export function attemptNow(life, _, at) {
  return admit(life, [], at);
}

/** @param {Life} life @param {unknown} _ @param {Moment} at */
export function giveUpSuspect(life, _, at) {
  return lose(life, "asked", at);
}

/** @param {Life} life @param {InputOf<"close">} input */
export function close(life, { unloading = false }) {
  return rest(life, "closed", hangUp(life, unloading));
}

/** @param {Life} life @param {InputOf<"close">} input */
export function closeAtTheEnd(life, { unloading = false }) {
  return rest(life, "ended", hangUp(life, unloading));
}

/** Sound and messages, or messages alone. @param {Life} life @param {InputOf<"transport">} input @returns {Step} */
export function choose(life, { transport }) {
  return [{ ...life, transport, blocked: false }, []];
}

/** @param {Life} life @param {InputOf<"transport">} input @param {Moment} at */
export function chooseNow(life, { transport }, at) {
  return later({ ...life, transport, blocked: false, tries: 0 }, 0, [], at);
}

/** @param {Life} life @param {InputOf<"transport">} input @param {Moment} at */
export function otherTransport(life, { transport }, at) {
  return lose({ ...life, transport, blocked: false, tries: 0 }, "transport", at);
}

/** @param {Life} life @returns {Step} */
export function mend(life) {
  return [life, [{ do: "restart_ice" }]];
}

// --- the attempt ---

/** @param {Life} life @param {unknown} _ @param {Moment} at @returns {Step} */
export function admitted(life, _, at) {
  return [{ ...life, phase: "calling", dueMs: at.nowMs + CALL_MS }, [{ do: "open_call", call: life.call }]];
}

/** @param {Life} life @param {InputOf<"refused">} input @param {Moment} at @returns {Step} */
export function refused(life, { error }, at) {
  const left = hangUp(life);
  if (isSuperseded(error)) return rest(life, "superseded", [...left, FORGET_TOKEN, FORGET_TICKET]);
  if (error.kind === "token") {
    const refusals = life.refusals + 1;
    // Tokens grow old by themselves: only the third refusal in a row is worth a word.
    const shown = refusals < MAX_TOKEN_REFUSALS ? life.error : error;
    return tryAgain({ ...life, refusals, error: shown }, [...left, FORGET_TICKET], at);
  }
  if (error.kind === "over") return rest({ ...life, error }, "ended", left); // the token: as in `complete`
  if (!error.recoverable) return rest({ ...life, error }, "failed", left);
  // The server answered, so it is the sound alone that does not get through; without a network
  // nothing does.
  const blocked = error.kind === "media" && life.transport === "media";
  return tryAgain({ ...life, error, blocked }, left, at, error.retryAfterS);
}

/** @param {Life} life @param {unknown} _ @param {Moment} at @returns {Step} */
export function admissionLate(life, _, at) {
  const error = new InterviewError("network", "The server did not answer in time.");
  return tryAgain({ ...life, error, blocked: false }, [], at);
}

/** @param {Life} life @param {unknown} _ @param {Moment} at @returns {Step} */
export function callLate(life, _, at) {
  const error = new InterviewError("media", "The call could not be set up in time.");
  return tryAgain({ ...life, error }, hangUp(life), at);
}

/** @param {Life} life @param {unknown} _ @param {Moment} at @returns {Step} */
export function opened(life, _, { nowMs }) {
  const { reason, lostAtMs } = life;
  /** @type {Effect[]} */
  const effects = [{ do: "greet" }];
  if (lostAtMs !== null) effects.push({ do: "say_back", reason, afterMs: nowMs - lostAtMs });
  /** @type {Life} */
  const next = {
    ...life,
    phase: "open",
    dueMs: nowMs + HEARTBEAT_MS,
    tries: 0,
    refusals: 0,
    openedMs: nowMs,
    pulse: newPulse(nowMs),
    reason: "",
    lostAtMs: null,
    retryInMs: 0,
    error: null,
    blocked: false,
  };
  return [next, effects];
}

/** @param {Life} life @param {unknown} _ @param {Moment} at */
export function cut(life, _, at) {
  return lose(life, "cut", at);
}

/** @param {Life} life @param {unknown} _ @param {Moment} at */
export function microphone(life, _, at) {
  return lose(life, "microphone", at);
}

// --- the call ---

/** @param {Life} life @param {unknown} _ @param {Moment} at @returns {Step} */
export function heard(life, _, { nowMs }) {
  return [{ ...life, phase: "open", blocked: false, pulse: { ...life.pulse, heardMs: nowMs } }, []];
}

/** The browser misses the other side's packets: seconds before a heartbeat could. @param {Life} life @returns {Step} */
export function doubt(life) {
  return [{ ...life, phase: "suspect" }, [{ do: "ping" }, { do: "restart_ice" }]];
}

/** The server answers, and no sound connects. @param {Life} life @returns {Step} */
export function slow(life) {
  return [{ ...life, blocked: true }, []];
}

/** A heartbeat is due. @param {Life} life @param {unknown} _ @param {Moment} at @returns {Step} */
export function beat(life, _, at) {
  const [pulse, liveness] = checkPulse(life.pulse, at.nowMs);
  const beaten = { ...life, pulse, dueMs: at.nowMs + HEARTBEAT_MS };
  if (liveness === "gone") return lose(beaten, "silent", at);
  if (liveness === "suspect" && life.phase === "open") {
    return [{ ...beaten, phase: "suspect" }, [{ do: "ping" }, { do: "restart_ice" }]];
  }
  return [beaten, [{ do: "ping" }]];
}

/** @param {Life} life @param {unknown} _ @param {Moment} at */
export function moved(life, _, at) {
  return lose(life, "moved", at);
}

/** @param {Life} life */
export function park(life) {
  return rest(life, "parked", hangUp(life));
}

/** @param {Life} life */
export function supersede(life) {
  return rest(life, "superseded", [FORGET_TOKEN, FORGET_TICKET, ...hangUp(life)]);
}

/** @param {Life} life @param {InputOf<"rejected">} input */
export function reject(life, { error, forget }) {
  return rest({ ...life, error }, "failed", [...(forget ? [FORGET_TOKEN] : []), ...hangUp(life)]);
}

/**
 * The token stays: with it this window, and no other, may read its words after a reload.
 * @param {Life} life @param {unknown} _ @param {Moment} at @returns {Step}
 */
export function complete(life, _, { nowMs }) {
  return [{ ...rest(life, "lingering", [])[0], dueMs: nowMs + LINGER_MS }, []];
}

/** @param {Life} life */
export function end(life) {
  return rest(life, "ended", hangUp(life));
}
