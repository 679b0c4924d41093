import { ASKS_FOR_LOST } from "../../sdk/index.js";
import { button, h, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { isCaptioned } from "../model.js";
import { showOrLeave } from "./choices.js";
import { isOfTheWait } from "./presence.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */

/**
 * What the candidate said last before the server lost them; "" where that is of no interest now.
 * @param {Model} model @param {Strings} strings
 */
export function heardLast({ view }, strings) {
  return view.hint?.heard ? strings.call.lastHeard(view.hint.heard) : "";
}

/**
 * What the server notes, where it stands at no other place: it may be said aloud, and be in writing
 * as the interviewer's words, or be the sentence beside the ring.
 * @param {Model} model
 */
function hintText(model) {
  const { hint, caption } = model.view;
  if (!hint || isOfTheWait(hint)) return "";
  return caption?.kind === ASKS_FOR_LOST && isCaptioned(model) ? "" : hint.text;
}

/**
 * What the server, or the page, has to say beside the conversation.
 * @param {Strings} strings @param {Actions} actions @param {HTMLElement} heading
 */
export function notesPanel(strings, actions, heading) {
  const watched = h("p", { class: "watched with-icon" }, icon("eye"), h("span", { text: strings.call.watched }));
  const hint = h("p");
  const heard = h("p", { class: "heard" });
  const box = h("div", { class: "hint" }, hint, heard);
  const advice = h("p");
  const dismiss = button(strings.call.dismiss, () => actions.dismissAdvice(), { class: "button quiet" });
  const bar = h("div", { class: "bar advice" }, icon("headphones"), advice, dismiss);
  return {
    elements: [watched, bar, box],
    /** @param {Model} model */
    update(model) {
      show(watched, model.view.watched);
      setText(heard, heardLast(model, strings));
      setText(hint, model.notice || hintText(model));
      show(hint, hint.textContent !== "");
      show(heard, heard.textContent !== "");
      show(box, hint.textContent !== "" || heard.textContent !== "");
      setText(advice, model.view.advice?.text ?? "");
      showOrLeave(bar, model.view.advice !== null && !model.adviceDismissed, heading);
    },
  };
}
