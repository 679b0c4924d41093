/**
 * The interviewer's voice. Browsers keep sound locked until a click: call `unlock` in the click
 * that starts the call, and again from a "Turn on sound" button when `onLocked(true)` was called.
 */
export class Playback {
  /** @param {(locked: boolean) => void} [onLocked] */
  constructor(onLocked = () => {}) {
    this.onLocked = onLocked;
    this.element = document.createElement("audio");
    this.element.autoplay = true;
    this.element.setAttribute("playsinline", "");
    this.stream = new MediaStream();
    /** @type {AudioContext | null} */
    this.context = null;
    this.locked = false;
  }

  /** The audio context of the page, made at the first click that needs it. */
  audioContext() {
    this.context ??= new AudioContext();
    if (this.context.state === "suspended") void this.context.resume().catch(() => {});
    return this.context;
  }

  /** In a click. */
  unlock() {
    this.audioContext();
    if (this.element.srcObject !== this.stream) this.element.srcObject = this.stream;
    void this.play();
  }

  /** The voice of a new call replaces that of the last. @param {MediaStreamTrack} track */
  attach(track) {
    for (const old of this.stream.getTracks()) this.stream.removeTrack(old);
    this.stream.addTrack(track);
    // The same element and stream as in the click: a new one would be locked again.
    this.element.srcObject = this.stream;
    void this.play();
  }

  async play() {
    try {
      await this.element.play();
      this.setLocked(false);
    } catch (error) {
      // AbortError: a new track replaced the stream while it was starting.
      if (error instanceof DOMException && error.name === "NotAllowedError") this.setLocked(true);
    }
  }

  /** @param {boolean} locked @private */
  setLocked(locked) {
    if (locked === this.locked) return;
    this.locked = locked;
    this.onLocked(locked);
  }

  get canChooseOutput() {
    return "setSinkId" in this.element;
  }

  /** @param {string} deviceId */
  async useOutput(deviceId) {
    await this.element.setSinkId?.(deviceId);
  }

  /** Two soft notes through the chosen output; resolves when they are over. In a click. */
  async testTone() {
    const context = this.audioContext();
    const out = context.createMediaStreamDestination();
    const element = document.createElement("audio");
    element.srcObject = out.stream;
    if (this.canChooseOutput && this.element.sinkId) await element.setSinkId(this.element.sinkId);
    const startS = context.currentTime + 0.05;
    [523.25, 659.25].forEach((frequency, index) => {
      const note = context.createOscillator();
      const gain = context.createGain();
      const atS = startS + index * 0.35;
      note.frequency.value = frequency;
      gain.gain.setValueAtTime(0, atS);
      gain.gain.linearRampToValueAtTime(0.25, atS + 0.03);
      gain.gain.exponentialRampToValueAtTime(0.001, atS + 0.6);
      note.connect(gain).connect(out);
      note.start(atS);
      note.stop(atS + 0.65);
    });
    await element.play();
    await new Promise((resolve) => setTimeout(resolve, 1200));
    element.pause();
    element.srcObject = null;
  }

  close() {
    this.element.pause();
    this.element.srcObject = null;
    void this.context?.close().catch(() => {});
    this.context = null;
  }
}
