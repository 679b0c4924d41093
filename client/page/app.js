import { Backoff, InterviewClient, microphonePermission, obstacle, sessionKeep } from "../sdk/index.js";
import { stringsFor } from "../strings/index.js";
import { actionsOf } from "./actions.js";
import { Answers } from "./answers.js";
import { Connectivity } from "./connectivity.js";
import { Decline } from "./decline.js";
import { Devices } from "./devices.js";
import { Drafts } from "./drafts.js";
import { Ending } from "./ending.js";
import { INITIAL } from "./model.js";
import { asError, FINAL, PASSING, stillWaiting, withDetail } from "./problems.js";
import { createShell } from "./shell.js";
import { Sound } from "./sound.js";

/** @typedef {import("./model.js").CheckModel} CheckModel */
/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").Problem} Problem */
/** @typedef {import("./model.js").Strings} Strings */
/** @typedef {import("../sdk/client.js").ClientOptions} ClientOptions */

const BEGUN = new Set([
  "greeting",
  "asking",
  "listening",
  "closing_turn",
  "deciding",
  "wrap_up",
  "paused",
  "disconnected",
  "parked",
]);
const NOTICE_MS = 4_000;
const BACK_MS = 3_000;

/** The candidate's page: holds the model, reacts to the SDK and to clicks. */
export class InterviewPage {
  /** @param {HTMLElement} root @param {Strings} strings @param {ClientOptions} options */
  constructor(root, strings, options) {
    /** @type {Model} */
    this.model = INITIAL;
    this.root = root;
    this.strings = strings;
    this.options = options;
    this.client = new InterviewClient(options);
    this.drafts = new Drafts(options.base, options.link, options.keep === undefined ? sessionKeep() : options.keep);
    this.backoff = new Backoff({ firstMs: 2_000, capMs: 15_000 });
    this.retryAtMs = 0;
    this.noticeUntilMs = 0;
    /** @type {WakeLockSentinel | null} */
    this.wakeLock = null;
    /** @type {import("./rehearsing.js").Rehearsing | null} */
    this.rehearsing = null;
    this.sound = new Sound({
      onLocked: (soundLocked) => this.set({ soundLocked }),
      onLevel: (which, fraction) => this.shell.level(which, which === "microphone" && this.model.muted ? 0 : fraction),
      onSound: (sound) => this.model.check.sound !== sound && this.setCheck({ sound }),
      onTrouble: (trouble) => void this.devices.trouble(trouble),
      onDevices: () => void this.devices.changed(),
    });
    this.devices = new Devices(this);
    this.connectivity = new Connectivity(this);
    this.shell = createShell(root, strings, actionsOf(this));
    this.decline = new Decline(this);
    this.ending = new Ending(this);
    this.listen();
    this.answers = new Answers(this); // after `listen`: it follows what the page has followed
  }

  /** To the SDK, the clock and the browser. @private */
  listen() {
    this.client.on("change", () => this.follow());
    // Another microphone is a new call as well, but the candidate never was away.
    this.client.on(
      "back",
      ({ reason }) => reason !== "microphone" && this.set({ backUntilMs: performance.now() + BACK_MS }),
    );
    this.client.on("track", (track) => this.sound.voice(track));
    this.ticker = setInterval(() => this.tick(), 250);
    globalThis.addEventListener("pagehide", () => {
      this.decline.leave();
      void this.client.close({ unloading: true });
    });
    globalThis.addEventListener("pageshow", (event) => {
      if (/** @type {PageTransitionEvent} */ (event).persisted) globalThis.location.reload();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.set({}); // the time that was not drawn
      void this.keepAwake();
    });
  }

  /** @param {Partial<Model>} change */
  set(change) {
    const { levelMs: serverLevelMs } = this.client;
    const { levelMs: microphoneLevelMs } = this.sound;
    this.model = { ...this.model, ...change, nowMs: performance.now(), microphoneLevelMs, serverLevelMs };
    this.shell.update(this.model);
  }

  /** @param {Partial<CheckModel>} change */
  setCheck(change) {
    this.set({ check: { ...this.model.check, ...change } });
  }

  // --- before the call ---

  async open() {
    this.set({ screen: this.model.screen });
    if (typeof RTCPeerConnection !== "function" && !this.options.callFactory) {
      this.problem("browser", "", "none");
      return;
    }
    try {
      const page = await this.client.join();
      this.backoff.reset();
      await this.speak(page.locale);
      this.set({ page });
      const settled = page.consent.given && (page.consent.required || BEGUN.has(page.status));
      if (settled) await this.toCheck();
      else this.set({ screen: "welcome" });
    } catch (error) {
      this.failed(error);
    }
  }

