import { h } from "../page/dom.js";
import { icon } from "../page/icons.js";
import { freshPart, mayGrow } from "./fresh.js";
import { facts, marks, standing } from "./model.js";
import { Parts, plain } from "./parts.js";

/** @typedef {import("./page.js").Context} Context */

/** Title, whose, when, how far, and whether it can be relied on. @param {Context} context */
export function headPart(context) {
  const { report, words } = context;
  const element = h("header", { class: "report-head" });
  const parts = new Parts(element);
  const fresh = freshPart(context);
  const draw = () => {
    const { title, locale } = report.interview;
    const state = standing(report);
    const [name = "", text = ""] = words.standing[state];
    const attrs = { dir: "auto", lang: locale, tabindex: -1 };
    parts.draw([
      plain("eyebrow", h("p", { class: "eyebrow", text: words.report })),
      plain("title", h("h1", { text: title || words.untitled, attrs })),
      plain("properties", properties(context, name, state)),
      plain("notice", state === "complete" ? null : notice(state, text)),
      { key: "fresh", shows: String(mayGrow(report)), make: () => (mayGrow(report) ? fresh.element : null) },
      ...report.result.notices.map((one) => plain(one, h("p", { class: "notice", text: one, attrs: { dir: "auto" } }))),
      plain("figures", figures(context)),
      plain("quality", quality(context)),
    ]);
    fresh.draw();
  };
  return { element, draw };
}

/** @param {Context} context @param {string} status @param {string} state */
function properties({ report, words, format }, status, state) {
  const { interview } = report;
  const at = interview.started_at ?? interview.created_at;
  const name = interview.candidate_external_id;
  return h(
    "dl",
    { class: "properties" },
    property(words.head.candidate, h("bdi", { text: name ?? words.head.unknown })),
    property(words.head.date, h("time", { text: format.date(at), attrs: { datetime: at } })),
    report.duration_s > 0 ? property(words.head.duration, format.duration(report.duration_s)) : null,
    property(words.head.status, h("span", { class: "badge-text", text: status, attrs: { "data-state": state } })),
  );
}

/** @param {string} name @param {Node | string} value */
function property(name, value) {
  return h("div", {}, h("dt", { text: name }), h("dd", {}, value));
}

/** @param {string} state @param {string} text */
function notice(state, text) {
  return h(
    "p",
    { class: "notice with-icon", attrs: { "data-state": state, role: "note" } },
    icon("info"),
    h("span", { text }),
  );
}

/** The figures of who has nothing else to judge by. @param {Context} context */
function figures({ report, words, format }) {
  const f = facts(report);
  const s = words.head;
  if (!f.of) return null;
  return h(
    "dl",
    { class: "figures" },
    property(s.answered, s.of(f.answered, f.of)),
    f.followUps ? property(s.followUps, format.number(f.followUps)) : null,
    property(s.speaking, format.duration(f.speaking_s)),
    property(s.words, format.number(f.words)),
    property(s.unsure, f.words ? format.share(f.unsure / Math.max(1, f.words)) : "–"),
  );
}

/** @param {Context} context */
function quality(context) {
  const { report, words } = context;
  const { usable, reasons } = report.quality;
  const s = words.quality;
  if (!report.interview.started_at) return null;
  const sorted = [...reasons].sort((a, b) => Number(b.limits_use) - Number(a.limits_use));
  const list = sorted.map((reason) => h("li", { text: reasonText(context, reason) }));
  const lead = usable ? (reasons.length ? s.notes : s.good) : s.badText;
  return h(
    "section",
    { class: "quality", attrs: { "data-usable": String(usable), "aria-labelledby": "quality" } },
    icon(usable ? "check" : "warning"),
    h(
      "div",
      {},
      h("h2", { text: usable ? s.title : s.bad, attrs: { id: "quality" } }),
      h("p", { text: lead }),
      list.length ? h("ul", {}, ...list) : null,
    ),
  );
}

/** The server's words are English; the page has its own for what it knows. @param {Context} context @param {import("./types.js").Quality["reasons"][number]} reason */
function reasonText({ words, format }, { code, message, value }) {
  /** @type {Record<string, (value: string) => string>} */
  const known = words.quality.reasons;
  const say = known[code];
  if (words.lang === "en" || !say) return message;
  if (value === null) return say.length ? message : say("");
  if (code === "loss" || code === "low_confidence") return say(format.share(value));
  if (code === "untranscribed") return say(format.duration(value));
  if (code === "lost_audio" || code === "unkept_audio") return say(format.duration(value / 1000));
  return say(code === "quiet" ? `${format.number(Math.round(value))} dBFS` : format.number(value));
}

/** What the marks mean; those that are in this report. @param {Context} context */
export function legend({ report, words, hasWave }) {
  const shown = marks(report);
  const s = words.legend;
  const key = (/** @type {string} */ kind, /** @type {string} */ text) =>
    h("li", {}, h("i", { class: `key key-${kind}`, attrs: { "aria-hidden": "true" } }), text);
  return h(
    "ul",
    { class: "legend", attrs: { "aria-label": s.title } },
    hasWave ? key("candidate", s.candidate) : null,
    hasWave ? key("interviewer", s.interviewer) : null,
    shown.lost ? key("lost", s.lost) : null,
    shown.concealed ? key("concealed", s.concealed) : null,
    shown.pause ? key("pause", s.pause) : null,
    shown.absent ? key("absent", s.absent) : null,
    shown.unsure ? h("li", {}, h("span", { class: "word unsure", text: s.unsure }), ` ${s.unsureText}`) : null,
  );
}
