import { button, enable, h, setText, show, uniqueId } from "../dom.js";
import { icon } from "../icons.js";
import { skippedName } from "../model.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */

/** @param {Model} model */
function connected({ connection }) {
  return connection.state === "open" || connection.state === "suspect";
}

/**
 * Hide what is over. Who stands in it with the keyboard is taken back to the question, not to the
 * top of the page.
 * @param {HTMLElement} element @param {boolean} shown @param {HTMLElement} heading
 */
export function showOrLeave(element, shown, heading) {
  if (!shown && element.contains(document.activeElement)) heading.focus({ preventScroll: true });
  show(element, shown);
}

/**
 * The server asks back about what was said: "Shall I repeat the question?" Answered here or aloud.
 * @param {Strings} strings @param {Actions} actions @param {HTMLElement} heading
 */
export function confirmCard(strings, actions, heading) {
  const s = strings.call;
  const id = uniqueId("confirm");
  const text = h("p", { class: "confirm-text", attrs: { id } });
  /** @type {["yes" | "no" | "answer", string][]} */
  const choices = [
    ["yes", s.confirmYes],
    ["no", s.confirmNo],
    ["answer", s.confirmAnswer],
  ];
  const buttons = choices.map(([choice, label]) =>
    button(label, () => actions.confirm(choice), { class: "button secondary" }),
  );
  const element = h(
    "div",
    { class: "confirm", attrs: { role: "group", "aria-labelledby": id } },
    text,
    h("div", { class: "choices" }, ...buttons),
  );
  return {
    element,
    /** @param {Model} model */
    update(model) {
      setText(text, model.view.confirm);
      for (const one of buttons) enable(one, connected(model));
      showOrLeave(element, model.view.confirm !== "", heading);
    },
  };
}

/**
 * For a few seconds after a skip.
 * @param {Strings} strings @param {Actions} actions @param {HTMLElement} heading
 */
export function undoBar(strings, actions, heading) {
  const text = h("p");
  const undo = button(strings.call.undo, () => actions.command("undoSkip"), {
    class: "button quiet",
    icon: icon("undo"),
  });
  const element = h("div", { class: "bar undo" }, text, undo);
  return {
    element,
    /** @param {Model} model */
    update(model) {
      setText(text, skippedName(model.view, strings));
      enable(undo, connected(model));
      showOrLeave(element, model.view.can.has("undo_skip"), heading);
    },
  };
}
