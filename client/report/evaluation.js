import { button, h } from "../page/dom.js";
import { icon } from "../page/icons.js";
import { decidePart } from "./decide.js";
import { clock } from "./timeline.js";

/** @typedef {import("./page.js").Context} Context */
/** @typedef {import("./types.js").Criterion} Criterion */
/** @typedef {import("./types.js").Quote} Quote */
/** @typedef {import("./types.js").Decision} Decision */

/** What there is of it as a whole: what is proposed, what is decided, and by whom only. @param {Context} context */
export function evaluationPart(context) {
  const { evaluation } = context.report.result;
  if (!evaluation) return null;
  const s = context.words.evaluation;
  const heading = h("h2", { class: "part-title", text: s.title, attrs: { id: "evaluation" } });
  const about = h("div", { class: "evaluation-about" });
  const draw = () => about.replaceChildren(...summary(context));
  draw();
  drawAgain(context, about, draw);
  return h("section", { class: "evaluation-whole", attrs: { "aria-labelledby": "evaluation" } }, heading, about);
}

/** @param {Context} context */
function summary({ report, words, format }) {
  const s = words.evaluation;
  const found = report.result.evaluation;
  if (!found) return [];
  const final = found.criteria.filter((one) => one.final).length;
  const lines = [];
  if (found.status === "pending") lines.push(s.pending);
  else if (found.status === "failed") lines.push(s.failed);
  else if (found.runs === 0) lines.push(s.scripted);
  else lines.push(s.madeBy(found.model, found.made_at ? format.date(found.made_at) : ""));
  if (found.criteria.length) lines.push(s.count(final, found.criteria.length - final));
  const texts = lines.map((text) => h("p", { text }));
  return [...texts, h("p", { class: "only-people", text: s.onlyPeople })];
}

/** What is proposed for one question, criterion by criterion. @param {Context} context @param {import("./model.js").Shown} shown */
export function criteriaPart(context, { answer, id, followUps }) {
  const found = context.report.result.evaluation;
  const mine = found?.criteria.filter((one) => one.question_id === answer.question_id) ?? [];
  const prompts = new Set([answer, ...followUps.map((one) => one.answer)].map((one) => one.prompt_id));
  const flagged = found?.flags.some((flag) => prompts.has(flag.prompt_id));
  if (answer.kind !== "question" || !(mine.length || flagged)) return null;
  const s = context.words.evaluation;
  const title = h("h4", { class: "evaluation-title", text: s.title, attrs: { id: `${id}-evaluation` } });
  const flag = h("p", { class: "warned with-icon" }, icon("warning"), h("span", { text: s.flag }));
  const parts = mine.map((_, at) => criterionPart(context, answer.question_id, at));
  return h("div", { class: "criteria" }, title, flagged ? flag : null, ...parts);
}

/** One criterion; drawn again when somebody has decided. @param {Context} context @param {string | null} question @param {number} at */
function criterionPart(context, question, at) {
  const holder = h("div", { class: "criterion" });
  let shown = "";
  const draw = () => {
    const all = context.report.result.evaluation?.criteria ?? [];
    const one = all.filter((criterion) => criterion.question_id === question)[at];
    // What somebody types about this one stays when another one is decided.
    const now = one ? JSON.stringify(one) : "";
    if (!one || now === shown) return;
    shown = now;
    holder.dataset.status = one.final ? "final" : one.status;
    holder.replaceChildren(...criterion(context, one));
  };
  draw();
  drawAgain(context, holder, draw);
  return holder;
}

/** With each decision, for as long as it is on the page. @param {Context} context @param {HTMLElement} element @param {() => void} draw */
function drawAgain({ decisions }, element, draw) {
  const again = () => {
    if (element.isConnected) draw();
    else decisions.delete(again);
  };
  decisions.add(again);
}

/** @param {Context} context @param {Criterion} one @returns {HTMLElement[]} */
function criterion(context, one) {
  const { words, report } = context;
  const s = words.evaluation;
  const lang = report.interview.locale;
  const parts = [
    h("h5", { class: "criterion-text", text: one.criterion, attrs: { dir: "auto", lang } }),
    one.decision ? decided(context, one.decision, context.words.evaluation.final) : null,
    proposal(context, one),
    ...one.reasons.map((reason) =>
      h("p", { class: "warned with-icon reason" }, icon("info"), h("span", { text: why(context, one, reason.code) })),
    ),
    one.quotes.length
      ? h("ul", { class: "quotes", attrs: { "aria-label": s.evidence } }, ...one.quotes.map((q) => quote(context, q)))
      : null,
    one.decisions.length > 1 ? history(context, one) : null,
    decidePart(context, one),
  ];
  return parts.filter((part) => part !== null);
}

