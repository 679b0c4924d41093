import { Api } from "./api.js";
import { Caller } from "./caller.js";
import { encode, excess, tooLong } from "./channel.js";
import { InterviewError } from "./errors.js";
import { Inbox } from "./inbox.js";
import { Admission, sessionKeep } from "./resume.js";

/** @typedef {import("./types.js").ClientEvents} ClientEvents */
/** @typedef {import("./messages.js").ClientMessage} ClientMessage */
/** @typedef {import("./messages.js").ServerMessage} ServerMessage */
/** @typedef {import("./connection.js").Call} Call */
/** @typedef {import("./connection.js").CallOptions} CallOptions */

/** Stages in which the page says that nobody listens. */
const NOBODY_LISTENS = new Set(["paused", "parked", "ended"]);
const TYPING_MS = 5_000;

/**
 * @typedef {object} ClientOptions
 * @property {string} base URL of the service, such as `https://example.org/interviews`
 * @property {string} link last path segment of the join URL
 * @property {(options: CallOptions) => Call} [callFactory] replaces WebRTC, for tests
 * @property {(options: CallOptions) => Call} [textFactory] replaces the WebSocket, for tests
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
  constructor({ base, link, callFactory, textFactory, fetch: fetch_, random = Math.random, keep = sessionKeep() }) {
    super();
    this.api = new Api(base, fetch_);
    /** @private */
    this.admission = new Admission(this.api, link, keep);
    /** @type {MediaStreamTrack | null} */
    this.microphone = null;
    this.muted = false;
    /** When the server last told how loud it hears us, which it does as long as sound arrives. @type {number | null} */
    this.levelMs = null;
    /** When `typing` was sent last. @private */
    this.typingMs = -TYPING_MS;
    /** @private */
    this.readySent = false;
    /** @private */
    this.inbox = new Inbox((message) => this.send(message));
    /** @private */
    this.caller = new Caller({
      api: this.api,
      admission: this.admission,
      callFactory,
      textFactory,
      random,
      microphone: () => this.microphone,
      onText: (text) => this.receive(text),
      onTrack: (track) => this.emit("track", track),
      onGreet: () => this.greet(),
      onPing: () => this.ping(),
      onLoss: () => this.inbox.lose(),
      onLeft: () => this.inbox.rest(),
      onShow: () => this.show(),
      onBack: (reason, afterMs) => this.emit("back", { reason, afterMs }),
    });
    /** @private */
    this.online = () => this.caller.put({ type: "network_back" });
  }

  /** What the interview looks like. */
  get view() {
    return this.inbox.view;
  }

  /** What the connection looks like. */
  get connection() {
    return this.caller.shown;
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

  /** @private */
  show() {
    this.emit("connection", this.connection);
    this.changed();
  }

  // --- before the call ---

  /** Exchange the link, or what a reload left, for a token. Throws InterviewError. */
  async join() {
    return (await this.admission.deliberately()).page;
  }

  /**
   * Record what the candidate decided. Throws InterviewError.
   * @param {boolean} accepted @param {{unloading?: boolean}} [how] `unloading`: the page is left, so at once
   */
  async consent(accepted, { unloading = false } = {}) {
    if (unloading) {
      const { joined } = this.admission;
      if (joined) await this.api.consent(joined.token, joined.page.consent.version, accepted, { unloading });
      return;
    }
    const iceServers = await this.admission.withToken((joined) =>
      this.api.consent(joined.token, joined.page.consent.version, accepted),
    );
    const { joined } = this.admission;
    if (!joined) return;
    joined.page.consent.given = accepted;
    if (iceServers) joined.ice_servers = iceServers; // with a relay, which joining does not give
  }

  /**
   * Whether a call with sound would connect, and whether through a relay. Throws InterviewError.
   * @param {{timeoutMs?: number}} [how] 4 seconds are enough on a bad line
   */
  async checkConnectivity({ timeoutMs } = {}) {
    const { checkConnectivity } = await import("./connectivity.js");
    return this.admission.withToken(({ interview, token, ice_servers: iceServers }) =>
      checkConnectivity({
        url: this.api.connectivityUrl(interview),
        token,
        iceServers: iceServers ?? [],
        fetch: this.api.fetch,
        timeoutMs,
      }),
    );
  }

  /**
   * Before `start`: a sentence is read, judged, played back and written down. Call it in a click so
   * that sound may play; close what it answers before `start`. Throws InterviewError.
   * @param {{microphone: MediaStreamTrack | null, onView: (view: import("./rehearsal.js").RehearsalView) => void,
   *   onTrack: (track: MediaStreamTrack) => void}} how
   */
  async rehearse(how) {
    const { Rehearsal } = await import("./rehearsal.js");
    return this.admission.withToken(async ({ token, ice_servers: iceServers = [] }) => {
      const url = `${this.api.base}/v1/rehearsals`;
      const { callFactory } = this.caller.options;
      const rehearsal = new Rehearsal({ url, token, iceServers, fetch: this.api.fetch, callFactory, ...how });
      await rehearsal.open();
      return rehearsal;
    });
  }

  // --- when it is over ---

  /** What the page shows of an interview that is over. Throws InterviewError. */
  async joinEnded() {
    return (await this.admission.afterEnd()).page;
  }

  /** The candidate's own words, after `joinEnded`. Throws InterviewError. */
  transcript() {
    return this.admission.withToken((joined) => this.api.transcript(joined.token));
  }

  /** Hand the transcript over, after `joinEnded`. @param {{prompt_id: string, text: string}[]} corrections */
  review(corrections) {
    return this.admission.withToken((joined) => this.api.review(joined.token, corrections));
  }

  // --- the call ---

  /**
   * Begin, or go on. Call it in a click so that sound may play. @param {{microphone?: MediaStreamTrack | null}} [how]
   */
  start({ microphone = this.microphone } = {}) {
    // A call that is there goes on: with this microphone, not with one that may have been let go.
    if (this.caller.call && microphone !== this.microphone) void this.useMicrophone(microphone);
    this.microphone = microphone;
    this.switchMicrophone();
    globalThis.addEventListener?.("online", this.online);
    this.caller.put({ type: "start" });
  }

  /** Speak with another microphone, or without one; a new call is made where it must be. @param {MediaStreamTrack | null} track */
  async useMicrophone(track) {
    this.microphone = track;
    this.switchMicrophone();
    if (track) this.useTransport("media");
    const { call } = this.caller;
    if (!call || (await call.replaceMicrophone(track)) || call !== this.caller.call) return;
    this.caller.putOfCall("microphone");
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.muted = muted;
    this.switchMicrophone();
    this.send({ type: "mute", muted });
    this.changed();
  }

  /** The track is on, and something is sent, only while somebody listens: not muted, not paused. @private */
  switchMicrophone() {
    if (!this.microphone) return;
    const on = !this.muted && !NOBODY_LISTENS.has(this.view.stage);
    this.microphone.enabled = on;
    this.caller.call?.hush?.(!on);
  }

  /**
   * Go on in writing over HTTPS ("text"), where the network lets no sound through, or with sound
   * again ("media"). Before `start` it is a choice for the first call.
   * @param {import("./types.js").TransportName} transport
   */
  useTransport(transport) {
    if (transport !== this.connection.transport) this.caller.put({ type: "transport", transport });
  }

  /** Try the next call now instead of waiting for the backoff. */
  retryNow() {
    this.caller.put({ type: "try_now" });
  }

  /** Stop calling; the interview waits for us. @param {{unloading?: boolean}} [how] */
  async close({ unloading = false } = {}) {
    globalThis.removeEventListener?.("online", this.online);
    this.caller.put({ type: "close", unloading });
    await this.caller.closing;
  }

  // --- what a candidate can say with a click; false: not connected, nothing was sent ---

  done() {
    return this.send({ type: "done" });
  }
  notFinished() {
    return this.send({ type: "not_finished" });
  }
  repeat() {
    return this.send({ type: "repeat" });
  }
  rephrase() {
    return this.send({ type: "rephrase" });
  }
  /** What is asked now, or the rest of the greeting; not what may be asked when this arrives. */
  skip() {
    return this.send({ type: "skip", prompt_id: this.view.answering });
  }
  /** Time to think: 30 s, and again as long when it is asked for again. */
  think() {
    return this.send({ type: "think" });
  }
  /** Back to the question that was skipped, while `can` has `undo_skip`. */
  undoSkip() {
    return this.send({ type: "undo_skip" });
  }
  /**
   * The answer to `view.confirm`: yes, no, or "what I said is my answer".
   * @param {"yes" | "no" | "answer"} choice
   */
  confirm(choice) {
    return this.send({ type: "confirm", choice });
  }
  pause() {
    return this.send({ type: "pause" });
  }
  resume() {
    return this.send({ type: "resume" });
  }
  /** End the interview for good; the answers so far are kept. */
  leave() {
    return this.send({ type: "leave" });
  }
  /**
   * True: given to the channel, which takes it for seconds after a server has died. It has arrived when
   * its `transcript` comes (`mode: "text"`); keep the text until then. Throws InterviewError `too_long`:
   * see `excess`.
   * @param {string} text
   * @param {string} [promptId] what it was typed to: it never counts as the answer to another question
   */
  answer(text, promptId = this.view.promptId) {
    if (excess(text) > 0) throw tooLong();
    return this.send({ type: "text_answer", text, ...(promptId && { prompt_id: promptId }) });
  }
  /**
   * Call it at each change of what is being typed: it is sent at most every 5 s, without the text, so
   * that nothing is said into it.
   */
  typing() {
    const nowMs = performance.now();
    if (nowMs >= this.typingMs + TYPING_MS && this.send({ type: "typing" })) this.typingMs = nowMs;
  }
  /** @param {import("./messages.js").Pace} pace */
  setPace(pace) {
    const sent = this.send({ type: "pace", pace });
    if (sent) {
      this.inbox.view = { ...this.view, pace };
      this.changed();
    }
    return sent;
  }

  /** @param {ClientMessage} message */
  send(message) {
    const text = encode(message);
    const open = this.connection.state === "open" || this.connection.state === "suspect";
    return open && (this.caller.call?.send(text) ?? false);
  }

  async stats() {
    return this.caller.call?.stats() ?? null;
  }

  // --- in the call ---

  /** Who we are, what we know, and how we stand. @private */
  greet() {
    this.readySent = false;
    this.inbox.hello();
    if (this.muted) this.send({ type: "mute", muted: true });
    this.switchMicrophone();
    this.pressStart();
  }

  /** @private */
  ping() {
    const nowMs = performance.now();
    this.send({ type: "ping", t_ms: nowMs });
    this.inbox.settle(nowMs);
  }

  /** @param {unknown} data @private */
  receive(data) {
    this.caller.putOfCall("heard");
    const before = this.view;
    const message = this.inbox.take(data, performance.now());
    if (!message) return;
    if (this.view.stage !== before.stage) this.switchMicrophone();
    this.emit("message", message);
    if (this.view !== before) this.changed();
    this.react(message);
  }

  /** @param {ServerMessage} message @private */
  react(message) {
    if (message.type === "level") this.levelMs = performance.now();
    else if (message.type === "welcome") {
      this.levelMs = null; // another server may be one that does not tell
      if (message.resume_token) this.admission.memory.set(message.resume_token);
    } else if (message.type === "state") {
      if (message.stage === "parked") this.caller.putOfCall("parked");
      else this.pressStart();
    } else if (message.type === "error") {
      this.reactToError(message);
    } else if (message.type === "completed") {
      this.caller.putOfCall("completed");
    }
  }

  /** @param {import("./messages.js").Error} message @private */
  reactToError({ code, message, recoverable }) {
    if (code === "superseded" || code === "moved") this.caller.putOfCall(code);
    else if (code === "deleted" || recoverable === false) {
      // Erased by its owner: there is nothing to come back to.
      const forget = code === "deleted";
      const error = new InterviewError(forget ? "deleted" : "rejected", message, { code });
      this.caller.put({ type: "rejected", call: this.caller.life.call, error, forget });
    }
  }

  /** Start was pressed before there was a call: tell the server once it is ready. @private */
  pressStart() {
    if (this.view.stage !== "ready" || !this.view.can.has("ready") || this.readySent) return;
    this.readySent = this.send({ type: "ready" });
  }
}
