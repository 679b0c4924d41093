import { InterviewError } from "../../sdk/index.js";
import { button, enable, h, setText, show, uniqueId } from "../dom.js";
import { icon } from "../icons.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */

export const MAX_ANSWER_CHARS = 10_000;

/** The place to type instead of speaking. @param {Strings} strings @param {Actions} actions */
export function typingForm(strings, actions) {
  const s = strings.call;
  const id = uniqueId("type");
  const helpId = uniqueId("help");
  const area = h("textarea", { attrs: { id, rows: 3, maxlength: MAX_ANSWER_CHARS, "aria-describedby": helpId } });
  const problem = h("p", { class: "failure", attrs: { role: "alert" } });
  const submit = () => send(area, problem, strings, actions);
  area.addEventListener("input", () => actions.draft(area.value));
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      submit();
    }
  });
  const label = h("label", { text: s.typeLabel, attrs: { for: id } });
  const help = h("p", { class: "fine", text: s.typeHelp, attrs: { id: helpId } });
  const sendButton = button(s.send, submit, { class: "button primary", icon: icon("send") });
  const row = h("div", { class: "row between" }, help, sendButton);
  const element = h("div", { class: "typing" }, label, area, problem, row);
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
      enable(sendButton, model.view.can.has("text_answer") || model.view.can.size === 0);
    },
  };
}

/**
 * What is typed goes when it was sent, and stays with a word why when it was not.
 * @param {HTMLTextAreaElement} area @param {HTMLElement} problem @param {Strings} strings @param {Actions} actions
 */
function send(area, problem, strings, actions) {
  const text = area.value.trim();
  try {
    if (text) {
      setText(problem, "");
      if (actions.answer(text)) area.value = "";
      else setText(problem, strings.call.notSent);
    }
  } catch (error) {
    if (!(error instanceof InterviewError)) throw error;
    setText(problem, strings.call.tooLong);
  }
  area.focus();
}