/** What the model says, never without the word for what it is. @param {Context} context @param {Criterion} one */
function proposal({ words, format }, one) {
  const s = words.evaluation;
  if (one.score === null) return h("p", { class: "proposal", text: s.none[one.status] ?? s.none.not_judged });
  const spread = one.spread ? s.spread(one.scores.map((score) => format.number(score)).join(", ")) : s.agreed;
  return h(
    "p",
    { class: "proposal" },
    h("span", { class: "tag", text: s.proposed }),
    " ",
    h("strong", { text: s.of(format.number(one.score)) }),
    one.scores.length > 1 ? h("span", { class: "fine", text: ` ${spread}` }) : null,
    one.status === "needs_human" ? h("span", { class: "needs", text: ` ${s.needsHuman}` }) : null,
  );
}

/** In plain words; a reason of a newer server in its own. @param {Context} context @param {Criterion} one @param {string} code */
function why({ words }, one, code) {
  /** @type {Record<string, string>} */
  const known = words.evaluation.reasons;
  return known[code] ?? one.reasons.find((reason) => reason.code === code)?.message ?? code;
}

/** The candidate's own words, which play. @param {Context} context @param {Quote} one */
function quote({ words, report, player, canPlay }, one) {
  const s = words.evaluation;
  const { start_s } = one;
  const said = h("q", { text: one.text, attrs: { dir: "auto", lang: report.interview.locale } });
  const notes = [];
  if (one.turn_epoch === null) notes.push(s.corrected);
  else if (start_s === null) notes.push(words.turn.typed);
  if (one.repaired) notes.push(s.repaired);
  const at = start_s === null ? "" : clock(start_s);
  const play =
    start_s === null || !canPlay
      ? h("span", { class: "from still", text: at })
      : button(at, () => player.play(start_s), {
          class: "from",
          icon: icon("play"),
          attrs: { "aria-label": `${s.playQuote}, ${at}` },
        });
  return h(
    "li",
    {},
    play,
    h("span", {}, said, notes.length ? h("span", { class: "fine", text: ` ${notes.join(", ")}` }) : null),
  );
}

/** `tag`: what it counts as, where it counts. @param {Context} context @param {Decision} decision @param {string} [tag] */
function decided({ words, format }, decision, tag) {
  const s = words.evaluation;
  const score = decision.score === null ? s.noScore : s.of(format.number(decision.score));
  return h(
    "p",
    { class: "decided" },
    tag ? h("span", { class: "tag", text: `${tag} ` }) : null,
    h("strong", { text: score }),
    h("span", { class: "fine", text: ` ${s.by(decision.by, format.date(decision.at))}` }),
    decision.reason
      ? h("span", { class: "decided-why", text: ` ${decision.reason}`, attrs: { dir: "auto", lang: "" } })
      : null,
  );
}

/** Everything that was decided before. @param {Context} context @param {Criterion} one */
function history(context, one) {
  const before = one.decisions.slice(0, -1).map((decision) => h("li", {}, decided(context, decision)));
  return h(
    "details",
    { class: "history" },
    h("summary", { text: context.words.evaluation.before(before.length) }),
    h("ol", {}, ...before),
  );
}

/** Whether a word was quoted, by its time. @param {import("./types.js").Report} report @param {number} start_s @param {number} end_s */
export function isQuoted(report, start_s, end_s) {
  const middle_s = (start_s + end_s) / 2;
  return (report.result.evaluation?.criteria ?? []).some((one) =>
    one.quotes.some((q) => q.start_s !== null && q.end_s !== null && q.start_s <= middle_s && middle_s <= q.end_s),
  );
}

/**
 * A typed text in stretches, those that were quoted marked.
 * @param {import("./types.js").Report} report @param {string} promptId @param {string} text
 * @returns {{text: string, quoted: boolean}[]}
 */
export function typedPieces(report, promptId, text) {
  const quotes = (report.result.evaluation?.criteria ?? []).flatMap((one) => one.quotes);
  const typed = quotes.filter((q) => q.prompt_id === promptId && q.start_s === null && q.turn_epoch !== null && q.text);
  const spans = typed
    .map((q) => ({ from: text.indexOf(q.text), length: q.text.length }))
    .filter((one) => one.from >= 0);
  const ends = spans.flatMap(({ from, length }) => [from, from + length]);
  const cuts = [...new Set([0, ...ends, text.length])].sort((a, b) => a - b);
  return cuts.slice(1).map((end, at) => {
    const from = cuts[at] ?? 0;
    const quoted = spans.some((one) => one.from <= from && end <= one.from + one.length);
    return { text: text.slice(from, end), quoted };
  });
}
