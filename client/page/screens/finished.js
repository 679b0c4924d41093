import { h, rebuild, setText, writtenIn } from "../dom.js";
import { ENDINGS } from "../problems.js";
import { goOnLink, waysOn } from "../ways.js";
import { laterFile } from "./later.js";
import { badge } from "./simple.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Screen} Screen */
/** @typedef {import("../model.js").Strings} Strings */
/** @typedef {import("../../strings/after/en.js").AfterWords} AfterWords */

/** The same page however and wherever it ended, also after a reload. @param {Strings} strings @param {Actions} actions @returns {Screen} */
export function finishedScreen(strings, actions) {
  const head = headPart(strings, actions);
  const words = laterFile("own-words", strings, actions);
  const ways = h("div");
  return {
    element: h("div", { class: "screen narrow finished" }, head.element, words.element, ways),
    heading: head.heading,
    update(model) {
      head.update(model);
      words.update(model);
      rebuild(ways, JSON.stringify(model.page), () => [waysOn(model.page, strings)]);
    },
  };
}

let fetched = false;

/** While there is a connection: what the end needs. @param {Model} model @param {Strings} strings */
export function fetchAhead({ page }, { lang }) {
  if (fetched) return;
  fetched = true;
  void import(`../../strings/after/${lang}.js`).catch(() => {});
  void import("./own-words.js").catch(() => {}); // tried again when it is drawn
  void import("../after-end.js").catch(() => {}); // as is this
  if (page?.redirect_url) void import("./going-on.js").catch(() => {});
}

/** How it ended, and what comes next. @param {Strings} strings @param {Actions} actions */
function headPart(strings, actions) {
  const sign = h("div");
  const heading = h("h1", { attrs: { tabindex: -1 } });
  const lead = h("p", { class: "lead" });
  const next = h("p", { class: "next" });
  const ahead = h("div", { class: "actions stacked" });
  const element = h("div", { class: "centered" }, sign, heading, lead, next, ahead);
  const going = laterFile("going-on", strings, actions);
  return {
    element,
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
      rebuild(ahead, `${wentWell}${page?.completion?.url}`, () => [
        wentWell && page?.completion?.url !== page?.redirect_url && goOnLink(page, strings),
      ]);
      if (wentWell && page?.redirect_url) {
        if (!going.element.parentNode) element.append(going.element);
        going.update(model);
      }
    },
  };
}

/** The prompts whose words are shown. @param {Model} model */
export function askedOf({ view, ended }) {
  return ended?.words === "erased" ? [] : view.questions.filter((question) => question.text);
}

/** What is not shown, or not yet. @param {Model} model @param {AfterWords} words */
export function noteOf(model, words) {
  const { ended } = model;
  const notes = [ended?.pending ? words.pending : ""];
  if (ended?.words === "erased") return words.erased;
  if (ended?.words === "elsewhere") notes.unshift(askedOf(model).length ? words.notHere : words.elsewhere);
  return notes.join(" ").trim();
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
