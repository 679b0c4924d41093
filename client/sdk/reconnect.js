/**
 * When a call counts as lost, and when to try the next one. Pure: time comes in as milliseconds
 * of a clock that never jumps back, chance as a function.
 */

export const HEARTBEAT_MS = 2_000;
/** A heartbeat's answer, and 2 seconds in which what was lost of it is sent again. */
export const SUSPECT_MS = 4_000;
export const GONE_MS = 15_000;
/** Within this time the clients of a server that drains come back at another. */
export const SOON_MS = 800;
/** Pauses between attempts. */
const FIRST_MS = 500;
const CAP_MS = 8_000;

/** @typedef {"ok" | "suspect" | "gone"} Liveness */

/**
 * @typedef {object} Pulse what is known of how alive the server is
 * @property {number} heardMs when it was heard last
 * @property {number} checkedMs when that was judged last
 */

/** Of a call that has just opened. @param {number} nowMs @returns {Pulse} */
export function newPulse(nowMs) {
  return { heardMs: nowMs, checkedMs: nowMs };
}

/**
 * Judge a call by how long ago the server was heard, at each heartbeat.
 * @param {Pulse} pulse @param {number} nowMs @returns {[Pulse, Liveness]}
 */
export function checkPulse({ heardMs, checkedMs }, nowMs) {
  // A check that comes this late says that we slept (a closed lid, a throttled tab), not that
  // the server was silent: it gets one heartbeat to be heard before it is judged again.
  const sleptMs = nowMs - checkedMs;
  const slept = sleptMs > 2 * HEARTBEAT_MS;
  // After a long sleep the server has given the call up: that is asked at once.
  const grantedMs = sleptMs >= GONE_MS ? SUSPECT_MS : SUSPECT_MS - HEARTBEAT_MS;
  const sinceMs = slept ? Math.max(heardMs, nowMs - grantedMs) : heardMs;
  const silentMs = nowMs - sinceMs;
  const liveness = silentMs >= GONE_MS ? "gone" : silentMs >= SUSPECT_MS ? "suspect" : "ok";
  return [{ heardMs: sinceMs, checkedMs: nowMs }, liveness];
}

/**
 * Milliseconds to wait before the next attempt: at once, then doubling up to a cap. Many clients
 * lose a server at the same moment: the jitter (the upper half of the delay) keeps them from
 * coming back at the same moment.
 * @param {number} attempt attempts made before this one
 * @param {number | null} askedS what the server asked for (Retry-After); never undercut
 * @param {number} chance in [0, 1)
 * @param {{firstMs?: number, capMs?: number}} [limits]
 */
export function retryDelayMs(attempt, askedS, chance, { firstMs = FIRST_MS, capMs = CAP_MS } = {}) {
  const nominalMs = attempt === 0 ? 0 : Math.min(capMs, firstMs * 2 ** (attempt - 1));
  const askedMs = (askedS ?? 0) * 1000;
  return Math.round(askedMs > nominalMs ? askedMs * (1 + chance / 4) : nominalMs * (0.5 + chance / 2));
}

/**
 * The first wait after a server has asked everybody to call again: short, and not the same for
 * everybody. @param {number} chance in [0, 1)
 */
export function soonMs(chance) {
  return Math.round(SOON_MS * (0.2 + 0.8 * chance));
}

/** `retryDelayMs` with a count of its own. */
export class Backoff {
  /** @param {{firstMs?: number, capMs?: number, random?: () => number}} [options] */
  constructor({ firstMs = FIRST_MS, capMs = CAP_MS, random = Math.random } = {}) {
    this.limits = { firstMs, capMs };
    this.random = random;
    this.attempt = 0;
  }

  /** Milliseconds to wait before the next attempt. @param {number | null} [retryAfterS] */
  next(retryAfterS = null) {
    return retryDelayMs(this.attempt++, retryAfterS, this.random(), this.limits);
  }

  reset() {
    this.attempt = 0;
  }
}

/**
 * Which durable events have been seen. The server replays after `hello {last_seq}`, while new ones
 * may already arrive: a number above a gap proves nothing about the gap, so every number is kept,
 * and `lastSeq` moves on only when a connection has settled.
 */
export class Ledger {
  constructor() {
    /** Where the log ended when the server of the last welcome took over. */
    this.foundSeq = 0;
    /** @type {Set<string>} */
    this.seen = new Set();
    this.newest = 0;
    this.settled = 0;
  }

  reset() {
    this.seen.clear();
    this.newest = 0;
    this.settled = 0;
  }

  /**
   * Whether events that we know are none of the log's: a server told them, died before they were
   * written, and the one of this welcome went on from an earlier place.
   * @param {{last_seq: number, found_seq?: number}} welcome
   */
  isVoid({ last_seq: lastSeq, found_seq: foundSeq = 0 }) {
    const another = foundSeq > 0 && foundSeq !== this.foundSeq;
    this.foundSeq = foundSeq;
    return this.newest > lastSeq || (another && this.newest > foundSeq);
  }

  /**
   * Whether this is new. @param {number} seq
   * @param {string} [part] of an event that takes several messages, such as words in several segments
   */
  accept(seq, part = "") {
    const name = `${seq} ${part}`;
    if (seq <= 0 || this.seen.has(name)) return false;
    this.seen.add(name);
    this.newest = Math.max(this.newest, seq);
    return true;
  }

  /** The replay that `hello` asked for has been read to its end. */
  settle() {
    this.settled = this.newest;
  }

  /** For `hello`: everything up to here has been seen for certain. */
  get lastSeq() {
    return this.settled;
  }
}