  /** Go on in the language of the interview; in the one there is, where its words do not come. @param {string} locale */
  async speak(locale) {
    const strings = await stringsFor([locale]).catch(() => this.strings);
    if (strings === this.strings) return;
    this.strings = strings;
    this.shell = createShell(this.root, strings, actionsOf(this));
    this.set({});
  }

  /** @param {boolean} accepted */
  async consent(accepted) {
    const page = this.model.page;
    if (!page) return;
    if (!page.consent.required || page.consent.given) {
      await this.toCheck();
      return;
    }
    if (!accepted) {
      this.sound.release();
      this.decline.begin();
      return;
    }
    this.set({ busy: true, failure: "" });
    try {
      await this.client.consent(true);
      this.set({ busy: false });
      await this.toCheck();
    } catch (error) {
      this.set({ busy: false });
      const problem = asError(error);
      if (problem.kind === "consent") await this.open();
      else if (FINAL.has(problem.kind)) this.failed(problem);
      else this.set({ failure: withDetail(this.strings, this.strings.welcome.failed, problem) });
    }
  }

  async toCheck() {
    const page = this.model.page;
    const inTheWay = obstacle();
    this.set({ screen: "check" });
    void this.connectivity.check();
    this.setCheck({
      returning: this.model.connectedOnce || BEGUN.has(page?.status ?? ""),
      microphone: inTheWay ? "problem" : "idle",
      problem: inTheWay,
    });
    if (!inTheWay && !page?.text_mode && (await microphonePermission()) === "granted") {
      void this.devices.ask(""); // nobody waits for it: one may go on without a microphone
    }
  }

  /** In a click. Its code comes now; where it does not, the check screen says so. */
  async rehearse() {
    this.sound.playback.unlock();
    try {
      const { Rehearsing } = await import("./rehearsing.js");
      this.rehearsing ??= new Rehearsing(this);
    } catch {
      return this.notice(this.strings.rehearsal.failed);
    }
    return this.rehearsing.begin();
  }

  endRehearsal() {
    this.rehearsing?.close();
    if (this.model.check.rehearsal) this.setCheck({ rehearsal: null });
  }

  // --- the call ---

  /** @param {boolean} withMicrophone */
  start(withMicrophone) {
    if (this.client.connection.state === "ended") return this.ended();
    this.endRehearsal();
    this.sound.playback.unlock();
    if (!withMicrophone) this.sound.release();
    const microphone = withMicrophone ? this.sound.track : null;
    this.connectivity.choose(microphone !== null);
    const hasMicrophone = microphone !== null;
    const typing = this.model.draft !== "";
    this.set({ screen: "call", hasMicrophone, microphoneTrouble: this.sound.trouble, typing, typingByClick: false });
    this.client.start({ microphone });
    void this.keepAwake();
  }

  /** @param {"done" | "notFinished" | "repeat" | "rephrase" | "skip" | "think" | "undoSkip" | "pause" | "resume" | "leave"} what */
  command(what) {
    if (what === "done" && this.model.draft.trim()) return this.answers.finish();
    const sent = this.client[what]();
    if (!sent) this.notice(this.strings.call.notConnected);
    else if (what === "done") this.set({ closingTurn: true });
  }

  /** @param {string} text @param {number} [ms] */
  notice(text, ms = NOTICE_MS) {
    this.noticeUntilMs = performance.now() + ms;
    this.set({ notice: text });
  }

  retry() {
    this.sound.playback.unlock(); // while this is still the candidate's click
    if (this.model.screen === "parked") void this.once(() => this.devices.comeBack());
    else if (this.model.screen === "problem") void this.again();
    else this.client.retryNow();
  }

  /** From a problem screen: go on where it happened. */
  again() {
    return this.once(() => this.goOn());
  }

  /** Not a second time while the candidate waits for the first. @param {() => Promise<void>} work @private */
  async once(work) {
    if (this.model.busy) return;
    this.set({ busy: true });
    try {
      await work();
    } finally {
      this.set({ busy: false });
    }
  }

  /** @private */
  async goOn() {
    // What there is of it did not come. No call and no microphone begins again.
    if (this.client.connection.state === "ended") return this.ended();
    const started = this.client.connection.state !== "idle" && this.model.problem?.kind !== "consent";
    if (started) await this.devices.comeBack();
    else {
      this.set({ screen: "loading", problem: null });
      await this.open();
    }
  }

