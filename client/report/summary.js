import { h } from "../page/dom.js";
import { clock } from "./timeline.js";

/** @typedef {import("./page.js").Context} Context */
/** @typedef {import("./model.js").Shown} Shown */

/** What became of the summary at the end, in one sentence; "": it was not offered. @param {Context} context */
export function summaryNote({ report, words }) {
  const summary = report.result.summary;
  if (!summary) return "";
  const s = words.answers.summed;
  const what = s.status[summary.status];
  return summary.corrected ? `${what} ${s.corrected(summary.corrected)}` : what;
}

/** What the candidate said about this answer when it was read out: beside what was heard. @param {Context} context @param {Shown} shown */
export function summaryCorrections({ report, words, format }, { answer }) {
  const made = answer.summary_corrections;
  if (!made.length) return null;
  const s = words.answers.summed;
  return h(
    "div",
    { class: "correction" },
    ...made.flatMap((one) => [
      h("p", {
        class: "mark",
        text: `${one.by === "voice" ? s.said : s.written}, ${one.start_s === null ? format.date(one.at) : clock(one.start_s)}`,
      }),
      h("p", { class: "said", text: one.text, attrs: { dir: "auto", lang: report.interview.locale } }),
      one.original
        ? h("p", { class: "fine" }, `${s.original} `, h("q", { text: one.original, attrs: { dir: "auto" } }))
        : null,
    ]),
  );
}
