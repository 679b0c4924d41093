import { attr, h, setText } from "../dom.js";

/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Screen} Screen */
/** @typedef {{element: HTMLElement, update: (model: Model) => void}} Body */

const TRIES = 3;
const WAIT_MS = 700;

/**
 * A part of a screen whose code is fetched when it is drawn first. Where it cannot be had, it says so.
 * @param {string} failed @param {(again: string) => Promise<() => Body>} load `again` goes behind the
 *   address: a browser may remember that a module did not come
 * @returns {Body}
 */
export function laterPart(failed, load) {
  const news = h("p", { attrs: { role: "status" } });
  const element = h("div", { class: "later" }, news);
  /** @type {Body | null} */
  let body = null;
  /** @type {Model | null} */
  let shown = null;

  async function fetchIt() {
    attr(element, "aria-busy", "true");
    await tries();
    attr(element, "aria-busy", "false");
    if (!body) setText(news, failed);
  }
  async function tries() {
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      try {
        body = (await load(attempt > 1 ? `?try=${attempt}` : ""))();
        element.replaceChildren(body.element);
        if (shown) body.update(shown);
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS * attempt));
      }
    }
  }
  return {
    element,
    update(model) {
      if (!shown) void fetchIt();
      shown = model;
      body?.update(model);
    },
  };
}

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Strings} Strings */

/**
 * The part that a module here exports as `later`, with what else it has to fetch.
 * @param {string} name @param {Strings} strings @param {Actions} actions
 */
export function laterFile(name, strings, actions) {
  return laterPart(strings.endings.notNow, async (again) => {
    const { later } = await import(`./${name}.js${again}`);
    return later(strings, actions, again);
  });
}

/**
 * A screen of such a part. Its heading is there at once and takes the focus.
 * @param {string} title @param {Body} body
 * @returns {Screen}
 */
export function laterScreen(title, body) {
  const heading = h("h1", { text: title, attrs: { tabindex: -1 } });
  return { element: h("div", { class: "screen narrow" }, heading, body.element), heading, update: body.update };
}