  /** The SDK has news: choose the screen that belongs to it. */
  follow() {
    const { view, connection } = this.client;
    const listening = view.activity === "listening";
    /** @type {Partial<Model>} */
    const change = {
      view: this.model.ended ? this.model.view : view, // after the end: what was fetched
      connection,
      muted: this.client.muted,
      connectedOnce: this.model.connectedOnce || connection.state === "open",
      closingTurn: this.model.closingTurn && listening,
    };
    if (
      connection.retryInMs !== this.model.connection.retryInMs ||
      connection.attempt !== this.model.connection.attempt
    ) {
      change.retryAtMs = performance.now() + connection.retryInMs;
    }
    if (view.promptId !== this.model.view.promptId) {
      change.draft = this.drafts.of(view.promptId);
      change.typingProblem = "";
      change.closingTurn = false; // another answer is open
      if (change.draft) Object.assign(change, { typing: true, typingByClick: false }); // a reload closed the panel
    }
    change.waiting = stillWaiting(this.model.waiting, connection);
    this.model = { ...this.model, ...change };
    this.tellPace();
    this.sound.listening = connection.state === "open" && listening;
    switch (connection.state) {
      case "superseded":
        this.sound.release();
        return this.problem("superseded", "", "takeOver");
      case "failed":
        return this.failed(connection.error);
      case "ended":
        return this.ended();
      case "parked":
        return this.set({ screen: "parked" });
      case "idle":
      case "closed":
        return this.set({});
      default:
        return this.set({ screen: change.waiting ? "waiting" : view.stage === "paused" ? "paused" : "call" });
    }
  }

  /** What was chosen before there was a call to tell it to. @private */
  tellPace() {
    const { check, connection, view } = this.model;
    if (!check.pace || connection.state !== "open" || !view.stage) return;
    this.model = { ...this.model, check: { ...check, pace: "" } };
    if (check.pace !== view.pace) this.client.setPace(check.pace);
  }

  ended() {
    this.answers.clear();
    this.sound.release();
    void this.wakeLock?.release().catch(() => {});
    this.wakeLock = null;
    this.ending.show();
  }

  // --- what went wrong ---

  /** @param {unknown} error */
  failed(error) {
    const problem = asError(error);
    if (PASSING.has(problem.kind)) {
      const waitMs = Math.max(1_000, this.backoff.next(problem.retryAfterS));
      this.retryAtMs = performance.now() + waitMs;
      this.problem(problem.kind === "token" ? "server" : problem.kind, "", "auto", Math.ceil(waitMs / 1000));
      return;
    }
    const final = FINAL.has(problem.kind);
    if (final) {
      this.answers.clear();
      this.sound.release();
    }
    if (this.ending.isAnswered(problem)) return;
    this.problem(
      problem.code === "interview_gone" ? "deleted" : problem.kind,
      final ? "" : problem.message,
      problem.kind === "consent" ? "consent" : final ? "none" : "retry",
    );
  }

  /** @param {string} kind @param {string} detail @param {Problem["action"]} action @param {number} [retryInS] */
  problem(kind, detail, action, retryInS = 0) {
    this.set({ screen: "problem", problem: { kind, detail, action, retryInS } });
  }

  // --- time ---

  tick() {
    const nowMs = performance.now();
    this.answers.tick();
    /** @type {Partial<Model>} */
    const change = {};
    if (this.model.notice && nowMs >= this.noticeUntilMs) change.notice = "";
    const problem = this.model.problem;
    if (this.model.screen === "problem" && problem?.action === "auto") {
      const retryInS = Math.max(0, Math.ceil((this.retryAtMs - nowMs) / 1000));
      if (retryInS === 0 && problem.retryInS > 0) {
        this.set({ problem: { ...problem, retryInS: 0 } });
        void this.quietly();
        return;
      }
      if (retryInS !== problem.retryInS) change.problem = { ...problem, retryInS };
    }
    const { screen } = this.model;
    const counts = ["call", "waiting", "paused"].includes(screen) || this.ending.counts();
    const seen = document.visibilityState === "visible" && counts;
    if (seen || Object.keys(change).length) this.set(change);
  }

  /** Try to join again without leaving the problem screen. */
  async quietly() {
    if (this.client.connection.state === "idle") await this.once(() => this.open());
    else await this.again();
  }

  async keepAwake() {
    if (document.visibilityState !== "visible" || !["call", "waiting"].includes(this.model.screen)) return;
    try {
      this.wakeLock ??= await navigator.wakeLock.request("screen");
      this.wakeLock.addEventListener("release", () => (this.wakeLock = null), { once: true });
    } catch {
      this.wakeLock = null; // not supported, or the battery is low
    }
  }
}

/**
 * Put the candidate's page into an element, in the browser's language until the interview's is known.
 * @param {HTMLElement} root @param {ClientOptions} options
 */
export async function startPage(root, options) {
  const page = new InterviewPage(root, await stringsFor(navigator.languages), options);
  void page.open();
  return page;
}
