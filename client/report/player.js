import { audible, clips, nextStart, recordingAt, silences } from "./timeline.js";
import { Voices } from "./voices.js";

/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./types.js").Recording} Recording */

/** How often the position is looked at where no frames are drawn: a tab in the background. */
const HIDDEN_MS = 200;
/** A clip is started this long before it is due at most; a timer is not more exact. */
const LOOK_AHEAD_S = 1;

/**
 * Plays the interview on one timeline. The candidate's recording is the clock: its element says
 * where we are, and what the interviewer said is started beside it at its time (voices.js). Where
 * no recording lies, between two connections or in an interview that was typed, time simply runs.
 * Media elements and no decoded audio: they fetch what they need of an hour, seek in it at once,
 * and keep the pitch at any speed.
 */
export class Player {
  /**
   * @param {Report} report @param {(url: string) => string} resolve of addresses in the report
   * @param {AbortSignal} over aborted when its page is taken away
   */
  constructor(report, resolve, over) {
    this.resolve = resolve;
    /** The sound at this address does not come. @type {(url: string) => void} */
    this.onTrouble = () => {};
    this.duration_s = report.duration_s;
    this.recordings = audible(report);
    this.clips = clips(report);
    this.quiet = { both: silences(report, true), alone: silences(report, false) };
    this.audio = media();
    this.voices = new Voices([media(), media()], resolve);
    this.playing = false;
    /** Whether anybody has played anything yet. */
    this.touched = false;
    this.both = true;
    this.skip = false;
    this.rate = 1;
    /** @type {Set<() => void>} */
    this.watchers = new Set();
    /** @type {Recording | null} */
    this.recording = null;
    this.at_s = 0;
    this.since_ms = 0;
    this.seeking = false;
    this.frame = 0;
    this.audio.addEventListener("seeked", () => this.arrived());
    this.audio.addEventListener("playing", () => this.arrived());
    this.audio.addEventListener("ended", () => this.ended());
    this.audio.addEventListener("error", () => this.failed());
    for (const one of this.voices.elements) {
      one.addEventListener("error", () => one.getAttribute("src") && this.onTrouble(one.src));
    }
    const hidden = setInterval(() => document.hidden && this.playing && this.tick(), HIDDEN_MS);
    over.addEventListener("abort", () => {
      clearInterval(hidden);
      this.watchers.clear();
      this.pause();
    });
  }

  /** Where another one stands, and as it plays. @param {Player} other */
  resume(other) {
    this.both = other.both;
    this.skip = other.skip;
    this.rate = other.rate;
    this.touched = other.touched;
    this.at_s = Math.min(other.now_s, this.duration_s);
  }

  /** A newer report of the same interview, with fresh addresses; what plays goes on. @param {Report} report */
  grow(report) {
    const plays = [...this.voices.loaded].filter(([element]) => !element.paused).map(([, clip]) => clip);
    this.duration_s = report.duration_s;
    this.recordings = audible(report);
    this.clips = clips(report).map((clip) => plays.find((one) => one?.id === clip.id) ?? clip);
    this.quiet = { both: silences(report, true), alone: silences(report, false) };
    const open = this.recording;
    const same = open && this.recordings.find((one) => one.file === open.file && one.duration_s === open.duration_s);
    // A file that has grown is opened again where the part of it ends that the element knows.
    if (same) this.recording = same;
    this.changed();
  }

  /** The same report with fresh addresses. @param {Report} report */
  take(report) {
    this.pause();
    this.recordings = audible(report);
    this.clips = clips(report);
    this.recording = null;
  }

  /** Whether there is anything to hear. */
  get hasSound() {
    return this.recordings.length > 0 || this.clips.length > 0;
  }

  /** Seconds on the timeline. */
  get now_s() {
    if (this.seeking) return this.at_s;
    if (this.recording) return Math.min(this.recording.start_s + this.audio.currentTime, this.duration_s);
    if (!this.playing) return this.at_s;
    return Math.min(this.at_s + ((performance.now() - this.since_ms) / 1000) * this.rate, this.duration_s);
  }

