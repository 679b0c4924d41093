import { Api } from "./api.js";
import { decode, encode } from "./channel.js";
import { PeerCall } from "./connection.js";
import { InterviewError } from "./errors.js";
import { Backoff, Heartbeat, Ledger } from "./reconnect.js";
import { Admission, isSuperseded, sessionKeep } from "./resume.js";
import { EMPTY_VIEW, dropInterims, fold } from "./store.js";

/** @typedef {import("./types.js").ClientEvents} ClientEvents */
/** @typedef {import("./types.js").ConnectionInfo} ConnectionInfo */
/** @typedef {import("./messages.js").ClientMessage} ClientMessage */
/** @typedef {import("./messages.js").ServerMessage} ServerMessage */
/** @typedef {import("./connection.js").Call} Call */
/** @typedef {import("./connection.js").CallOptions} CallOptions */

const CLIENT_NAME = "web-sdk/1";
const ACK_DELAY_MS = 500;
const SETTLE_MS = 3_000;
const LINGER_MS = 5_000;
const MAX_TOKEN_REFUSALS = 3;
/** Stages in which the page says that nobody listens. */
const NOBODY_LISTENS = new Set(["paused", "parked", "ended"]);

/**
 * @typedef {object} ClientOptions
 * @property {string} base URL of the service, such as `https://example.org/interviews`
 * @property {string} link last path segment of the join URL
 * @property {(options: CallOptions) => Call} [callFactory] replaces WebRTC, for tests
 * @property {typeof fetch} [fetch]
 * @property {() => number} [random]
 * @property {import("./resume.js").Keep | null} [keep] where the resume token survives a reload:
 * session storage unless another is given; null keeps it in memory only
 */

/**
 * A candidate's side of one interview: joins, calls, and comes back by itself when a call is lost.
 *
 * `join` → `consent` → `start` → events until the connection is `ended`. A lost call is replaced by
 * a new one with the same microphone; what was missed is replayed and duplicates are dropped.
 */
export class InterviewClient extends EventTarget {
  /** @param {ClientOptions} options */
  constructor({ base, link, callFactory, fetch: fetch_, random = Math.random, keep = sessionKeep() }) {
    super();
    this.api = new Api(base, fetch_);
    /** @private */
    this.admission = new Admission(this.api, link, keep);
    this.callFactory = callFactory ?? ((/** @type {CallOptions} */ o) => new PeerCall(o));
    this.view = EMPTY_VIEW;
    /** @type {ConnectionInfo} */
    this.connection = { state: "idle", reason: "", lostAtMs: null, attempt: 0, retryInMs: 0, error: null };
    /** @type {MediaStreamTrack | null} */
    this.microphone = null;
    this.muted = false;
    /** @type {Call | null} @private */
    this.call = null;
    /** @private */
    this.backoff = new Backoff({ random });
    /** @private */
    this.ledger = new Ledger();
    /** @private */
    this.heartbeat = new Heartbeat(0);
    /** A call is wanted: set by `start`, cleared by everything final. @private */
    this.wanted = false;
    /** @private */
    this.looping = false;
    /** Rises with each call, so that an old one cannot speak for the new. @private */
    this.generation = 0;
    /** @private */
    this.readySent = false;
    /** @private @type {ReturnType<typeof setInterval> | undefined} */
    this.beat = undefined;
    /** @private @type {ReturnType<typeof setTimeout> | undefined} */
    this.ackTimer = undefined;
    /** @private */
    this.helloMs = 0;
    /** @private */
    this.wake = () => {};
    /** @private */
    this.online = () => this.networkChanged();
    globalThis.addEventListener?.("online", this.online);
  }

  // --- events ---

  /**
   * Listen with types; answers the function that stops listening.
   * @template {keyof ClientEvents} K
   * @param {K} type @param {(detail: ClientEvents[K]) => void} handler
   */
  on(type, handler) {
    const listener = (/** @type {Event} */ event) =>
      handler(/** @type {CustomEvent<ClientEvents[K]>} */ (event).detail);
    this.addEventListener(type, listener);
    return () => this.removeEventListener(type, listener);
  }

