import { answerTo } from "../../sdk/index.js";
import { button, h, rebuild, setText, show, writtenIn } from "../dom.js";
import { icon } from "../icons.js";
import { placeName, unclearWords } from "../model.js";
import { askedOf, noteOf } from "./finished.js";
import { saidLines } from "./said.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */
/** @typedef {import("../../strings/after/en.js").AfterWords} AfterWords */

/**
 * What was said in an interview that is over: to correct, to read, to keep. Loaded while it runs.
 * @param {Strings} strings @param {AfterWords} w @param {Actions} actions
 */
export function ownWords(strings, w, actions) {
  const review = reviewCard(w, actions);
  const words = wordsPart(strings, w, actions);
  const failure = h("p", { class: "failure", attrs: { role: "alert" } });
  return {
    element: h("div", { class: "later" }, review.element, failure, ...words.elements),
    /** @param {Model} model */
    update(model) {
      review.update(model);
      setText(failure, model.failure); // the review or the copy could not be opened
      words.update(model);
    },
  };
}

/** The own words, and the copy to keep; or why there are none. @param {Strings} strings @param {AfterWords} s @param {Actions} actions */
function wordsPart(strings, s, actions) {
  const list = h("ol", { class: "answers" });
  const card = h("section", { class: "card" }, h("h2", { text: s.answers }), list);
  const note = h("p", { class: "fine", attrs: { role: "status" } });
  const download = button(s.download, () => actions.download(), {
    class: "button secondary large",
    icon: icon("download"),
  });
  return {
    elements: [card, note, h("div", { class: "actions" }, download)],
    /** @param {Model} model */
    update(model) {
      const { view, page } = model;
      const asked = askedOf(model);
      const there = asked.length > 0;
      show(card, there);
      show(download, there);
      setText(note, noteOf(model, s));
      writtenIn(list, page?.locale ?? null);
      const unclear = unclearWords(model, strings);
      rebuild(list, JSON.stringify(asked), () =>
        asked.map((question) => answerItem(question, view.questionsTotal, strings, s, unclear)),
      );
    },
  };
}

/** @param {import("../../sdk/store.js").Asked} question @param {number} total @param {Strings} strings @param {AfterWords} words @param {string} unclear */
function answerItem(question, total, strings, words, unclear) {
  const place = question.kind === "question" ? null : h("p", { class: "eyebrow" });
  if (place) setText(place, placeName(question, total, strings));
  return h(
    "li",
    {},
    place,
    h("h3", { text: question.text }),
    ...saidLines(question, strings, unclear),
    answerTo(question, unclear) ? null : h("p", { class: "fine", text: words.noAnswer }),
    ...(question.corrections ?? []).map((text) => correctionLine(text, strings.lang, words)),
  );
}

/** Beside what was heard. @param {string} text "": it was taken back @param {string} lang @param {AfterWords} words */
function correctionLine(text, lang, words) {
  const tag = h("span", { class: "tag", text: words.corrected });
  writtenIn(tag, lang);
  return h("p", { class: "correction" }, tag, ` ${text || words.takenBack}`);
}

/** The candidate may look through the words before they are handed over. @param {AfterWords} s @param {Actions} actions */
function reviewCard(s, actions) {
  const text = h("p");
  const open = button(s.reviewOpen, () => actions.openReview(), { class: "button secondary large" });
  const element = h("section", { class: "card review-offer", attrs: { hidden: true } }, text, open);
  return {
    element,
    /** @param {Model} model */
    update({ ended, nowMs }) {
      const review = ended?.review;
      const minutes = review ? Math.ceil((review.untilMs - nowMs) / 60_000) : 0;
      const isOpen = review?.status === "open" && minutes > 0;
      const over = review ? (review.status === "done" ? s.reviewDone : s.reviewOver) : "";
      setText(text, isOpen ? s.reviewAsk(minutes) : over);
      show(open, isOpen);
      show(element, Boolean(review));
    },
  };
}

/** @param {Strings} strings @param {Actions} actions @param {string} again */
export async function later(strings, actions, again) {
  /** @type {{words: AfterWords}} */
  const { words } = await import(`../../strings/after/${strings.lang}.js${again}`);
  return () => ownWords(strings, words, actions);
}
