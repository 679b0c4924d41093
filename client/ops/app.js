import { keyScreen } from "../console/key.js";
import { button, h } from "../page/dom.js";
import { icon } from "../page/icons.js";
import { OpsApi } from "./api.js";
import { figures } from "./figures.js";
import { key, sentenceOf, titles } from "./words.js";

/** @param {HTMLElement} root */
export function startOperations(root) {
  document.title = titles.app;
  askForKey(root, globalThis.location.origin + globalThis.location.pathname.replace(/\/ops$/, ""));
}

/** @param {HTMLElement} root @param {string} base @param {string} [said] why the key before is of no use any more */
function askForKey(root, base, said) {
  const open = async (/** @type {string} */ typed) => {
    const api = new OpsApi(base, typed);
    const first = await api.workers(true);
    showFigures(root, api, first, (why) => askForKey(root, base, why));
  };
  const { element, input } = keyScreen(key, open, sentenceOf, said);
  root.replaceChildren(top(), h("main", { attrs: { id: "main" } }, element));
  input.focus();
}

/** @param {...Node} more */
function top(...more) {
  const name = h("p", { class: "brand" }, icon("sliders", "icon brand-icon"), h("span", { text: titles.app }));
  return h("header", { class: "console-top" }, name, ...more);
}

/** @param {HTMLElement} root @param {OpsApi} api @param {import("./api.js").Workers} first @param {(why?: string) => void} forget */
function showFigures(root, api, first, forget) {
  const shown = figures(api, first, (error) => close(sentenceOf(error)));
  /** @param {string} [why] */
  const close = (why) => {
    shown.leave();
    forget(why);
  };
  const main = h("main", { attrs: { id: "main", tabindex: -1 } }, shown.element);
  const skip = h("a", { class: "skip-link", text: titles.skip, attrs: { href: "#main" } });
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  const leave = button(titles.leave, () => close(), { class: "button quiet", icon: icon("leave") });
  root.replaceChildren(skip, top(h("span", { class: "space" }), leave), main);
  shown.element.querySelector("h1")?.focus();
  shown.begin();
}
