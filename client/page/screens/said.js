import { requestName, saidTo } from "../../sdk/index.js";
import { h, writtenIn } from "../dom.js";

/** @typedef {import("../model.js").Strings} Strings */

/**
 * Words that asked for something: shown, but not as a part of the answer.
 * @param {string} request @param {string} text @param {Strings} strings
 */
export function requestLine(request, text, strings) {
  const name = requestName(request, strings.words);
  const tag = h("span", { class: "tag", text: name });
  writtenIn(tag, strings.lang);
  return h("p", { class: "request" }, tag, ` ${text} `);
}

/**
 * What was said to a prompt: its answer, and each request in its place.
 * @param {import("../../sdk/store.js").Asked} asked @param {Strings} strings @param {string} unclear
 */
export function saidLines(asked, strings, unclear) {
  return saidTo(asked, unclear).map(({ request, text }) =>
    request ? requestLine(request, text, strings) : h("p", { text }),
  );
}
