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

/** Watches the loudness of a stream. Call `stop` when done. */
export class Meter {
  /**
   * @param {AudioContext} context
   * @param {MediaStream} stream
   * @param {(dbfs: number) => void} onLevel about 20 times a second
   */
  constructor(context, stream, onLevel) {
    this.source = context.createMediaStreamSource(stream);
    this.analyser = context.createAnalyser();
    this.analyser.fftSize = 1024;
    this.source.connect(this.analyser);
    const samples = new Float32Array(this.analyser.fftSize);
    this.timer = setInterval(() => {
      this.analyser.getFloatTimeDomainData(samples);
      onLevel(levelOf(samples));
    }, 50);
  }

  stop() {
    clearInterval(this.timer);
    this.source.disconnect();
  }
}
