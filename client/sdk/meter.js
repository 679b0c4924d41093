export const FLOOR_DBFS = -100;

/** RMS level of samples in -1…1, in dBFS. @param {Float32Array} samples */
export function levelOf(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  return rms > 0 ? Math.max(FLOOR_DBFS, 20 * Math.log10(rms)) : FLOOR_DBFS;
}

/** dBFS as a fraction for a bar: -60 and below is empty, -12 and above is full. @param {number} dbfs */
export function fractionOf(dbfs) {
  return Math.min(1, Math.max(0, (dbfs + 60) / 48));
}

const EVERY_MS = 100;
/** Where nothing has been heard for a second: a bar that is empty need not be looked at as often. */
const QUIET_EVERY_MS = 250;
const QUIET_AFTER_MS = 1000;

/**
 * Watches the loudness of a stream, while the page is seen. What is no sound of now (the track has
 * ended or is muted, the context sleeps and would give its last samples again and again) has the
 * lowest level. Call `stop` when done.
 */
export class Meter {
  /**
   * @param {AudioContext} context
   * @param {MediaStream} stream
   * @param {(dbfs: number) => void} onLevel about ten times a second, four times while it is quiet
   */
  constructor(context, stream, onLevel) {
    /** When the last sound was measured, silence included. */
    this.atMs = performance.now();
    this.track = stream.getAudioTracks()[0];
    this.context = context;
    this.onLevel = onLevel;
    this.source = context.createMediaStreamSource(stream);
    this.analyser = context.createAnalyser();
    this.analyser.fftSize = 1024;
    this.source.connect(this.analyser);
    this.samples = new Float32Array(this.analyser.fftSize);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** When it was heard last. @private */
    this.heardMs = this.atMs;
    /** @private */
    this.look = () => {
      clearTimeout(this.timer);
      if (document.visibilityState !== "visible") return;
      this.atMs = performance.now(); // nothing was measured meanwhile, which says nothing
      this.again();
    };
    // Before the page itself looks at the time.
    document.addEventListener("visibilitychange", this.look, { capture: true });
    this.look();
  }

  /** There is sound to measure, be it silence. */
  get live() {
    return this.context.state === "running" && this.track?.readyState === "live" && !this.track.muted;
  }

  /** @private */
  again() {
    const quiet = performance.now() - this.heardMs > QUIET_AFTER_MS;
    this.timer = setTimeout(
      () => {
        this.again();
        this.measure();
      },
      quiet ? QUIET_EVERY_MS : EVERY_MS,
    );
  }

  /** @private */
  measure() {
    if (!this.live) return this.onLevel(FLOOR_DBFS);
    this.atMs = performance.now();
    this.analyser.getFloatTimeDomainData(this.samples);
    const dbfs = levelOf(this.samples);
    if (fractionOf(dbfs) > 0) this.heardMs = this.atMs;
    this.onLevel(dbfs);
  }

  stop() {
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.look, { capture: true });
    this.source.disconnect();
    this.onLevel(FLOOR_DBFS);
  }
}
