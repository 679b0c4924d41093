import { h } from "../dom.js";
import { badge } from "./simple.js";

/** @typedef {import("../model.js").Screen} Screen */
/** @typedef {import("../model.js").Strings} Strings */

/** @param {Strings} strings @returns {Screen} */
export function declinedScreen(strings) {
  const s = strings.declined;
  const heading = h("h1", { text: s.title, attrs: { tabindex: -1 } });
  const element = h(
    "div",
    { class: "screen narrow centered" },
    badge("heart"),
    heading,
    h("p", { class: "lead", text: s.text }),
    h("p", { text: s.next }),
  );
  return { element, heading, update() {} };
}
