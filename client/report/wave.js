/** The drawing of loudness over time. */

/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./types.js").Span} Span */

const BAR_PX = 2;
const GAP_PX = 1;
const COLOURS = /** @type {const} */ ({
  candidate: "--accent",
  interviewer: "--speaking",
  pause: "--surface-2",
  lost: "--danger",
  concealed: "--thinking",
  base: "--line",
});

/** @typedef {Record<keyof typeof COLOURS, string>} Palette */

/** Of light, whatever the screen shows. @type {Palette} */
const ON_PAPER = {
  candidate: "#14576b",
  interviewer: "#4d4a9e",
  pause: "#eeebe4",
  lost: "#a3262a",
  concealed: "#7d5310",
  base: "#c9c4b8",
};

/**
 * @typedef {object} Wave a picture of a stretch of the timeline
 * @property {HTMLElement} element
 * @property {number} start_s
 * @property {number} end_s
 * @property {number} width_px as it was drawn last
 */

/**
 * Draws each picture when it comes near the window, and again when its width, the theme or the
 * printer asks for it.
 */
export class Waves {
  /** @param {Report} report @param {(at_s: number) => void} seek @param {AbortSignal} over */
  constructor(report, seek, over) {
    this.report = report;
    this.seek = seek;
    /** @type {Map<Element, Wave>} */
    this.waves = new Map();
    /** @type {Set<Element>} */
    this.near = new Set();
    /** @type {Palette | null} */
    this.palette = null;
    this.observer = new IntersectionObserver((entries) => this.seen(entries), { rootMargin: "400px 0px" });
    this.sizes = new ResizeObserver((entries) => {
      for (const { target } of entries) if (this.near.has(target)) this.draw(target);
    });
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => this.redraw(), { signal: over });
    over.addEventListener("abort", () => {
      this.observer.disconnect();
      this.sizes.disconnect();
    });
  }

  /**
   * @param {{start_s: number, end_s: number, label: string, class?: string}} of
   * @returns {HTMLElement} a picture with its text; a click goes there
   */
  make({ start_s, end_s, label, class: className = "wave" }) {
    const element = document.createElement("div");
    element.className = className;
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
    const line = document.createElement("i");
    line.className = "wave-now";
    line.hidden = true;
    element.append(canvas, line);
    element.addEventListener("click", (event) => {
      const { left, width } = element.getBoundingClientRect();
      this.seek(start_s + ((event.clientX - left) / Math.max(1, width)) * (end_s - start_s));
    });
    this.waves.set(element, { element, start_s, end_s, width_px: 0 });
    this.observer.observe(element);
    this.sizes.observe(element);
    return element;
  }

  /** Where the timeline stands; null: nowhere yet. Measures nothing: it is called at every frame. @param {number | null} at_s */
  mark(at_s) {
    for (const element of this.near) {
      const wave = this.waves.get(element);
      const line = /** @type {HTMLElement | null} */ (element.lastElementChild);
      if (!wave || !line) continue;
      const share = at_s === null ? -1 : (at_s - wave.start_s) / (wave.end_s - wave.start_s);
      const shown = share >= 0 && share <= 1;
      if (line.hidden === shown) line.hidden = !shown;
      if (shown) line.style.transform = `translateX(${Math.round(share * wave.width_px)}px)`;
    }
  }

  /** Some of before are not on the page any more. */
  settle() {
    for (const element of this.waves.keys()) {
      if (element.isConnected) continue;
      this.observer.unobserve(element);
      this.sizes.unobserve(element);
      this.near.delete(element);
      this.waves.delete(element);
    }
    this.redraw();
  }

  /** In other colours. */
  redraw() {
    this.palette = null;
    for (const element of this.near) this.draw(element);
  }

  /** Also what is far away. */
  drawForPaper() {
    this.palette = ON_PAPER;
    for (const element of this.waves.keys()) this.draw(element);
  }

  /** @param {IntersectionObserverEntry[]} entries @private */
  seen(entries) {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) this.near.delete(target);
      else if (!this.near.has(target)) {
        this.near.add(target);
        this.draw(target);
      }
    }
  }

  /** @param {Element} element @private */
  draw(element) {
    const wave = this.waves.get(element);
    const canvas = /** @type {HTMLCanvasElement | null} */ (element.firstElementChild);
    const context = canvas?.getContext("2d");
    if (!wave || !canvas || !context) return;
    const scale = Math.min(globalThis.devicePixelRatio || 1, 2);
    const [width, height] = [element.clientWidth, element.clientHeight];
    if (!width || !height) return;
    wave.width_px = width;
    [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
    context.scale(scale, scale);
    this.palette ??= paletteOf(element);
    paint(context, { wave, width, height, report: this.report, palette: this.palette });
  }
}

