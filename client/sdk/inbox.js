import { decode } from "./channel.js";
import { Ledger } from "./reconnect.js";
import { dropInterims, EMPTY_VIEW, fold } from "./store.js";

/** @typedef {import("./messages.js").ClientMessage} ClientMessage */
/** @typedef {import("./messages.js").ServerMessage} ServerMessage */

const CLIENT_NAME = "web-sdk/1";
const ACK_DELAY_MS = 500;
/** A replay has been read to its end after this time. */
const SETTLE_MS = 3_000;

/** What the server has told so far: each event once, whatever was sent again. */
export class Inbox {
  /** @param {(message: ClientMessage) => void} send */
  constructor(send) {
    this.view = EMPTY_VIEW;
    /** @private */
    this.send = send;
    /** @private */
    this.ledger = new Ledger();
    /** @private */
    this.helloMs = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} @private */
    this.ackTimer = undefined;
  }

  /** Ask for the durable events we lack. */
  hello() {
    this.helloMs = performance.now();
    this.send({ type: "hello", last_seq: this.ledger.lastSeq, client: CLIENT_NAME });
  }

  /** At each heartbeat. @param {number} nowMs */
  settle(nowMs) {
    if (nowMs - this.helloMs > SETTLE_MS) this.ledger.settle();
  }

  /** The call is lost: what was not final in it will be said again. */
  lose() {
    this.view = dropInterims(this.view);
  }

  /** The call is closed: what is not acknowledged yet will be in the next one. */
  rest() {
    clearTimeout(this.ackTimer);
    this.ackTimer = undefined;
  }

  /** What is new in it, or null. @param {unknown} data @param {number} nowMs */
  take(data, nowMs) {
    const message = decode(data);
    if (!message || message.type === "pong") return null;
    if ("seq" in message && typeof message.seq === "number") {
      if (!this.ledger.accept(message.seq, partOf(message))) return null;
      this.acknowledge();
    }
    if (message.type === "welcome" && this.ledger.isVoid(message)) this.startOver();
    this.view = fold(this.view, message, nowMs);
    return message;
  }

  /**
   * We received what was never written: its server died before, and the numbers are given again to
   * other events. What we know is worth nothing; all of it is asked for again.
   * @private
   */
  startOver() {
    this.ledger.reset();
    this.view = EMPTY_VIEW;
    this.rest();
    this.hello();
  }

  /** One acknowledgement for a burst of events. @private */
  acknowledge() {
    if (this.ackTimer !== undefined) return;
    this.ackTimer = setTimeout(() => {
      this.ackTimer = undefined;
      this.send({ type: "ack", seq: this.ledger.newest });
    }, ACK_DELAY_MS);
  }
}

/** An event may take several messages: what tells them apart. @param {ServerMessage} message */
function partOf(message) {
  if (message.type === "summary_sentence") return message.prompt_id;
  return message.type === "transcript" ? message.segment_id : "";
}
