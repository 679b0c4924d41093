import { currentQuestion } from "../../sdk/index.js";
import { h, rebuild, show, uniqueId, writtenIn } from "../dom.js";
import { unclearWords } from "../model.js";
import { typingForm } from "./typing.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */
/** @typedef {import("../../sdk/store.js").Segment} Segment */

/**
 * The candidate's own words, live, and the place to type instead.
 * @param {Strings} strings @param {Actions} actions
 */
export function answerPanel(strings, actions) {
  const s = strings.call;
  const titleId = uniqueId("answer");
  const words = h("div", { class: "words", attrs: { role: "group", tabindex: 0, "aria-labelledby": titleId } });
  const legend = h("p", { class: "fine legend", text: s.interimNote });
  const form = typingForm(strings, actions);
  const element = h(
    "section",
    { class: "own" },
    h("div", { class: "own-head" }, h("h2", { text: s.yourAnswer, attrs: { id: titleId } }), legend),
    words,
    form.element,
  );

  return {
    element,
    focusTyping: form.focus,
    /** @param {Model} model */
    update(model) {
      const segments = currentQuestion(model.view)?.segments ?? [];
      writtenIn(words, model.page?.locale ?? null);
      const unclear = unclearWords(model, strings);
      const empty = model.hasMicrophone ? s.emptyVoice : s.emptyText;
      const key = JSON.stringify([segments, empty]);
      const atEnd = words.scrollHeight - words.scrollTop - words.clientHeight < 40;
      const changed = rebuild(words, key, () =>
        segments.length
          ? segments.map((segment) => wordsOf(segment, strings, unclear))
          : [h("p", { class: "placeholder", text: empty })],
      );
      if (changed && atEnd) words.scrollTop = words.scrollHeight;
      show(legend, segments.some(provisional));
      form.update(model);
    },
  };
}

/** It has words that may still change. @param {Segment} segment */
function provisional(segment) {
  return !segment.final && segment.text.length > segment.stable.length;
}

/** @param {Segment} segment @param {Strings} strings @param {string} unclear */
function wordsOf(segment, strings, unclear) {
  const s = strings.call;
  if (!segment.text) return h("span", { class: "unclear", text: `${unclear} ` });
  if (!segment.final) {
    const rest = segment.text.slice(segment.stable.length).trimStart();
    const stands = segment.text.slice(0, segment.text.length - rest.length);
    return h(
      "span",
      {},
      stands ? h("span", { class: "stable", text: stands }) : null,
      // What may change is not read out: it would be said again and again.
      h("em", { class: "interim", text: `${rest} … `, attrs: { "aria-hidden": "true" } }),
    );
  }
  if (segment.mode === "text") {
    return h("span", { class: "final typed" }, segment.text, h("span", { class: "tag", text: s.typed }));
  }
  return h("span", { class: "final", text: `${segment.text} ` });
}
