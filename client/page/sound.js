import {
  closeStream,
  fractionOf,
  listDevices,
  Meter,
  MicrophoneError,
  openMicrophone,
  Playback,
  permissionStatus,
  SilenceCheck,
  SoundCheck,
} from "../sdk/index.js";

const STEPS = 25;

/**
 * Microphone, loudspeaker and their meters, for the whole life of the page.
 *
 * @typedef {object} SoundEvents
 * @property {(locked: boolean) => void} onLocked
 * @property {(which: "microphone" | "interviewer", fraction: number) => void} onLevel
 * @property {(sound: "waiting" | "heard" | "silent" | "muted") => void} onSound what the check says
 * @property {(trouble: import("./model.js").MicrophoneTrouble) => void} onTrouble
 * @property {() => void} onDevices the list of devices has changed, or whether a microphone is allowed
 */
export class Sound {
  /** @param {SoundEvents} events */
  constructor(events) {
    this.events = events;
    this.playback = new Playback(events.onLocked);
    /** @type {MediaStream | null} */
    this.stream = null;
    this.deviceId = "";
    /** Counts what was asked for: the newest wins. @private */
    this.asked = 0;
    /** @type {Meter | null} @private */
    this.microphoneMeter = null;
    /** @type {Meter | null} @private */
    this.voiceMeter = null;
    /** The candidate is listened to: a microphone that gives nothing is worth a word. */
    this.listening = false;
    /** @private */
    this.check = new SoundCheck(performance.now());
    /** @private */
    this.silence = new SilenceCheck();
    navigator.mediaDevices?.addEventListener?.("devicechange", () => events.onDevices());
    void permissionStatus().then((status) => {
      this.permission = status; // for as long as it is to be told of changes
      status?.addEventListener("change", () => events.onDevices());
    });
  }

  /** @returns {MediaStreamTrack | null} */
  get track() {
    return this.stream?.getAudioTracks()[0] ?? null;
  }

  /**
   * Open a microphone, replacing the one before. Throws MicrophoneError.
   * Null: another was asked for meanwhile, or it was let go, and this one is closed already.
   * @param {string} [deviceId]
   */
  async open(deviceId = "") {
    const asked = ++this.asked;
    const stream = await openMicrophone(deviceId);
    if (asked !== this.asked) {
      closeStream(stream);
      return null;
    }
    this.release();
    this.stream = stream;
    const track = this.track;
    if (!track) throw new MicrophoneError("missing");
    this.deviceId = track.getSettings().deviceId ?? deviceId;
    this.watch(track);
    this.check = new SoundCheck(performance.now());
    this.silence = new SilenceCheck();
    const context = this.playback.audioContext();
    const show = this.shower("microphone");
    this.microphoneMeter = new Meter(context, stream, (dbfs) => {
      show(dbfs);
      // Without a click the context may still be asleep: its silence says nothing.
      if (context.state === "running") this.judge(dbfs);
    });
    this.events.onTrouble(this.trouble);
    return track;
  }

  /** What the microphone itself says. @returns {"" | "ended" | "muted"} */
  get trouble() {
    const { track } = this;
    return track?.readyState === "ended" ? "ended" : track?.muted ? "muted" : "";
  }

  /** @param {number} dbfs @private */
  judge(dbfs) {
    const nowMs = performance.now();
    if (this.trouble === "muted") this.events.onSound("muted");
    else this.events.onSound(this.check.feed(dbfs, nowMs));
    const due = this.listening && this.trouble === "" && this.track?.enabled === true;
    const before = this.silence.silent;
    if (this.silence.feed(dbfs, nowMs, due) !== before) this.events.onTrouble(before ? this.trouble : "silent");
  }

  /** @param {MediaStreamTrack} track @private */
  watch(track) {
    track.addEventListener("ended", () => track === this.track && this.events.onTrouble("ended"));
    track.addEventListener("mute", () => track === this.track && this.events.onTrouble("muted"));
    track.addEventListener("unmute", () => track === this.track && this.events.onTrouble(""));
  }

  /** @param {MediaStreamTrack} track the interviewer's voice */
  voice(track) {
    this.playback.attach(track);
    this.voiceMeter?.stop();
    const show = this.shower("interviewer");
    this.voiceMeter = new Meter(this.playback.audioContext(), new MediaStream([track]), show);
  }

  /** When the microphone was measured last; null: there is none. */
  get levelMs() {
    return this.microphoneMeter?.atMs ?? null;
  }

  /** Tells a level in steps, and only when it is another one. @param {"microphone" | "interviewer"} which @private */
  shower(which) {
    let shown = -1;
    return (/** @type {number} */ dbfs) => {
      const fraction = Math.round(fractionOf(dbfs) * STEPS) / STEPS;
      if (fraction === shown) return;
      shown = fraction;
      this.events.onLevel(which, fraction);
    };
  }

  async devices() {
    return listDevices();
  }

  /** Let the microphone go, one that the browser is still asking for too. */
  release() {
    this.asked += 1;
    this.microphoneMeter?.stop();
    this.microphoneMeter = null;
    const stream = this.stream;
    this.stream = null;
    closeStream(stream);
  }

  close() {
    this.release();
    this.voiceMeter?.stop();
    this.voiceMeter = null;
    this.playback.close();
  }
}