  /**
   * @template {keyof ClientEvents} K
   * @param {K} type @param {ClientEvents[K]} detail @private
   */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** @private */
  changed() {
    this.emit("change", { view: this.view, connection: this.connection });
  }

  /** @param {Partial<ConnectionInfo>} change @private */
  setConnection(change) {
    this.connection = { ...this.connection, ...change };
    this.emit("connection", this.connection);
    this.changed();
  }

  // --- before the call ---

  /** Exchange the link, or what a reload left, for a token. Throws InterviewError. */
  async join() {
    return (await this.admission.deliberately()).page;
  }

  /** Record what the candidate decided. Throws InterviewError. @param {boolean} accepted */
  async consent(accepted) {
    const iceServers = await this.admission.withToken((joined) =>
      this.api.consent(joined.token, joined.page.consent.version, accepted),
    );
    const { joined } = this.admission;
    if (!joined) return;
    joined.page.consent.given = accepted;
    if (iceServers) joined.ice_servers = iceServers; // with a relay, which joining does not give
  }

  // --- the call ---

  /**
   * Begin, or go on. Call it in a click so that sound may play. @param {{microphone?: MediaStreamTrack | null}} [how]
   */
  start({ microphone = this.microphone } = {}) {
    this.microphone = microphone;
    this.switchMicrophone();
    this.wanted = true;
    this.backoff.reset();
    void this.keepConnected("connecting");
  }

  /** Speak with another microphone, or without one; a new call is made where it must be. @param {MediaStreamTrack | null} track */
  async useMicrophone(track) {
    this.microphone = track;
    this.switchMicrophone();
    const call = this.call;
    if (call && !(await call.replaceMicrophone(track)) && call === this.call) this.lost("microphone");
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.muted = muted;
    this.switchMicrophone();
    this.send({ type: "mute", muted });
    this.changed();
  }

  /** The track is on only while somebody listens: not muted, not paused. @private */
  switchMicrophone() {
    if (this.microphone) this.microphone.enabled = !this.muted && !NOBODY_LISTENS.has(this.view.stage);
  }

  /** Try the next call now instead of waiting for the backoff. */
  retryNow() {
    this.wake();
    if (this.connection.state === "suspect") this.lost("asked");
  }

  /** Stop calling; the interview waits for us. @param {{unloading?: boolean}} [how] */
  async close(how = {}) {
    globalThis.removeEventListener?.("online", this.online);
    await this.stop("closed", how);
  }

  // --- what a candidate can say with a click; false: not connected, nothing was sent ---

  done() { return this.send({ type: "done" }); }
  notFinished() { return this.send({ type: "not_finished" }); }
  repeat() { return this.send({ type: "repeat" }); }
  rephrase() { return this.send({ type: "rephrase" }); }
  skip() { return this.send({ type: "skip" }); }
  pause() { return this.send({ type: "pause" }); }
  resume() { return this.send({ type: "resume" }); }
  /** End the interview for good; the answers so far are kept. */
  leave() { return this.send({ type: "leave" }); }
  /** Throws InterviewError `too_long`. @param {string} text */
  answer(text) { return this.send({ type: "text_answer", text }); }
  /** @param {import("./messages.js").Pace} pace */
  setPace(pace) {
    const sent = this.send({ type: "pace", pace });
    if (sent) {
      this.view = { ...this.view, pace };
      this.changed();
    }
    return sent;
  }
  /** @param {boolean} on */
  captions(on) { return this.send({ type: "captions", on }); }

  /** @param {ClientMessage} message */
  send(message) {
    const text = encode(message);
    const open = this.connection.state === "open" || this.connection.state === "suspect";
    return open && (this.call?.send(text) ?? false);
  }

  async stats() {
    return this.call ? this.call.stats() : null;
  }

  // --- connecting ---

