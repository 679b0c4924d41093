/**
 * Does what the transition table of `lifecycle.js` says: asks for tokens, makes calls, keeps one
 * timer. Everything that comes of it goes back into the table; nothing is decided here.
 */
import { PeerCall } from "./connection.js";
import { asInterviewError, InterviewError } from "./errors.js";
import { decide, START, shownOf } from "./lifecycle.js";
import { GONE_MS } from "./reconnect.js";

/** @typedef {import("./connection.js").Call} Call */
/** @typedef {import("./connection.js").CallOptions} CallOptions */
/** @typedef {import("./lifecycle-types.js").Effect} Effect */
/** @typedef {import("./lifecycle-types.js").Input} Input */
/** @typedef {import("./lifecycle-types.js").Life} Life */
/** @typedef {import("./types.js").LossReason} LossReason */

/**
 * @typedef {object} CallerOptions
 * @property {import("./api.js").Api} api
 * @property {import("./resume.js").Admission} admission
 * @property {(options: CallOptions) => Call} [callFactory]
 * @property {(options: CallOptions) => Call} [textFactory]
 * @property {() => number} random
 * @property {() => MediaStreamTrack | null} microphone the one of the next call
 * @property {(text: unknown) => void} onText a message of the call there is
 * @property {(track: MediaStreamTrack) => void} onTrack
 * @property {() => void} onGreet the call is open: say hello
 * @property {() => void} onPing
 * @property {() => void} onLoss
 * @property {() => void} onLeft the call is closed
 * @property {() => void} onShow the connection looks different now
 * @property {(reason: LossReason, afterMs: number) => void} onBack
 */

export class Caller {
  /** @param {CallerOptions} options */
  constructor(options) {
    this.options = options;
    this.callFactory = options.callFactory ?? ((/** @type {CallOptions} */ o) => new PeerCall(o));
    /** @type {Life} */
    this.life = START;
    this.shown = shownOf(START);
    /** @type {Call | null} */
    this.call = null;
    /** Until the last call has said good-bye. @type {Promise<void>} */
    this.closing = Promise.resolve();
    /** What came while something else was being done. @type {Input[]} @private */
    this.inputs = [];
    /** @private */
    this.busy = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} @private */
    this.timer = undefined;
    /** @type {number | null} @private */
    this.timerMs = null;
    /** How far the wall clock is ahead of `performance.now`. @private */
    this.aheadMs = Date.now() - performance.now();
  }

  /** One input at a time, each to its end. @param {Input} input */
  put(input) {
    this.inputs.push(input);
    if (this.busy) return;
    this.busy = true;
    try {
      for (let next = this.inputs.shift(); next; next = this.inputs.shift()) this.handle(next);
    } finally {
      this.busy = false;
    }
  }

  /** What the call there is now has to say. @param {"microphone" | "heard" | "moved" | "parked" | "superseded" | "completed"} type */
  putOfCall(type) {
    this.put({ type, call: this.life.call });
  }

  /** @param {Input} input @private */
  handle(input) {
    const [next, effects] = decide(this.life, input, { nowMs: performance.now(), chance: this.options.random() });
    this.life = next;
    this.shown = shownOf(next);
    this.arm(next.dueMs);
    for (const effect of effects) this.perform(effect);
  }

  /** The one timer. @param {number | null} dueMs @private */
  arm(dueMs) {
    if (dueMs === this.timerMs) return;
    clearTimeout(this.timer);
    this.timerMs = dueMs;
    if (dueMs === null) return;
    this.timer = setTimeout(
      () => {
        this.timerMs = null;
        if (this.hasSlept()) this.put({ type: "doubt", call: this.life.call });
        this.put({ type: "tick" });
        this.arm(this.life.dueMs); // clocks of timers and of `performance` differ: it may be early
      },
      Math.max(0, dueMs - performance.now()),
    );
  }

  /**
   * `performance.now` stands still while some machines sleep; the wall clock does not. A clock that
   * was only set costs the call one question. @private
   */
  hasSlept() {
    const aheadMs = Date.now() - performance.now();
    const slept = aheadMs - this.aheadMs >= GONE_MS;
    this.aheadMs = aheadMs;
    return slept;
  }

  /** @param {Effect} effect @private */
  perform(effect) {
    const { admission, onBack, onGreet, onLoss, onPing, onShow } = this.options;
    switch (effect.do) {
      case "ask_ticket":
        return void this.askTicket(effect.call);
      case "open_call":
        return void this.openCall(effect.call);
      case "close_call":
        return this.closeCall(effect.unloading);
      case "greet":
        return onGreet();
      case "ping":
        return onPing();
      case "restart_ice":
        return void this.call?.restartIce();
      case "forget_token":
        return admission.memory.set("");
      case "forget_ticket":
        return admission.refused();
      case "forget_call":
        admission.lost();
        return onLoss();
      case "show":
        return onShow();
      case "say_back":
        return onBack(effect.reason, effect.afterMs);
    }
  }

  /** @param {number} call @private */
  async askTicket(call) {
    try {
      await this.options.admission.ticket();
      this.put({ type: "admitted", call });
    } catch (error) {
      this.put({ type: "refused", call, error: asInterviewError(error) });
    }
  }

  /** @param {number} number @private */
  async openCall(number) {
    try {
      const make = this.life.transport === "text" ? await this.textFactory() : this.callFactory;
      if (this.life.phase !== "calling" || this.life.call !== number) return; // closed meanwhile
      const call = this.makeCall(number, make);
      this.call = call;
      await call.open();
      this.put({ type: "opened", call: number });
    } catch (error) {
      this.put({ type: "refused", call: number, error: asInterviewError(error) });
    }
  }

  /** Loaded by who needs it: most never do. @returns {Promise<(options: CallOptions) => Call>} @private */
  async textFactory() {
    if (this.options.textFactory) return this.options.textFactory;
    try {
      const { TextCall } = await import("./text-call.js");
      return (options) => new TextCall(options);
    } catch {
      throw new InterviewError("network", "The server could not be reached.");
    }
  }

  /** @param {number} number @param {(options: CallOptions) => Call} make @private */
  makeCall(number, make) {
    const { admission, api, microphone, onText, onTrack } = this.options;
    const { joined } = admission;
    if (!joined) throw new Error("There is no client token.");
    // Nothing that an old call says is heard: `call` is then another one, or none.
    const mine = () => this.call === call;
    const call = make({
      url: api.whipUrl(joined.interview),
      textUrl: api.textUrl(joined.interview),
      token: joined.token,
      iceServers: joined.ice_servers ?? [],
      microphone: microphone(),
      fetch: api.fetch,
      onText: (text) => mine() && onText(text),
      onTrack: (track) => mine() && onTrack(track),
      onDown: () => this.put({ type: "down", call: number }),
      onDoubt: () => this.put({ type: "doubt", call: number }),
      onSlow: () => this.put({ type: "slow", call: number }),
    });
    return call;
  }

  /** @param {boolean} unloading @private */
  closeCall(unloading) {
    const call = this.call;
    this.call = null;
    this.options.onLeft();
    if (!call) return;
    // Whoever closes waits for it; nobody else has a use for why it failed.
    this.closing = call.close({ unloading }).catch(() => {});
  }
}
