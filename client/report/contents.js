import { h } from "../page/dom.js";
import { sections } from "./model.js";

/** @typedef {import("./page.js").Context} Context */

/** The questions at the side of a wide window, and how each was answered. @param {Context} context */
export function contentsPart({ report, words }) {
  const { questions } = sections(report);
  if (questions.length < 2) return null;
  /** @type {Record<string, string>} */
  const names = words.answers.status;
  const items = questions.map(({ id, number, answer }) =>
    h(
      "li",
      {},
      h(
        "a",
        { attrs: { href: `#${id}`, "data-status": answer.status } },
        h("span", { class: "contents-number", text: number }),
        h("span", {
          class: "contents-text",
          text: answer.asked_text,
          attrs: { dir: "auto", lang: report.interview.locale },
        }),
        answer.status === "answered" ? null : h("span", { class: "contents-status", text: names[answer.status] ?? "" }),
      ),
    ),
  );
  return h(
    "nav",
    { class: "contents", attrs: { "aria-label": words.contents } },
    h("h2", { class: "part-title", text: words.contents }),
    h("ol", {}, ...items),
  );
}
