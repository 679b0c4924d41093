import { attr, button, enable, h, setText } from "../page/dom.js";
import { OVER } from "./model.js";
import { isFinal, problemOf } from "./problems.js";

/** @typedef {import("./page.js").Context} Context */
/** @typedef {import("./types.js").Report} Report */

/** A screen reader speaks what changes in a region that was there before. */
const SPOKEN_MS = 150;

/** Whether the same report may say more in a while. @param {Report} report */
export function mayGrow({ interview, result }) {
  return !OVER.has(interview.status) || interview.partial || result.review?.status === "open";
}

/**
 * Of which moment the report is, and a button for a newer one. Nothing moves by itself under who
 * reads or listens. @param {Context} context
 */
export function freshPart(context) {
  const { report, words, format, api, seen } = context;
  if (!mayGrow(report)) return null;
  const s = words.fresh;
  const told = h("span", { attrs: { role: "status" } });
  const asOf = s.asOf(format.date(new Date().toISOString()));
  if (seen.refreshed) setTimeout(() => setText(told, asOf), SPOKEN_MS);
  else setText(told, asOf);
  const refresh = async () => {
    enable(one, false);
    attr(one, "aria-busy", true);
    setText(told, s.busy);
    try {
      seen.renew(await api.report());
    } catch (error) {
      const problem = problemOf(error);
      if (problem === "erased") return seen.lost(problem);
      setText(told, isFinal(problem) ? words.problem[problem].join(". ") : s.failed);
      attr(one, "aria-busy", null);
      enable(one, true);
    }
  };
  const one = button(s.refresh, () => void refresh(), { class: "button secondary refresh" });
  return h("div", { class: "fresh screen-only" }, told, one);
}