  /** @param {"connecting" | "reconnecting"} state @param {number | null} [firstMs] @private */
  async keepConnected(state, firstMs = null) {
    if (this.looping) return;
    this.looping = true;
    let refusals = 0;
    let waitMs = firstMs;
    /** @type {number | null} */
    let retryAfterS = null;
    try {
      while (this.wanted && !this.call) {
        const retryInMs = waitMs ?? this.backoff.next(retryAfterS);
        waitMs = null;
        this.setConnection({ state, attempt: this.backoff.attempt, retryInMs });
        await this.pauseFor(retryInMs);
        if (!this.wanted) return;
        this.setConnection({ retryInMs: 0 });
        try {
          await this.attempt();
          return;
        } catch (error) {
          const problem = asInterviewError(error);
          if (!this.wanted) return;
          if (isSuperseded(problem)) {
            void this.supersede();
            return;
          }
          if (problem.kind === "token") {
            this.admission.refused();
            refusals += 1;
            if (refusals < MAX_TOKEN_REFUSALS) continue;
          } else if (!problem.recoverable) {
            this.wanted = false;
            if (problem.kind === "over") this.admission.memory.set("");
            this.setConnection({ state: problem.kind === "over" ? "ended" : "failed", error: problem });
            return;
          }
          retryAfterS = problem.retryAfterS;
          this.setConnection({ error: problem });
        }
      }
    } finally {
      this.looping = false;
    }
  }

  /** One call, from the token to the first message. @private */
  async attempt() {
    const joined = await this.admission.ticket();
    if (!this.wanted) throw new InterviewError("network", "No call is wanted any more.");
    const generation = ++this.generation;
    const mine = () => generation === this.generation;
    const call = this.callFactory({
      url: this.api.whipUrl(joined.interview),
      token: joined.token,
      iceServers: joined.ice_servers ?? [],
      microphone: this.microphone,
      fetch: this.api.fetch,
      onText: (text) => mine() && this.receive(text),
      onTrack: (track) => mine() && this.emit("track", track),
      onDown: () => mine() && this.lost("cut"),
    });
    this.call = call;
    try {
      await call.open();
    } catch (error) {
      if (this.call === call) this.call = null;
      throw error;
    }
    if (!mine() || !this.wanted) {
      await call.close();
      if (this.call === call) this.call = null;
      throw new InterviewError("media", "The call was replaced.");
    }
    this.opened();
  }

  /** @private */
  opened() {
    this.backoff.reset();
    this.readySent = false;
    this.heartbeat = new Heartbeat(performance.now());
    const { reason, lostAtMs } = this.connection;
    this.setConnection({ state: "open", reason: "", lostAtMs: null, attempt: 0, retryInMs: 0, error: null });
    this.hello();
    if (this.muted) this.send({ type: "mute", muted: true });
    clearInterval(this.beat);
    this.beat = setInterval(() => this.onBeat(), this.heartbeat.heartbeatMs);
    this.pressStart();
    if (lostAtMs !== null) this.emit("back", { reason, afterMs: performance.now() - lostAtMs });
  }

  /** Ask for the durable events we lack. @private */
  hello() {
    this.helloMs = performance.now();
    this.send({ type: "hello", last_seq: this.ledger.lastSeq, client: CLIENT_NAME });
  }

  /**
   * We were told what was never written: its server died before, and the numbers are given again to
   * other events. What we know is worth nothing; all of it is asked for anew.
   * @private
   */
  startOver() {
    this.ledger.reset();
    this.view = EMPTY_VIEW;
    clearTimeout(this.ackTimer);
    this.ackTimer = undefined;
    this.hello();
  }

  /** @private */
  onBeat() {
    const nowMs = performance.now();
    this.send({ type: "ping", t_ms: nowMs });
    if (nowMs - this.helloMs > SETTLE_MS) this.ledger.settle();
    const liveness = this.heartbeat.check(nowMs);
    if (liveness === "gone") this.lost("silent");
    else if (liveness === "suspect" && this.connection.state === "open") {
      this.setConnection({ state: "suspect" });
      void this.call?.restartIce();
    }
  }

  /** @private */
  networkChanged() {
    this.wake();
    if (this.connection.state === "open" || this.connection.state === "suspect") void this.call?.restartIce();
  }

