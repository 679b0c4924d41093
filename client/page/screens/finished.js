import { answerTo } from "../../sdk/index.js";
import { button, h, rebuild, setText, show, writtenIn } from "../dom.js";
import { icon } from "../icons.js";
import { placeName, unclearWords } from "../model.js";
import { ENDINGS } from "../problems.js";
import { goOnLink, waysOn } from "../ways.js";
import { saidLines } from "./said.js";
import { badge } from "./simple.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Screen} Screen */
/** @typedef {import("../model.js").Strings} Strings */

/** The same page however and wherever it ended, also after a reload. @param {Strings} strings @param {Actions} actions @returns {Screen} */
export function finishedScreen(strings, actions) {
  const head = headPart(strings);
  const review = reviewCard(strings, actions);
  const words = wordsPart(strings, actions);
  const ways = h("div");
  const parts = [head.element, review.element, ...words.elements, ways];
  return {
    element: h("div", { class: "screen narrow finished" }, ...parts),
    heading: head.heading,
    update(model) {
      head.update(model);
      review.update(model);
      words.update(model);
      rebuild(ways, JSON.stringify(model.page), () => [waysOn(model.page, strings)]);
    },
  };
}

/** How it ended, and what comes next. @param {Strings} strings */
function headPart(strings) {
  const sign = h("div");
  const heading = h("h1", { attrs: { tabindex: -1 } });
  const lead = h("p", { class: "lead" });
  const next = h("p", { class: "next" });
  const ahead = h("div", { class: "actions stacked" });
  return {
    element: h("div", { class: "centered" }, sign, heading, lead, next, ahead),
    heading,
    /** @param {Model} model */
    update(model) {
      const { page } = model;
      const { title, text, wentWell } = headOf(model, strings);
      rebuild(sign, String(wentWell), () => [badge(wentWell ? "check" : "clock")]);
      setText(heading, title);
      setText(lead, text);
      const own = wentWell ? page?.completion?.text : "";
      setText(next, own || strings.finished.next);
      writtenIn(next, own ? (page?.locale ?? null) : strings.lang);
      rebuild(ahead, `${wentWell}${page?.completion?.url}`, () => [wentWell && goOnLink(page, strings)]);
    },
  };
}

/** The own words, and the copy to keep; or why there are none. @param {Strings} strings @param {Actions} actions */
function wordsPart(strings, actions) {
  const s = strings.finished;
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
      setText(note, noteOf(model, strings));
      writtenIn(list, page?.locale ?? null);
      const unclear = unclearWords(model, strings);
      rebuild(list, JSON.stringify(asked), () =>
        asked.map((question) => answerItem(question, view.questionsTotal, strings, unclear)),
      );
    },
  };
}

/** The prompts whose words are shown. @param {Model} model */
export function askedOf({ view, ended }) {
  return ended?.words === "erased" ? [] : view.questions.filter((question) => question.text);
}

/** What is not shown, or not yet. @param {Model} model @param {Strings} strings */
export function noteOf(model, strings) {
  const { ended } = model;
  const s = strings.endings;
  const notes = [ended?.pending ? s.pending : ""];
  if (ended?.words === "erased") return s.erased;
  if (ended?.words === "elsewhere") notes.unshift(askedOf(model).length ? s.notHere : s.elsewhere);
  return notes.join(" ").trim();
}

/** @param {import("../../sdk/store.js").Asked} question @param {number} total @param {Strings} strings @param {string} unclear */
function answerItem(question, total, strings, unclear) {
  const place = question.kind === "question" ? null : h("p", { class: "eyebrow" });
  if (place) setText(place, placeName(question, total, strings));
  return h(
    "li",
    {},
    place,
    h("h3", { text: question.text }),
    ...saidLines(question, strings, unclear),
    answerTo(question, unclear) ? null : h("p", { class: "fine", text: strings.finished.noAnswer }),
    correctionLine(question.correction, strings),
  );
}

/** Beside what was heard. @param {string | null | undefined} text @param {Strings} strings */
function correctionLine(text, strings) {
  if (typeof text !== "string") return null;
  const tag = h("span", { class: "tag", text: strings.endings.corrected });
  writtenIn(tag, strings.lang);
  return h("p", { class: "correction" }, tag, ` ${text || strings.endings.takenBack}`);
}

/** How it ended, in words. @param {Model} model @param {Strings} strings */
function headOf(model, strings) {
  const { view, ended } = model;
  const s = strings.finished;
  const { status = "", answered = 0, of = view.questionsTotal } = view.completed ?? {};
  const kinds = /** @type {Record<string, string[]>} */ (strings.problem.kinds);
  const other = kinds[ENDINGS[status] ?? ""];
  if (other) return { title: other[0] ?? "", text: other[1] ?? "", wentWell: false };
  if (status !== "ended_by_candidate") return { title: s.title, text: s.text(answered, of), wentWell: true };
  const text = ended && ended.words !== "kept" && !askedOf(model).length ? strings.endings.thanks : s.textLeft;
  return { title: s.titleLeft, text, wentWell: true };
}

/** The candidate may look through the words before they are handed over. @param {Strings} strings @param {Actions} actions */
function reviewCard(strings, actions) {
  const s = strings.endings;
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
