import { h } from "../page/dom.js";
import { legend } from "./head.js";
import { sections } from "./model.js";
import { clock } from "./timeline.js";

/** @typedef {import("./page.js").Context} Context */

/** The whole interview at a glance: loudness, what is missing, and where the questions begin. @param {Context} context */
export function overviewPart(context) {
  const { report, words, waves, format } = context;
  if (!context.hasWave || report.duration_s <= 0) return null;
  const count = (/** @type {string} */ kind) => report.spans.filter((span) => span.kind === kind).length;
  const duration = format.duration(report.duration_s);
  const label = words.overview.label(duration, count("turn"), count("lost"), count("concealed"));
  const picture = waves.make({ start_s: 0, end_s: report.duration_s, label, class: "wave whole" });
  return h(
    "section",
    { class: "overview", attrs: { "aria-labelledby": "overview" } },
    h("h2", { class: "part-title", text: words.overview.title, attrs: { id: "overview" } }),
    h("figure", {}, picture, places(context), h("figcaption", {}, legend(context))),
    context.canPlay ? h("p", { class: "fine how", text: words.legend.play }) : null,
  );
}

/** The numbers of the questions, where they were asked. @param {Context} context */
function places({ report, words }) {
  const { questions } = sections(report);
  const list = h("ol", { class: "places", attrs: { "aria-label": words.contents } });
  let last = -1;
  for (const { number, start_s, id, answer } of questions) {
    if (start_s === null) continue;
    const share = (100 * start_s) / report.duration_s;
    const item = h(
      "li",
      {},
      h("a", { text: number, attrs: { href: `#${id}`, title: `${clock(start_s)} ${answer.asked_text}` } }),
    );
    item.style.insetInlineStart = `${share.toFixed(2)}%`;
    // Where they stand too close, the later one is left to the list of questions.
    if (share - last < 3.2) item.hidden = true;
    else last = share;
    list.append(item);
  }
  return list;
}
