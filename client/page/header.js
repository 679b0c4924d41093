import { currentQuestion, furthestNumber, secondsLeft } from "../sdk/index.js";
import { colour, updateMark } from "./brand.js";
import { attr, h, rebuild, setText, show, writtenIn } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").Strings} Strings */

const SHOW_TIME_BELOW_S = 300;

/**
 * The title of the interview stands on each screen once: here, unless it is the headline.
 * @param {Model} model @param {Strings} strings
 */
function brandOf({ page, screen, view }, strings) {
  const headline = screen === "welcome" || (screen === "call" && !view.stage && !view.questions.length);
  return (!headline && page?.title) || (page?.branding?.name ? "" : strings.appName);
}

/** The title, how far it is, and the time when little is left. @param {Strings} strings */
export function pageHeader(strings) {
  const s = strings.call;
  const mark = h("span", { class: "brand-mark" });
  const title = h("span", { class: "brand-title" });
  const steps = h("ol", { class: "progress-steps", attrs: { "aria-hidden": "true" } });
  const progress = h("div", { class: "progress" }, steps);
  /** @type {import("../sdk/api.js").BrandShown | undefined} */
  let brand;
  const time = h("p", { class: "time with-icon" }, icon("clock"), h("span"));
  const element = h("header", { class: "top" }, h("p", { class: "brand" }, mark, title), time, progress);
  return {
    element,
    /** @param {Model} model */
    update(model) {
      const { view } = model;
      const live = model.screen === "call" || model.screen === "paused";
      updateMark(mark, model.page?.branding);
      if (model.page?.branding !== brand) {
        brand = model.page?.branding;
        colour(brand);
      }
      setText(title, brandOf(model, strings));
      show(title, title.textContent !== "");
      writtenIn(title, title.textContent === strings.appName ? null : (model.page?.locale ?? null));
      const number = currentQuestion(view)?.number ?? 0;
      const total = view.questionsTotal;
      show(progress, live && total > 0 && number > 0);
      const furthest = furthestNumber(view);
      rebuild(steps, `${number}/${furthest}/${total}`, () =>
        total > 12
          ? []
          : Array.from({ length: total }, (_, index) => {
              const state = index + 1 === number ? "now" : index + 1 < furthest ? "past" : "next";
              return h("li", { attrs: { "data-state": state } });
            }),
      );
      const left = live ? secondsLeft(view, model.nowMs) : null;
      show(time, left !== null && left < SHOW_TIME_BELOW_S && view.stage !== "wrap_up");
      if (left !== null && time.lastElementChild) setText(time.lastElementChild, s.timeLeft(Math.floor(left / 60)));
      attr(element, "data-live", live);
    },
  };
}
