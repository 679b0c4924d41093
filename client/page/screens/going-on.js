import { button, h, setText, show } from "../dom.js";
import { addressOf } from "../ways.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */
/** @typedef {import("../../strings/after/en.js").AfterWords} AfterWords */

export const GO_ON_MS = 10_000;
/** Longer between two looks at the clock: nobody can have read meanwhile. */
const LOOK_MS = 1_000;
const TICK_MS = 250;
const BUSY = /** @type {const} */ (["keydown", "pointerdown", "wheel", "scroll"]);

/**
 * On the way to the page of the integrator: not begun, under way, stopped by the candidate, or there.
 * @typedef {object} Going
 * @property {"waiting" | "counting" | "stayed" | "gone"} state
 * @property {number} leftMs
 * @property {number} atMs when this was so
 */

/** @type {Going} */
export const WAITING = Object.freeze({ state: "waiting", leftMs: GO_ON_MS, atMs: 0 });

/**
 * Only where it has ended in this window and nothing is left to do, and never in a frame: there the page
 * around it decides. Pure.
 * @param {Pick<Model, "page" | "ended" | "finishedHere">} model @param {boolean} framed
 */
export function mayGoOn({ page, ended, finishedHere }, framed) {
  if (framed || !finishedHere || !page || !linkOf(page)) return false;
  if (!page.review_minutes) return true;
  return ended !== null && (ended.review === null || ended.review.status === "done");
}

/** The server has checked it; so does whoever goes there. @param {Model["page"]} page */
function linkOf(page) {
  const url = page?.redirect_url ?? "";
  return /^https:\/\//i.test(url) ? url : "";
}

/**
 * Begins, or goes on; only time counts in which somebody may be looking. Pure.
 * @param {Going} was @param {number} nowMs @param {boolean} visible @returns {Going}
 */
export function counted(was, nowMs, visible) {
  if (was.state === "waiting") return { state: "counting", leftMs: GO_ON_MS, atMs: nowMs };
  if (was.state !== "counting") return was;
  const leftMs = was.leftMs - (visible ? Math.min(LOOK_MS, Math.max(0, nowMs - was.atMs)) : 0);
  return { state: leftMs > 0 ? "counting" : "gone", leftMs, atMs: nowMs };
}

/** Who reads or types is not taken away: all of the time again. Pure. @param {Going} was @returns {Going} */
export function held(was) {
  return was.state === "counting" ? { ...was, leftMs: GO_ON_MS } : was;
}

/** Looks at the clock while it counts, and no longer. */
class Countdown {
  /** @param {() => boolean} isShown @param {(going: Going) => void} onLook */
  constructor(isShown, onLook) {
    /** @type {Going} */
    this.going = WAITING;
    /** @private */
    this.isShown = isShown;
    /** @private */
    this.onLook = onLook;
    /** @type {ReturnType<typeof setInterval> | undefined} @private */
    this.timer = undefined;
    /** @private */
    this.hold = () => {
      this.going = held(this.going);
    };
  }

  begin() {
    this.going = counted(this.going, performance.now(), true);
    this.timer = setInterval(() => this.look(), TICK_MS);
    for (const type of BUSY) globalThis.addEventListener(type, this.hold, { passive: true });
  }

  stay() {
    this.going = { ...this.going, state: "stayed" };
    this.end();
  }

  /** @private */
  look() {
    if (!this.isShown()) return this.stay(); // another screen
    this.going = counted(this.going, performance.now(), document.visibilityState === "visible");
    if (this.going.state !== "counting") this.end();
    this.onLook(this.going);
  }

  /** @private */
  end() {
    clearInterval(this.timer);
    for (const type of BUSY) globalThis.removeEventListener(type, this.hold);
  }
}

/**
 * Where it goes on after the end: by itself in a moment, unless the candidate stays; then by a link.
 * @param {AfterWords["going"]} s @param {Actions} actions
 */
export function goingOn(s, actions) {
  const framed = globalThis.parent !== globalThis.window;
  const rel = { rel: "noopener noreferrer", referrerpolicy: "no-referrer", target: "_top" };
  const name = h("span");
  const link = h("a", { class: "button primary large", attrs: rel }, name);
  const stay = button(s.stay, () => stop(), { class: "button secondary large" });
  const left = h("p");
  const news = h("p", { class: "visually-hidden", attrs: { role: "status" } });
  const element = h("div", { class: "centered" }, left, h("div", { class: "actions" }, link, stay), news);
  let url = "";
  const countdown = new Countdown(
    () => element.isConnected,
    (going) => {
      draw();
      if (going.state === "gone") actions.goTo(url);
    },
  );

  function stop() {
    link.focus(); // the button is about to go
    countdown.stay();
    draw();
  }
  function draw() {
    const { state, leftMs } = countdown.going;
    const counting = state === "counting";
    show(left, counting);
    show(stay, counting);
    if (counting) setText(left, s.goingOn(addressOf(url), Math.ceil(leftMs / 1000)));
    else setText(news, "");
  }
  return {
    element,
    /** @param {Model} model */
    update(model) {
      url = linkOf(model.page);
      show(element, url !== "");
      link.href = url;
      setText(name, s.goOn(addressOf(url)));
      if (countdown.going.state === "waiting" && mayGoOn(model, framed)) {
        countdown.begin();
        // A region that comes with its words is not read out.
        setTimeout(() => countdown.going.state === "counting" && setText(news, s.announced(addressOf(url))), LOOK_MS);
      }
      draw();
    },
  };
}

/** @param {Strings} strings @param {Actions} actions @param {string} again */
export async function later(strings, actions, again) {
  /** @type {{words: AfterWords}} */
  const { words } = await import(`../../strings/after/${strings.lang}.js${again}`);
  return () => goingOn(words.going, actions);
}
