import { currentQuestion, isOpenedAgain } from "../../sdk/index.js";
import { attr, h, rebuild, setText, show, writtenIn } from "../dom.js";
import { captionNow, placeNow } from "../model.js";
import { answerPanel } from "./answer.js";
import { confirmCard, undoBar } from "./choices.js";
import { controlsBar } from "./controls.js";
import { laterFile } from "./later.js";
import { notesPanel } from "./notes.js";
import { presence } from "./presence.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Screen} Screen */
/** @typedef {import("../model.js").Strings} Strings */

/**
 * The conversation: who speaks now, the question, the candidate's own words, the controls.
 * @param {Strings} strings @param {Actions} actions @param {() => void} askToLeave @returns {Screen}
 */
export function callScreen(strings, actions, askToLeave) {
  const sign = presence(strings);
  const eyebrow = h("p", { class: "eyebrow" });
  const heading = h("h1", { class: "question", attrs: { tabindex: -1 } });
  const caption = h("div", { class: "caption" });
  const confirm = confirmCard(strings, actions, heading);
  const undo = undoBar(strings, actions, heading);
  const notes = notesPanel(strings, actions, heading);
  const summary = laterFile("summary", strings, actions);
  const panel = answerPanel(strings, actions);
  const controls = controlsBar(strings, actions, askToLeave, heading);
  const element = h(
    "div",
    { class: "screen call" },
    h("div", { class: "stage" }, sign.element, eyebrow, heading, caption),
    confirm.element,
    undo.element,
    ...notes.elements,
    summary.element,
    panel.element,
    controls.element,
  );

  return {
    element,
    heading,
    level: sign.level,
    update(model) {
      const { view } = model;
      const question = currentQuestion(view);
      const asked = question && view.stage !== "wrap_up" ? question : null;
      const sums = asked?.kind === "summary";
      const told = sums && view.summary.length > 0; // its name takes the place of the offer
      setText(eyebrow, asked ? placeNow(view, asked, strings) : "");
      attr(eyebrow, "data-again", isOpenedAgain(view));
      show(eyebrow, asked !== null && !told);
      const words = told ? strings.call.summary : asked ? asked.text : titleOf(strings, model);
      // Two names take turns: an animation runs again only under another one.
      if (heading.textContent !== words) attr(heading, "data-new", heading.dataset.new === "a" ? "b" : "a");
      setText(heading, words);
      writtenIn(heading, asked || words === model.page?.title ? (model.page?.locale ?? null) : null);
      updateCaption(caption, model, asked?.text ?? "", strings);
      confirm.update(model);
      undo.update(model);
      notes.update(model);
      showSummary(summary, model, sums);
      attr(element, "data-quiet", asked === null);
      attr(element, "data-typing", model.typing || !model.hasMicrophone);
      sign.update(model);
      panel.update(model);
      show(panel.element, asked !== null);
      controls.update(model);
    },
  };
}

/** It is fetched when it is needed first. @param {import("./later.js").Body} part @param {Model} model @param {boolean} sums */
function showSummary(part, model, sums) {
  show(part.element, sums);
  if (sums) part.update(model);
}

/** What stands in the place of the question while there is none. @param {Strings} strings @param {Model} model */
function titleOf(strings, model) {
  if (model.view.stage === "greeting") return strings.call.greeting;
  if (model.view.stage === "wrap_up") return strings.call.wrapUp;
  return model.page?.title || strings.call.connecting;
}

/**
 * The interviewer's words, the sentence being spoken marked. The question itself is not repeated.
 * @param {HTMLElement} element @param {Model} model @param {string} question @param {Strings} strings
 */
function updateCaption(element, model, question, strings) {
  const caption = captionNow(model, [question, model.view.confirm]);
  show(element, caption !== null);
  if (!caption) return;
  const begun = caption.sentences.filter(([offsetMs]) => caption.startedMs + offsetMs <= model.nowMs);
  const at = begun.length - 1;
  rebuild(element, `${caption.id} ${at}`, () => {
    const parts =
      caption.sentences.length > 1
        ? caption.sentences.map(([, text], index) => h("span", { class: index === at ? "now" : "", text: `${text} ` }))
        : [h("span", { class: "now", text: caption.text })];
    const said = h("p", {}, ...parts);
    writtenIn(said, caption.locale || (model.page?.locale ?? null));
    return [
      h("span", { class: "caption-who", text: caption.spoken ? strings.call.interviewer : strings.call.notSpoken }),
      said,
    ];
  });
}
