import { attr, button, enable, h, setText } from "../page/dom.js";
import { OVER } from "./model.js";
import { isFinal, problemOf } from "./problems.js";

/** @typedef {import("./page.js").Context} Context */
/** @typedef {import("./types.js").Report} Report */

const SOONEST_MS = 10_000;
const LATEST_MS = 120_000;
/** Of its time a server gives one reader at most one part in so many. */
const SHARE = 20;
/** A report is fetched whole this often: the clock alone ends a review. */
const WHOLE_MS = 300_000;
/** A screen reader speaks of news no more often. */
const TOLD_MS = 60_000;

/** Whether the same report may say more in a while. @param {Report} report */
export function mayGrow({ interview, result }) {
  const judged = result.evaluation?.status !== "pending";
  return !OVER.has(interview.status) || interview.partial || result.review?.status === "open" || !judged;
}

/**
 * Of which moment the report is. It is asked for again while it may grow, less often when nothing
 * comes, and not while nobody sees it; a box stops that (WCAG 2.2.2), a button does it now.
 * @param {Context} context
 */
export function freshPart(context) {
  const { report, words, format, api, seen } = context;
  const s = words.fresh;
  const asOf = h("span", { class: "as-of" });
  const told = h("span", { class: "told", attrs: { role: "status" } });
  const box = h("input", { attrs: { type: "checkbox" } });
  box.checked = !seen.stopped;
  const looking = lookAgain(context, (found) => {
    if (found === "news") return say(s.updated, TOLD_MS);
    setText(told, words.problem[found].join(". "));
    box.checked = false;
  });
  let said_ms = Number.NEGATIVE_INFINITY;
  const say = (/** @type {string} */ text, /** @type {number} */ after_ms) => {
    if (performance.now() - said_ms < after_ms) return;
    said_ms = performance.now();
    setText(told, "");
    setText(told, text);
  };
  const refresh = async () => {
    enable(one, false);
    attr(one, "aria-busy", true);
    setText(told, s.busy);
    try {
      const newer = await api.report();
      attr(one, "aria-busy", null);
      if (seen.over.aborted) return; // erased meanwhile, or drawn again
      seen.renew(newer);
      setText(told, s.updated);
    } catch (error) {
      const problem = problemOf(error);
      if (problem === "erased") return seen.lost(problem);
      setText(told, isFinal(problem) ? words.problem[problem].join(". ") : s.failed);
      attr(one, "aria-busy", null);
    }
    enable(one, true);
  };
  const one = button(s.refresh, () => void refresh(), { class: "button secondary refresh" });
  box.addEventListener("change", () => {
    seen.stopped = !box.checked;
    looking.go();
  });
  const auto = h("label", { class: "auto" }, box, h("span", { text: s.auto }));
  const element = h("div", { class: "fresh screen-only" }, asOf, auto, one, told);
  const draw = () => {
    setText(asOf, s.asOf(format.date(new Date().toISOString())));
    if (mayGrow(report)) looking.go();
    else looking.stop();
  };
  return { element, draw };
}

/** @param {Context} context @param {(found: "news" | import("./problems.js").Problem) => void} tell */
function lookAgain({ report, api, seen }, tell) {
  let timer = 0;
  let wait_ms = SOONEST_MS;
  let busy = false;
  let whole_ms = performance.now();
  const stop = () => clearTimeout(timer);
  const go = () => {
    stop();
    if (seen.stopped || seen.over.aborted || !mayGrow(report) || document.hidden) return;
    // Not all at the same moment, whoever they are.
    timer = setTimeout(() => void look(), wait_ms * (0.9 + 0.2 * Math.random()));
  };
  const look = async () => {
    if (busy || seen.over.aborted) return;
    busy = true;
    const asked_ms = performance.now();
    const shown = { result: report.result, evaluation: report.result.evaluation };
    try {
      const whole = asked_ms - whole_ms > WHOLE_MS;
      const known = api.etag;
      const newer = await (whole ? api.report() : api.newer());
      const news = newer !== null && (known === null || api.etag !== known);
      if (newer) whole_ms = asked_ms;
      const took_ms = performance.now() - asked_ms;
      wait_ms = news ? SOONEST_MS : wait_ms * 1.5;
      wait_ms = Math.min(LATEST_MS, Math.max(wait_ms, SHARE * took_ms));
      // What was refreshed or decided meanwhile is newer than this.
      const same = shown.result === report.result && shown.evaluation === report.result.evaluation;
      if (newer && same && !seen.stopped && !seen.over.aborted) {
        seen.renew(newer);
        if (news) tell("news");
      }
    } catch (error) {
      const problem = problemOf(error);
      if (problem === "erased") return seen.lost(problem);
      wait_ms = Math.min(LATEST_MS, wait_ms * 2);
      if (isFinal(problem)) {
        seen.stopped = true;
        tell(problem);
      }
    } finally {
      busy = false;
    }
    go();
  };
  const shown = () => {
    stop();
    if (!document.hidden && !seen.stopped && mayGrow(report)) void look();
  };
  document.addEventListener("visibilitychange", shown, { signal: seen.over });
  seen.over.addEventListener("abort", stop);
  return { go, stop };
}
