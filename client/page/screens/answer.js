import { currentQuestion, InterviewError } from "../../sdk/index.js";
import { attr, button, enable, h, rebuild, setText, show, uniqueId } from "../dom.js";
import { icon } from "../icons.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */
/** @typedef {import("../../sdk/store.js").Segment} Segment */

export const MAX_ANSWER_CHARS = 10_000;

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
      attr(words, "lang", model.page?.locale ?? null);
      const empty = model.hasMicrophone ? s.emptyVoice : s.emptyText;
      const key = JSON.stringify([segments, empty]);
      const atEnd = words.scrollHeight - words.scrollTop - words.clientHeight < 40;
      const changed = rebuild(words, key, () =>
        segments.length
          ? segments.map((segment) => wordsOf(segment, strings))
          : [h("p", { class: "placeholder", text: empty })],
      );
      if (changed && atEnd) words.scrollTop = words.scrollHeight;
      show(legend, model.hasMicrophone);
      form.update(model);
    },
  };
}

/** @param {Segment} segment @param {Strings} strings */
function wordsOf(segment, strings) {
  const s = strings.call;
  if (!segment.text) return h("span", { class: "unclear", text: `${s.unclear} ` });
  if (!segment.final) return h("em", { class: "interim", text: `${segment.text} … ` });
  if (segment.mode === "text") {
    return h("span", { class: "final typed" }, segment.text, h("span", { class: "tag", text: s.typed }));
  }
  return h("span", { class: "final", text: `${segment.text} ` });
}

/** @param {Strings} strings @param {Actions} actions */
function typingForm(strings, actions) {
  const s = strings.call;
  const id = uniqueId("type");
  const helpId = uniqueId("help");
  const area = h("textarea", { attrs: { id, rows: 3, maxlength: MAX_ANSWER_CHARS, "aria-describedby": helpId } });
  const problem = h("p", { class: "failure", attrs: { role: "alert" } });
  const submit = () => {
    if (!area.value.trim()) {
      area.focus();
      return;
    }
    try {
      setText(problem, "");
      if (actions.answer(area.value.trim())) area.value = "";
      else setText(problem, s.notSent);
    } catch (error) {
      if (!(error instanceof InterviewError)) throw error;
      setText(problem, s.tooLong);
    }
    area.focus();
  };
  area.addEventListener("input", () => actions.draft(area.value));
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      submit();
    }
  });
  const send = button(s.send, submit, { class: "button primary", icon: icon("send") });
  const element = h(
    "div",
    { class: "typing" },
    h("label", { text: s.typeLabel, attrs: { for: id } }),
    area,
    problem,
    h("div", { class: "row between" }, h("p", { class: "fine", text: s.typeHelp, attrs: { id: helpId } }), send),
  );
  let wasOpen = false;
  let questionId = "";
  return {
    element,
    focus: () => area.focus(),
    /** @param {Model} model */
    update(model) {
      const open = model.typing || !model.hasMicrophone;
      show(element, open);
      // A new screen or another question: what was typed for it. Else the text is the candidate's.
      if (model.view.questionId !== questionId) {
        questionId = model.view.questionId;
        area.value = model.draft;
        setText(problem, "");
      }
      // Opened by a click: the next key belongs to the text. Opened by itself: the focus stays.
      if (open && !wasOpen && model.typing) area.focus();
      wasOpen = open;
      enable(send, model.view.can.has("text_answer") || model.view.can.size === 0);
    },
  };
}