  /** The call is over but the interview is not. @param {import("./types.js").LossReason} reason @private */
  lost(reason) {
    void this.drop();
    if (this.connection.state === "ended" || !this.wanted) return;
    this.admission.lost();
    this.view = dropInterims(this.view);
    this.connection = { ...this.connection, reason, lostAtMs: this.connection.lostAtMs ?? performance.now() };
    void this.keepConnected("reconnecting", reason === "moved" ? this.backoff.soon() : null);
  }

  /** Another window has taken over: this one stays away until the candidate asks for it. @private */
  supersede() {
    this.admission.memory.set("");
    this.admission.refused();
    return this.stop("superseded");
  }

  /** Forget the call: from here on nothing it says is heard. @param {{unloading?: boolean}} [how] @private */
  drop(how = {}) {
    this.generation += 1;
    clearInterval(this.beat);
    clearTimeout(this.ackTimer);
    this.ackTimer = undefined;
    const call = this.call;
    this.call = null;
    return call ? call.close(how) : Promise.resolve();
  }

  /** @param {import("./types.js").ConnectionState} state @param {{unloading?: boolean}} [how] @private */
  async stop(state, how = {}) {
    this.wanted = false;
    this.wake();
    const closing = this.drop(how);
    this.setConnection({ state, reason: "", lostAtMs: null, retryInMs: 0 });
    await closing;
  }

  /** Sleep that `retryNow` and a returning network cut short. @param {number} ms @private */
  pauseFor(ms) {
    if (ms <= 0) return Promise.resolve();
    /** @type {Promise<void>} */
    const pause = new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return pause.finally(() => {
      this.wake = () => {};
    });
  }

  // --- receiving ---

  /** @param {unknown} data @private */
  receive(data) {
    const nowMs = performance.now();
    this.heartbeat.heard(nowMs);
    if (this.connection.state === "suspect") this.setConnection({ state: "open" });
    const message = decode(data);
    if (!message || message.type === "pong") return;
    if ("seq" in message && typeof message.seq === "number") {
      if (!this.ledger.accept(message.seq)) return;
      this.acknowledge();
    }
    if (message.type === "welcome" && this.ledger.isVoid(message)) this.startOver();
    const before = this.view;
    this.view = fold(before, message, nowMs);
    if (this.view.stage !== before.stage) this.switchMicrophone();
    this.emit("message", message);
    if (this.view !== before) this.changed();
    this.react(message);
  }

  /** @param {ServerMessage} message @private */
  react(message) {
    if (message.type === "welcome") {
      if (message.resume_token) this.admission.memory.set(message.resume_token);
    } else if (message.type === "state") {
      if (message.stage === "parked") void this.stop("parked");
      else this.pressStart();
    } else if (message.type === "error") {
      this.reactToError(message);
    } else if (message.type === "completed") {
      this.wanted = false;
      this.admission.memory.set("");
      this.setConnection({ state: "ended" });
      const { generation } = this;
      setTimeout(() => generation === this.generation && void this.drop(), LINGER_MS);
    }
  }

  /** @param {import("./messages.js").Error} message @private */
  reactToError({ code, message, recoverable }) {
    if (code === "superseded") void this.supersede();
    else if (code === "moved") this.lost("moved");
    else if (code === "deleted") this.deleted(message);
    else if (recoverable === false) {
      this.setConnection({ error: new InterviewError("rejected", message, { code }) });
      void this.stop("failed");
    }
  }

  /** Erased by its owner: there is nothing to come back to. @param {string} message @private */
  deleted(message) {
    this.admission.memory.set("");
    this.setConnection({ error: new InterviewError("deleted", message, { code: "deleted" }) });
    void this.stop("failed");
  }

  /** Start was pressed before there was a call: tell the server once it is ready. @private */
  pressStart() {
    if (this.view.stage !== "ready" || !this.view.can.has("ready") || this.readySent) return;
    this.readySent = this.send({ type: "ready" });
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

/** @param {unknown} error */
function asInterviewError(error) {
  if (error instanceof InterviewError) return error;
  return new InterviewError("media", error instanceof Error ? error.message : String(error));
}
