import { excess } from "../../sdk/index.js";
import { button, enable, h, setText, show, uniqueId } from "../dom.js";
import { icon } from "../icons.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */

/** Usually it is confirmed in a moment; before this nothing is said of it. */
const LATE_MS = 1_500;

/** The place to type instead of speaking. @param {Strings} strings @param {Actions} actions */
export function typingForm(strings, actions) {
  const s = strings.call;
  const id = uniqueId("type");
  const helpId = uniqueId("help");
  const area = h("textarea", { attrs: { id, rows: 3, "aria-describedby": helpId } });
  const problem = h("p", { class: "failure", attrs: { role: "alert" } });
  const tooLong = h("p", { class: "failure", attrs: { role: "status" } });
  const unconfirmed = h("p", { class: "fine", attrs: { role: "status" } });
  const submit = () => {
    const text = area.value.trim();
    if (text && !excess(text)) actions.answer(text);
    area.focus();
  };
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
  const row = h("div", { class: "row between" }, help, tooLong, sendButton);
  const element = h("div", { class: "typing" }, label, area, problem, unconfirmed, row);
  let wasOpen = false;
  let [measured, over] = ["", 0];
  return {
    element,
    focus: () => area.focus(),
    /** @param {Model} model */
    update(model) {
      const open = model.typing || !model.hasMicrophone;
      show(element, open);
      // Every letter goes into the draft at once: they differ only where the page has changed it.
      if (area.value !== model.draft) area.value = model.draft;
      if (measured !== model.draft) [measured, over] = [model.draft, excess(model.draft.trim())];
      setText(tooLong, over > 0 ? strings.words.tooLongBy(roughly(over)) : "");
      show(help, over === 0);
      setText(problem, model.typingProblem && s[model.typingProblem]);
      const late = model.unconfirmedSinceMs !== null && model.nowMs - model.unconfirmedSinceMs > LATE_MS;
      setText(unconfirmed, late && !model.typingProblem ? s.unconfirmed : "");
      show(unconfirmed, unconfirmed.textContent !== "");
      // Opened by a click: the next key belongs to the text. Opened by the page: the focus stays.
      if (open && !wasOpen && model.typing && model.typingByClick) area.focus();
      wasOpen = open;
      enable(sendButton, !over && (model.view.can.has("text_answer") || model.view.can.size === 0));
    },
  };
}

/** In steps, for it is read out at each change. @param {number} count */
function roughly(count) {
  const step = count < 100 ? 10 : count < 1_000 ? 100 : 1_000;
  return Math.ceil(count / step) * step;
}