/** @param {Element} element @returns {Palette} */
function paletteOf(element) {
  const style = getComputedStyle(element);
  const entries = Object.entries(COLOURS).map(([name, property]) => [name, style.getPropertyValue(property).trim()]);
  return Object.fromEntries(entries);
}

/** @typedef {{wave: Wave, width: number, height: number, report: Report, palette: Palette}} Picture */

/** @param {CanvasRenderingContext2D} context @param {Picture} picture */
function paint(context, picture) {
  const { wave, width, height, report, palette } = picture;
  const x = (/** @type {number} */ at_s) => ((at_s - wave.start_s) / (wave.end_s - wave.start_s)) * width;
  const spans = report.spans.filter((span) => span.end_s >= wave.start_s && span.start_s <= wave.end_s);
  for (const span of spans.filter((one) => one.kind === "pause")) {
    context.fillStyle = palette.pause;
    context.fillRect(x(span.start_s), 0, Math.max(2, x(span.end_s) - x(span.start_s)), height);
  }
  context.fillStyle = palette.base;
  context.fillRect(0, height / 2 - 0.5, width, 1);
  bars(context, picture);
  for (const span of spans.filter((one) => one.kind === "turn")) {
    context.fillStyle = palette.candidate;
    context.fillRect(x(span.start_s), height - 2, Math.max(1, x(span.end_s) - x(span.start_s)), 2);
  }
  for (const span of spans) if (span.kind === "lost" || span.kind === "concealed") hatch(context, picture, span, x);
  for (const span of spans.filter((one) => one.kind === "absent")) absence(context, picture, x(span.start_s));
}

/** The interviewer above the line, the candidate on both sides of it. @param {CanvasRenderingContext2D} context @param {Picture} picture */
function bars(context, { wave, width, height, report, palette }) {
  const sound = report.waveform;
  if (!sound) return;
  const count = Math.max(1, Math.floor(width / (BAR_PX + GAP_PX)));
  const step_s = (wave.end_s - wave.start_s) / count;
  const middle = height / 2;
  for (let bar = 0; bar < count; bar += 1) {
    const from_s = wave.start_s + bar * step_s;
    const theirs = loudest(sound.candidate, from_s, from_s + step_s, sound.step_s);
    const ours = loudest(sound.interviewer, from_s, from_s + step_s, sound.step_s);
    const left = bar * (BAR_PX + GAP_PX);
    for (const [level, colour] of /** @type {const} */ ([
      [ours, palette.interviewer],
      [theirs, palette.candidate],
    ])) {
      if (level < 6) continue;
      const tall = Math.max(1.5, (level / 255) ** 1.6 * (middle - 4));
      context.fillStyle = colour;
      context.fillRect(left, middle - tall, BAR_PX, 2 * tall);
    }
  }
}

/** @param {number[]} values @param {number} from_s @param {number} to_s @param {number} step_s */
function loudest(values, from_s, to_s, step_s) {
  let most = 0;
  const last = Math.min(values.length - 1, Math.max(Math.floor(from_s / step_s), Math.ceil(to_s / step_s) - 1));
  for (let at = Math.max(0, Math.floor(from_s / step_s)); at <= last; at += 1) most = Math.max(most, values[at] ?? 0);
  return most;
}

/** What is not there, by a pattern and not by colour alone: lost leans one way, filled in the other. @param {CanvasRenderingContext2D} context @param {Picture} picture @param {Span} span @param {(at_s: number) => number} x */
function hatch(context, { height, palette }, span, x) {
  const lost = span.kind === "lost";
  const [left, right] = [x(span.start_s), Math.max(x(span.end_s), x(span.start_s) + 4)];
  context.save();
  context.beginPath();
  context.rect(left, 0, right - left, height);
  context.clip();
  context.strokeStyle = lost ? palette.lost : palette.concealed;
  context.lineWidth = 1.25;
  context.beginPath();
  for (let at = left - height; at < right + height; at += lost ? 5 : 7) {
    context.moveTo(at, lost ? height : 0);
    context.lineTo(at + height, lost ? 0 : height);
  }
  context.stroke();
  context.strokeRect(left + 0.5, 0.5, right - left - 1, height - 1);
  context.restore();
}

/** Time in which nobody was connected has no length here: a dashed line. @param {CanvasRenderingContext2D} context @param {Picture} picture @param {number} at */
function absence(context, { height, palette }, at) {
  context.save();
  context.strokeStyle = palette.lost;
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(at + 0.5, 0);
  context.lineTo(at + 0.5, height);
  context.stroke();
  context.restore();
}
