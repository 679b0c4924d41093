import { h, show } from "../page/dom.js";
import { legend } from "./head.js";
import { marks, sections } from "./model.js";
import { textOf } from "./parts.js";
import { clock } from "./timeline.js";

/** @typedef {import("./page.js").Context} Context */

/** Between two numbers: what a finger can tell apart. */
const LEAST_PX = 26;

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

/** All that it is made from; the picture itself is painted again anyway. @param {import("./types.js").Report} report */
export function overviewShows(report) {
  const { questions } = sections(report);
  const places = questions.map(({ number, start_s, answer }) => [number, start_s, answer.asked_text]);
  return textOf([report.duration_s, report.spans.map((span) => span.kind), places, marks(report)]);
}

/** The numbers of the questions, where they were asked. @param {Context} context */
function places({ report, words }) {
  const { questions } = sections(report);
  const list = h("ol", { class: "places", attrs: { dir: "ltr", "aria-label": words.contents } });
  /** @type {{item: HTMLElement, share: number}[]} */
  const items = [];
  for (const { number, start_s, id, answer } of questions) {
    if (start_s === null) continue;
    const share = (100 * start_s) / report.duration_s;
    const title = `${clock(start_s)} ${answer.asked_text}`;
    const attrs = { href: `#${id}`, title, lang: report.interview.locale };
    const item = h("li", {}, h("a", { text: number, attrs }));
    item.style.left = `${share.toFixed(2)}%`;
    items.push({ item, share });
    list.append(item);
  }
  new ResizeObserver(() => thin(items, list.clientWidth)).observe(list);
  return list;
}

/** Where numbers would stand too close, the later one is left to the list of questions. @param {{item: HTMLElement, share: number}[]} items @param {number} width */
function thin(items, width) {
  let last = Number.NEGATIVE_INFINITY;
  for (const { item, share } of items) {
    const at = (share / 100) * width;
    show(item, at - last >= LEAST_PX && at <= width - LEAST_PX);
    if (!item.hidden) last = at;
  }
}
