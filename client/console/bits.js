import { h } from "../page/dom.js";

/** Words and a shape. @param {string} text @param {string} kind */
export function chip(text, kind) {
  const dot = h("span", { class: "dot", attrs: { "aria-hidden": "true" } });
  return h("span", { class: "chip", attrs: { "data-kind": kind } }, dot, h("span", { text }));
}

/** A line that says what went wrong; read out when it appears. */
export function failureLine() {
  return h("p", { class: "failure", attrs: { role: "alert" } });
}

/** A name and what it is, for a list of facts. @param {string} name @param {...(Node | string)} value */
export function fact(name, ...value) {
  return h("div", { class: "fact" }, h("dt", { text: name }), h("dd", {}, ...value));
}
