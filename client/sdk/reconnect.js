/**
 * When a call counts as lost, and when to try the next one. Pure: time comes in as milliseconds
 * of a clock that never jumps back, chance as a function.
 */

export const HEARTBEAT_MS = 2_000;
export const SUSPECT_MS = 6_000;
export const GONE_MS = 15_000;
/** Within this time the clients of a server that drains come back at another. */
export const SOON_MS = 800;

/** @typedef {"ok" | "suspect" | "gone"} Liveness */

/**
 * Judges a call by how long ago the server was heard. Call `heard` for every message and `check`
 * at each heartbeat.
 */
export class Heartbeat {
  /** @param {number} nowMs @param {{heartbeatMs?: number, suspectMs?: number, goneMs?: number}} [limits] */
  constructor(nowMs, { heartbeatMs = HEARTBEAT_MS, suspectMs = SUSPECT_MS, goneMs = GONE_MS } = {}) {
    this.heartbeatMs = heartbeatMs;
    this.suspectMs = suspectMs;
    this.goneMs = goneMs;
    this.heardMs = nowMs;
    this.checkedMs = nowMs;
  }

  /** @param {number} nowMs */
  heard(nowMs) {
    this.heardMs = nowMs;
  }

  /**
   * @param {number} nowMs
   * @returns {Liveness}
   */
  check(nowMs) {
    // A check that comes this late says that we slept (a closed lid, a throttled tab), not that
    // the server was silent: it gets one heartbeat to be heard before it is judged again.
    const sleptMs = nowMs - this.checkedMs - 2 * this.heartbeatMs;
    this.checkedMs = nowMs;
    if (sleptMs > 0) this.heardMs = Math.max(this.heardMs, nowMs - this.suspectMs + this.heartbeatMs);
    const silentMs = nowMs - this.heardMs;
    if (silentMs >= this.goneMs) return "gone";
    return silentMs >= this.suspectMs ? "suspect" : "ok";
  }
}

/** Delays between attempts: at once, then doubling up to a cap, each with jitter. */
export class Backoff {
  /** @param {{firstMs?: number, capMs?: number, random?: () => number}} [options] */
  constructor({ firstMs = 500, capMs = 8_000, random = Math.random } = {}) {
    this.firstMs = firstMs;
    this.capMs = capMs;
    this.random = random;
    this.attempt = 0;
  }

  /**
   * Milliseconds to wait before the next attempt. Many clients lose a server at the same moment:
   * the jitter (the upper half of the delay) keeps them from coming back at the same moment.
   * @param {number | null} [retryAfterS] what the server asked for
   */
  next(retryAfterS = null) {
    const nominalMs =
      this.attempt === 0 ? 0 : Math.min(this.capMs, this.firstMs * 2 ** (this.attempt - 1));
    this.attempt += 1;
    const askedMs = (retryAfterS ?? 0) * 1000;
    const baseMs = Math.max(nominalMs, askedMs);
    return Math.round(askedMs > nominalMs ? baseMs * (1 + this.random() / 4) : baseMs * (0.5 + this.random() / 2));
  }

  /**
   * The first wait after a server has asked everybody to call again: short, and not the same for
   * everybody.
   */
  soon() {
    this.attempt = 1;
    return Math.round(SOON_MS * (0.2 + 0.8 * this.random()));
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
    /** @type {Set<number>} */
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

  /** Whether this event is new. @param {number} seq */
  accept(seq) {
    if (seq <= 0 || this.seen.has(seq)) return false;
    this.seen.add(seq);
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
