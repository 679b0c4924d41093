import { currentQuestion } from "../../sdk/index.js";
import { attr, button, h, setText, show, uniqueId, writtenIn } from "../dom.js";
import { hasPassed, linger, NOTHING } from "../lingering.js";
import { unclearWords } from "../model.js";
import { requestLine } from "./said.js";
import { typingForm } from "./typing.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */
/** @typedef {import("../../sdk/store.js").Segment} Segment */

/** @type {Segment[]} */
const NONE = [];

/**
 * The candidate's own words, live, and the place to type instead.
 * @param {Strings} strings @param {Actions} actions
 */
export function answerPanel(strings, actions) {
  const s = strings.call;
  const titleId = uniqueId("answer");
  const words = h("div", { class: "words", attrs: { role: "group", tabindex: 0, "aria-labelledby": titleId } });
  const legend = h("p", { class: "fine legend", text: s.interimNote });
  const history = button(strings.words.history, () => actions.openHistory(), { class: "button quiet history-open" });
  const before = beforeStrip(strings);
  const form = typingForm(strings, actions);
  const title = h("h2", { text: s.yourAnswer, attrs: { id: titleId } });
  const element = h(
    "section",
    { class: "own" },
    h("div", { class: "own-head" }, title, legend, history),
    before.element,
    words,
    form.element,
  );
  /** What is drawn. @type {[Segment[], string, string]} */
  let drawn = [NONE, "", ""];

  return {
    element,
    focusTyping: form.focus,
    /** @param {Model} model */
    update(model) {
      const segments = currentQuestion(model.view)?.segments ?? NONE;
      writtenIn(words, model.page?.locale ?? null);
      const unclear = unclearWords(model, strings);
      const empty = model.hasMicrophone ? s.emptyVoice : s.emptyText;
      // A view is never changed in place: the same list has the same words.
      if (drawn[0] !== segments || drawn[1] !== empty || drawn[2] !== unclear) {
        drawn = [segments, empty, unclear];
        const atEnd = words.scrollHeight - words.scrollTop - words.clientHeight < 40;
        words.replaceChildren(...segments.map((segment) => wordsOf(segment, strings, unclear)));
        if (segments.every(({ request }) => request)) words.append(h("p", { class: "placeholder", text: empty }));
        if (atEnd) words.scrollTop = words.scrollHeight;
        show(legend, segments.some(provisional));
      }
      before.update(model);
      show(history, hasPassed(model.view) || document.activeElement === history);
      form.update(model);
    },
  };
}

/**
 * The last words of the answer before, until there was time to read them. Then they go up, to where
 * the conversation can be opened.
 * @param {Strings} strings
 */
function beforeStrip(strings) {
  const text = h("span");
  const tag = h("span", { class: "tag", text: strings.words.before });
  const element = h("div", { class: "before", attrs: { "data-gone": true } }, h("p", {}, tag, " ", text));
  let state = NOTHING;
  return {
    element,
    /** @param {Model} model */
    update(model) {
      const visible = document.visibilityState === "visible";
      state = linger(state, model.view, unclearWords(model, strings), model.nowMs, visible);
      writtenIn(text, model.page?.locale ?? null);
      if (state.text) setText(text, state.text); // what goes keeps its words on the way
      attr(element, "data-gone", state.text === "");
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
  if (segment.request && segment.text) return requestLine(segment.request, segment.text, strings);
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
