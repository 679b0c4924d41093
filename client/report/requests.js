import { button, h } from "../page/dom.js";
import { icon } from "../page/icons.js";
import { clock } from "./timeline.js";

/** @typedef {import("./page.js").Context} Context */
/** @typedef {import("./types.js").Request} Request */

/** What the candidate asked for: when, what, about which question, and in which words. @param {Context} context */
export function requestsPart(context) {
  const { report, words } = context;
  const { requests } = report.result;
  if (!requests.length) return null;
  const s = words.requests;
  return h(
    "section",
    { class: "requests", attrs: { "aria-labelledby": "requests" } },
    h("h2", { class: "part-title", text: s.title, attrs: { id: "requests" } }),
    h("ol", {}, ...requests.map((one) => row(context, one))),
  );
}

/** @param {Context} context @param {Request} request */
function row(context, request) {
  const { report, words } = context;
  const { intent, by, text, prompt_id, answer } = request;
  const s = words.requests;
  /** @type {Record<string, string>} */
  const names = s.intents;
  const index = report.result.answers.findIndex((answer) => answer.prompt_id === prompt_id);
  const number = report.coverage.find((one) => one.prompt_id === prompt_id)?.number ?? "";
  const said = text
    ? h("q", { text, attrs: { dir: "auto", lang: report.interview.locale } })
    : by === "click" && h("span", { class: "fine", text: s.clicked });
  const place = index >= 0 && h("a", { text: placeName(context, index, number), attrs: { href: `#p-${index + 1}` } });
  return h(
    "li",
    {},
    when(context, request),
    h("span", { class: "request-name", text: names[intent] ?? s.other }),
    place,
    said,
    answer && answered(context, answer),
  );
}

/** What the interviewer said to it. @param {Context} context @param {NonNullable<Request["answer"]>} answer */
function answered({ report, words }, { text }) {
  return h(
    "p",
    { class: "request-answer" },
    h("span", { class: "fine", text: words.requests.answered }),
    " ",
    h("q", { text, attrs: { dir: "auto", lang: report.interview.locale } }),
  );
}

/** @param {Context} context @param {number} index @param {string} number */
function placeName({ report, words }, index, number) {
  const s = words.answers;
  const kind = report.result.answers[index]?.kind;
  if (kind === "practice") return s.practice;
  if (kind === "candidate_questions") return s.theirs;
  if (kind === "summary") return s.summed.name;
  return kind === "follow_up" ? s.followUp(number) : s.question(number);
}

/** A click has no sound: its time is that of the clock. @param {Context} context @param {Request} request */
function when({ words, player, canPlay }, { at, at_s }) {
  if (at_s === null) {
    const time = new Date(at).toLocaleTimeString(words.lang, { timeStyle: "short" });
    return h("time", { class: "from still", text: time, attrs: { datetime: at } });
  }
  const clocked = clock(at_s);
  if (!canPlay) return h("span", { class: "from still", text: clocked });
  return button(clocked, () => player.play(at_s), {
    class: "from",
    icon: icon("play"),
    attrs: { "aria-label": words.answers.playFrom(clocked) },
  });
}
