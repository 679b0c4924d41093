import { attr, h } from "../page/dom.js";
import { lastBegun } from "./timeline.js";

/** @typedef {import("./model.js").Piece} Piece */

/** How long after its end a word stays marked, when no other one has begun. */
const STAYS_S = 0.6;
/** How far outside the window text is made ready. */
const NEAR = "600px 0px";

/**
 * @typedef {object} Block a text whose words can be played
 * @property {HTMLElement} element
 * @property {Piece[]} pieces
 * @property {HTMLElement[] | null} spans null: not built yet, the text stands as it is
 * @property {number} active which word has the tab stop
 * @property {string} lang
 */

/** @param {Piece} piece */
function classOf({ unsure, quoted }) {
  return `word${unsure ? " unsure" : ""}${quoted ? " quoted" : ""}`;
}

/**
 * The words of the whole report. A block is one stop of the Tab key; the arrows go from word to word
 * and Enter plays from there. A text is plain until it comes near the window: an hour of talk is
 * thousands of words, of which a window shows a few hundred. What is read, printed and searched is the
 * same text either way.
 */
export class Words {
  /** @param {(at_s: number) => void} play @param {AbortSignal} over */
  constructor(play, over) {
    this.play = play;
    /** @type {Map<Element, Block>} */
    this.blocks = new Map();
    /** @type {{start_s: number, end_s: number, block: Block, index: number}[]} of every block, in the order of time */
    this.all = [];
    /** @type {HTMLElement | null} */
    this.marked = null;
    this.observer = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) if (isIntersecting) this.build(target);
      },
      { rootMargin: NEAR },
    );
    over.addEventListener("abort", () => this.observer.disconnect());
  }

  /**
   * A paragraph of words. @param {Piece[]} pieces @param {{lang: string, hint: string, class?: string}} how
   * `hint`: the id of what says how to use it
   */
  paragraph(pieces, { lang, hint, class: className = "said" }) {
    const element = h("p", { class: className, attrs: { dir: "auto", lang, "data-words": true } });
    element.textContent = pieces.map((piece) => piece.text + piece.after).join("");
    /** @type {Block} */
    const block = { element, pieces, spans: null, active: 0, lang };
    attr(element, "data-hint", hint);
    this.blocks.set(element, block);
    for (const [index, { start_s, end_s }] of pieces.entries()) this.all.push({ start_s, end_s, block, index });
    this.observer.observe(element);
    return element;
  }

  /** Every paragraph is there now, and some of before are not. */
  settle() {
    for (const element of this.blocks.keys()) {
      if (element.isConnected) continue;
      this.observer.unobserve(element);
      this.blocks.delete(element);
    }
    this.all = this.all.filter(({ block }) => this.blocks.has(block.element));
    this.all.sort((a, b) => a.start_s - b.start_s);
  }

  /** @param {HTMLElement} root of all paragraphs */
  listen(root) {
    root.addEventListener("click", (event) => this.clicked(event));
    root.addEventListener("keydown", (event) => this.pressed(event));
  }

  /** Every paragraph, for paper. */
  buildAll() {
    for (const element of this.blocks.keys()) this.build(element);
  }

  /** @param {Element} element @returns {Block | null} */
  build(element) {
    const block = this.blocks.get(element) ?? null;
    if (!block || block.spans) return block;
    this.observer.unobserve(element);
    block.spans = block.pieces.map((piece) => h("span", { class: classOf(piece), text: piece.text }));
    /** @type {(Node | string)[]} */
    const nodes = [];
    for (const [index, span] of block.spans.entries()) nodes.push(span, block.pieces[index]?.after ?? "");
    element.replaceChildren(...nodes);
    this.hold(block, 0, false);
    return block;
  }

  /** Give a word the tab stop of its block. @param {Block} block @param {number} index @param {boolean} focus @private */
  hold(block, index, focus) {
    const before = block.spans?.[block.active];
    const now = block.spans?.[index];
    if (!now) return;
    for (const name of ["tabindex", "role", "aria-describedby"]) before?.removeAttribute(name);
    block.active = index;
    attr(now, "tabindex", 0);
    attr(now, "role", "button");
    attr(now, "aria-describedby", block.element.getAttribute("data-hint"));
    if (focus) now.focus();
  }

  /** How to give the focus to the same word once it is drawn again; null: no word has it. @param {Element} held */
  again(held) {
    const found = this.wordOf(held);
    const piece = found?.block.pieces[found.index];
    if (!piece) return null;
    return () => {
      const now = this.all.find((one) => one.start_s === piece.start_s && one.block.element.isConnected);
      if (!now) return false;
      this.build(now.block.element);
      this.hold(now.block, now.index, false);
      now.block.spans?.[now.index]?.focus({ preventScroll: true });
      return true;
    };
  }

  /** @param {EventTarget | null} target @returns {{block: Block, index: number} | null} @private */
  wordOf(target) {
    const span = target instanceof Element ? target.closest(".word") : null;
    const block = span?.parentElement ? this.blocks.get(span.parentElement) : null;
    const index = block?.spans?.indexOf(/** @type {HTMLElement} */ (span)) ?? -1;
    return block && index >= 0 ? { block, index } : null;
  }

  /** @param {Event} event @private */
  clicked(event) {
    const found = this.wordOf(event.target);
    // Who drags over words wants to copy them.
    if (!found || String(getSelection() ?? "")) return;
    this.hold(found.block, found.index, false);
    this.playFrom(found.block, found.index);
  }

  /** @param {KeyboardEvent} event @private */
  pressed(event) {
    const found = this.wordOf(event.target);
    if (!found || event.ctrlKey || event.metaKey || event.altKey) return;
    const { block, index } = found;
    if (event.key === "Enter" || event.key === " ") this.playFrom(block, index);
    else {
      const next = this.stepped(block, index, event.key);
      if (next === null) return;
      this.hold(block, Math.max(0, Math.min(next, block.pieces.length - 1)), true);
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Where a key leads; null: nowhere. @param {Block} block @param {number} index @param {string} key @private */
  stepped(block, index, key) {
    const along = getComputedStyle(block.element).direction === "rtl" ? -1 : 1;
    if (key === "ArrowRight") return index + along;
    if (key === "ArrowLeft") return index - along;
    if (key === "ArrowDown") return this.inLine(block, index, 1);
    if (key === "ArrowUp") return this.inLine(block, index, -1);
    if (key === "Home") return 0;
    if (key === "End") return block.pieces.length - 1;
    return null;
  }

  /** The word above or below. @param {Block} block @param {number} index @param {1 | -1} way @private */
  inLine(block, index, way) {
    const spans = block.spans ?? [];
    const from = spans[index]?.getBoundingClientRect();
    if (!from) return index;
    const centre = (from.left + from.right) / 2;
    let best = { index, far: Number.POSITIVE_INFINITY, line: 0 };
    for (let at = index + way; at >= 0 && at < spans.length; at += way) {
      const box = /** @type {HTMLElement} */ (spans[at]).getBoundingClientRect();
      if (Math.abs(box.top - from.top) < from.height / 2) continue;
      if (best.line && Math.abs(box.top - best.line) > from.height / 2) break;
      const far = Math.abs((box.left + box.right) / 2 - centre);
      if (far < best.far) best = { index: at, far, line: box.top };
    }
    return best.index;
  }

  /** @param {Block} block @param {number} index @private */
  playFrom(block, index) {
    const piece = block.pieces[index];
    if (piece) this.play(piece.start_s);
  }

  /** Mark what is being said; answers its element. @param {number | null} at_s null: nothing @returns {HTMLElement | null} */
  mark(at_s) {
    let span = null;
    if (at_s !== null) {
      const found = this.all[lastBegun(this.all, at_s + 0.02)];
      if (found && at_s < found.end_s + STAYS_S) {
        this.build(found.block.element);
        span = found.block.spans?.[found.index] ?? null;
      }
    }
    if (span === this.marked) return span;
    this.marked?.removeAttribute("data-now");
    span?.setAttribute("data-now", "");
    this.marked = span;
    return span;
  }
}