  /** @param {number} [at_s] from where; left out: from where it stands */
  play(at_s) {
    const from_s = at_s ?? (this.now_s >= this.duration_s - 0.05 ? 0 : this.now_s);
    this.playing = true;
    this.seek(from_s);
    this.loop();
  }

  pause() {
    this.at_s = this.now_s;
    this.playing = false;
    this.audio.pause();
    this.voices.stop();
    this.changed();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  /** @param {number} at_s */
  seek(at_s) {
    this.touched = true;
    this.at_s = Math.max(0, Math.min(at_s, this.duration_s));
    this.since_ms = performance.now();
    this.voices.stop();
    const recording = recordingAt(this.recordings, this.at_s);
    if (recording !== this.recording) this.open(recording);
    if (recording) {
      this.seeking = true;
      this.audio.currentTime = this.at_s - recording.start_s;
      if (this.playing) this.start();
    }
    this.voices.prepare(this.both ? this.clips : [], this.at_s);
    this.changed();
  }

  /** Fetch what a first click needs, and no sound. */
  warm() {
    if (!this.recording && !this.playing) this.open(recordingAt(this.recordings, this.at_s));
  }

  /** @param {number} rate */
  setRate(rate) {
    const at_s = this.now_s;
    this.rate = rate;
    this.audio.playbackRate = rate;
    this.at_s = at_s;
    this.since_ms = performance.now();
    this.changed();
  }

  /** @param {boolean} both as it was; else the candidate alone */
  setBoth(both) {
    this.both = both;
    this.voices.stop();
    this.changed();
  }

  /** @param {boolean} skip */
  setSkip(skip) {
    this.skip = skip;
    this.changed();
  }

  /** @param {Recording | null} recording @private */
  open(recording) {
    this.recording = recording;
    this.audio.pause();
    this.seeking = false;
    if (!recording?.url) return;
    this.audio.src = this.resolve(recording.url);
    this.audio.playbackRate = this.rate;
    this.seeking = true;
  }

  /** @private */
  start() {
    this.audio.playbackRate = this.rate;
    this.audio.play().catch((error) => {
      // AbortError: another seek or a pause came first. Errors of the sound come as an event.
      if (error instanceof DOMException && error.name === "NotAllowedError") this.pause();
    });
  }

  /** @private */
  arrived() {
    if (this.audio.seeking) return;
    this.seeking = false;
    this.changed();
  }

  /** A recording is over: the next one, or the rest of the timeline. @private */
  ended() {
    const recording = this.recording;
    if (!recording || !this.playing) return;
    const end_s = recording.start_s + recording.duration_s;
    this.open(null);
    this.at_s = end_s;
    this.since_ms = performance.now();
    if (recordingAt(this.recordings, end_s)) this.seek(end_s);
  }

  /** @private */
  failed() {
    const { src } = this.audio;
    if (!this.audio.getAttribute("src")) return;
    this.pause();
    this.recording = null;
    this.seeking = false;
    this.audio.removeAttribute("src");
    this.onTrouble(src);
  }

  /** @private */
  loop() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      if (!this.playing) return;
      this.tick();
      this.loop();
    });
  }

  /** @private */
  tick() {
    const now_s = this.now_s;
    if (now_s >= this.duration_s) return this.pause();
    if (this.seeking) return;
    if (!this.recording && now_s >= nextStart(this.recordings, this.at_s, this.duration_s)) return this.seek(now_s);
    if (this.skip) {
      const gap = this.quiet[this.both ? "both" : "alone"].find((one) => now_s >= one.start_s && now_s < one.end_s);
      if (gap && gap.end_s - now_s > 0.2) return this.seek(gap.end_s);
    }
    const runs = !this.recording || (this.audio.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA && !this.audio.paused);
    this.voices.follow(this.both ? this.clips : [], () => this.now_s, { rate: this.rate, runs, ahead_s: LOOK_AHEAD_S });
    this.changed();
  }

  /** @private */
  changed() {
    for (const watcher of this.watchers) watcher();
  }
}

/** An element of the page that is heard and not seen. */
function media() {
  const element = new Audio();
  element.preload = "metadata";
  element.hidden = true;
  return element;
}
