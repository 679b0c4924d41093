import { button, h, show } from "../page/dom.js";
import { icon } from "../page/icons.js";
import { fieldOf } from "./form.js";
import { words } from "./words.js";

/** @typedef {import("./form.js").Shown} Shown */

const MOST = 100;

/** The questions: as many as are wanted, each with other words for it. */
export function questionsPart() {
  const s = words.create;
  /** @type {{element: HTMLElement, text: Shown, clarification: Shown}[]} */
  let questions = [];
  const list = h("div", { class: "questions" });
  const add = button(s.addQuestion, () => append(), { class: "button secondary" });

  const append = () => {
    const number = questions.length + 1;
    const text = fieldOf({ pointer: "", kind: "long", label: s.question(number), help: s.questionHint });
    const clarification = fieldOf({
      pointer: "",
      kind: "long",
      label: `${s.clarification} (${s.optional})`,
      help: s.clarificationHint,
    });
    const remove = button(s.removeQuestion(number), () => take(question), {
      class: "button quiet",
      icon: icon("undo"),
    });
    const element = h("section", { class: "card question" }, text.element, clarification.element, remove);
    const question = { element, text, clarification };
    questions.push(question);
    list.append(element);
    renumber();
    if (number > 1) text.control.focus();
  };
  /** @param {typeof questions[number]} question */
  const take = (question) => {
    const at = questions.indexOf(question);
    questions = questions.filter((one) => one !== question);
    question.element.remove();
    renumber();
    (questions[Math.min(at, questions.length - 1)]?.text.control ?? add).focus();
  };
  const renumber = () => {
    questions.forEach(({ element, text, clarification }, index) => {
      text.pointer = `/questions/${index}/text`;
      clarification.pointer = `/questions/${index}/clarification`;
      const label = element.querySelector("label");
      if (label) label.textContent = s.question(index + 1);
      const remove = element.querySelector(".button-label");
      if (remove) remove.textContent = s.removeQuestion(index + 1);
      const row = remove?.parentElement;
      if (row) show(row, questions.length > 1);
    });
    show(add, questions.length < MOST);
  };
  append();
  return {
    element: h("div", { class: "column" }, list, add),
    shown: () => questions.flatMap(({ text, clarification }) => [text, clarification]),
    value: () =>
      questions.map(({ text, clarification }) => {
        const said = clarification.value();
        return said === undefined ? { text: text.value() ?? "" } : { text: text.value() ?? "", clarification: said };
      }),
  };
}
