/** @typedef {import("./timeline.js").Clip} Clip */

/** Further apart than this it is put in its place; less is caught up with, which nobody hears. */
const JUMP_S = 0.15;
/** As close as it is kept. */
const CLOSE_S = 0.008;
/** How much faster or slower a clip runs at most while it catches up. */
const MOST = 0.15;
/** What a started clip is late by at first: it is learned. */
const FIRST_LATENCY_S = 0.03;
const MOST_LATENCY_S = 0.15;

/**
 * What the interviewer said, beside the recording of the candidate: each clip an element of its own,
 * the next one fetched while one plays. After play() an element begins some 10 to 50 ms
 * later, each browser after its own time; so it is started earlier by what the last one took, and
 * what is left is made up by a speed that differs by a few per cent.
 */
export class Voices {
  /** @param {HTMLAudioElement[]} elements two @param {(url: string) => string} resolve */
  constructor(elements, resolve) {
    this.elements = elements;
    this.resolve = resolve;
    /** @type {Map<HTMLAudioElement, Clip | null>} */
    this.loaded = new Map(elements.map((one) => [one, null]));
    this.latency_s = FIRST_LATENCY_S;
    this.learned = false;
    this.timer = 0;
    /** @type {HTMLAudioElement | null} */
    this.timed = null;
    /** @type {WeakSet<HTMLAudioElement>} started and not yet compared with where it should be */
    this.fresh = new WeakSet();
  }

  /** Fetch what is being said at a moment, or comes next. @param {Clip[]} clips @param {number} at_s */
  prepare(clips, at_s) {
    const clip = clips.find((one) => one.end_s > at_s);
    if (!clip) return;
    const element = this.elementOf(clip);
    const offset_s = clip.from_s + Math.max(0, at_s - clip.start_s);
    if (Math.abs(element.currentTime - offset_s) > CLOSE_S) element.currentTime = offset_s;
  }

  /** Silence at once. */
  stop() {
    clearTimeout(this.timer);
    this.timed = null;
    for (const element of this.elements) element.pause();
  }

  /**
   * @param {Clip[]} clips @param {() => number} now_s of the timeline
   * @param {{rate: number, runs: boolean, ahead_s: number}} how `runs`: the recording does not wait for its data
   */
  follow(clips, now_s, { rate, runs, ahead_s }) {
    const at_s = now_s();
    for (const [element, clip] of this.loaded) {
      if (element.paused || !clip) continue;
      if (!runs || at_s >= clip.end_s || at_s < clip.start_s - ahead_s || !clips.includes(clip)) element.pause();
      else this.keepUp(element, clip, at_s, rate);
    }
    if (!runs) return;
    const now = clips.filter((one) => at_s >= one.start_s && at_s < one.end_s - 0.02);
    for (const clip of now) this.begin(clip, at_s, rate);
    const next = clips.find((one) => one.start_s > at_s);
    if (!next || (now.length && next.start_s - at_s > 5 * ahead_s)) return;
    const element = this.elementOf(next);
    const wait_s = (next.start_s - at_s) / rate - this.latency_s;
    if (wait_s > ahead_s || this.timed === element || !element.paused) return;
    if (element.currentTime !== next.from_s) element.currentTime = next.from_s;
    this.timed = element;
    this.timer = setTimeout(() => this.play(element, rate), Math.max(0, wait_s * 1000));
  }

  /** @param {Clip} clip @param {number} at_s @param {number} rate @private */
  begin(clip, at_s, rate) {
    const element = this.elementOf(clip);
    if (!element.paused || element.seeking || element.ended) return;
    const offset_s = clip.from_s + at_s - clip.start_s + this.latency_s * rate;
    if (Math.abs(element.currentTime - offset_s) > JUMP_S) element.currentTime = offset_s;
    this.play(element, rate);
  }

  /** @param {HTMLAudioElement} element @param {number} rate @private */
  play(element, rate) {
    this.timed = null;
    element.playbackRate = rate;
    this.fresh.add(element);
    element.play().catch(() => {}); // paused before it began, or its error comes as an event
  }

  /** @param {HTMLAudioElement} element @param {Clip} clip @param {number} at_s @param {number} rate @private */
  keepUp(element, clip, at_s, rate) {
    if (element.seeking || element.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) return;
    const wanted_s = clip.from_s + at_s - clip.start_s;
    if (wanted_s < 0 || element.currentTime <= clip.from_s) return;
    const behind_s = wanted_s - element.currentTime;
    if (this.fresh.has(element)) {
      this.fresh.delete(element);
      const share = this.learned ? 0.4 : 1;
      this.learned = true;
      this.latency_s = Math.min(MOST_LATENCY_S, Math.max(0, this.latency_s + (share * behind_s) / rate));
    }
    if (Math.abs(behind_s) > JUMP_S) element.currentTime = wanted_s;
    const share = Math.abs(behind_s) < CLOSE_S ? 0 : Math.max(-MOST, Math.min(MOST, behind_s * 4));
    const speed = rate * (1 + share);
    if (Math.abs(element.playbackRate - speed) > 0.004) element.playbackRate = speed;
  }

  /** The element that has the clip, else the one that is not in use. @param {Clip} clip @private */
  elementOf(clip) {
    for (const [element, has] of this.loaded) if (has?.id === clip.id && has.url === clip.url) return element;
    const idle = this.elements.find((one) => one.paused && one !== this.timed);
    const element = /** @type {HTMLAudioElement} */ (idle ?? this.elements[0]);
    this.loaded.set(element, clip);
    element.preload = "auto";
    element.src = this.resolve(clip.url);
    return element;
  }
}
