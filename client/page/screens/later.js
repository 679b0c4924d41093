import { h, setText } from "../dom.js";

/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Screen} Screen */
/** @typedef {{element: HTMLElement, update: (model: Model) => void}} Body */

const TRIES = 3;
const WAIT_MS = 700;

/**
 * A screen whose code is fetched when it is asked for. Its heading is there at once and takes the focus.
 * @param {string} title @param {string} failed said where it cannot be had
 * @param {(attempt: number) => Promise<() => Body>} load
 * @returns {Screen}
 */
export function laterScreen(title, failed, load) {
  const heading = h("h1", { text: title, attrs: { tabindex: -1 } });
  const news = h("p", { attrs: { role: "status" } });
  const element = h("div", { class: "screen narrow" }, heading, news);
  /** @type {Body | null} */
  let body = null;
  /** @type {Model | null} */
  let shown = null;

  async function fetchIt() {
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      try {
        body = (await load(attempt))();
        news.replaceWith(body.element);
        if (shown) body.update(shown);
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS * attempt));
      }
    }
    setText(news, failed);
  }
  void fetchIt();
  return {
    element,
    heading,
    update(model) {
      shown = model;
      body?.update(model);
    },
  };
}
