import { button, h } from "../page/dom.js";
import { icon } from "../page/icons.js";
import { isQuoted, typedPieces } from "./evaluation.js";
import { pieces, turnKind } from "./model.js";
import { clock } from "./timeline.js";

/** @typedef {import("./page.js").Context} Context */
/** @typedef {import("./types.js").Turn} Turn */
/** @typedef {import("./types.js").Spoken} Spoken */
/** @typedef {import("./model.js").Piece} Piece */

/** What was said at one time. @param {Context} context @param {Turn} turn @param {number} index @param {string} promptId */
export function turnPart(context, turn, index, promptId) {
  const { words } = context;
  const kind = turnKind(turn);
  const marks = marksOf(context, turn);
  return h(
    "div",
    { class: "turn", attrs: { "data-kind": kind, "data-mode": turn.mode, "data-index": index } },
    turn.mode === "text" ? h("span", { class: "from still" }, icon("keyboard")) : playButton(context, turn.start_s),
    h(
      "div",
      { class: "turn-body" },
      ...marks.map((text) => h("p", { class: "mark", text })),
      turn.text ? said(context, turn, promptId) : h("p", { class: "said none", text: words.turn.noWords }),
      untranscribed(context, turn),
      rejected(context, turn),
    ),
  );
}

/** Spoken ones play; of typed ones no times are known. @param {Context} context @param {Turn} turn @param {string} promptId */
function said(context, turn, promptId) {
  const { report } = context;
  if (turn.mode !== "text")
    return text(context, turn.text, withQuotes(context, pieces(turn, report.quality.low_confidence)));
  const found = typedPieces(report, promptId, turn.text).map((one) =>
    one.quoted ? h("span", { class: "quoted", text: one.text }) : one.text,
  );
  return h("p", { class: "said", attrs: { dir: "auto", lang: report.interview.locale } }, ...found);
}

/** @param {Context} context @param {Turn} turn @returns {string[]} */
function marksOf({ words }, turn) {
  const s = words.turn;
  const found = [];
  if (turn.mode === "text") found.push(s.typed);
  if (turn.set_aside) found.push(turn.set_aside === "echo" ? s.echo : s.backchannel);
  else if (turn.request) {
    /** @type {Record<string, string>} */
    const names = words.requests.intents;
    found.push(`${s.request}: ${names[turn.request] ?? words.requests.other}`);
  }
  return found;
}

/** @param {Context} context @param {Piece[]} of @returns {Piece[]} */
function withQuotes({ report }, of) {
  if (!report.result.evaluation) return of;
  return of.map((piece) => ({ ...piece, quoted: isQuoted(report, piece.start_s, piece.end_s) }));
}

/** Words that can be played, or where none are known the text. @param {Context} context @param {string} whole @param {Piece[]} of @param {string} [className] */
function text({ report, said, canPlay }, whole, of, className = "said") {
  const lang = report.interview.locale;
  if (!of.length || !canPlay) return h("p", { class: className, text: whole, attrs: { dir: "auto", lang } });
  return said.paragraph(of, { lang, hint: "word-hint", class: className });
}

/** @param {Context} context @param {number | null} at_s */
function playButton({ words, player, canPlay }, at_s) {
  if (at_s === null) return h("span", { class: "from still" });
  if (!canPlay) return h("span", { class: "from still", text: clock(at_s) });
  return button(clock(at_s), () => player.play(at_s), {
    class: "from",
    icon: icon("play"),
    attrs: { "aria-label": words.answers.playFrom(clock(at_s)) },
  });
}

/** @param {Context} context @param {Turn} turn */
function untranscribed({ words, canPlay }, turn) {
  if (!turn.untranscribed) return null;
  const s = words.turn;
  const told = canPlay ? s.untranscribed : s.untranscribedNoSound;
  return h("p", { class: "warned with-icon" }, icon("warning"), h("span", { text: told }));
}

/** @param {Context} context @param {Turn} turn */
function rejected(context, turn) {
  if (!turn.rejected.length) return null;
  const { report, words } = context;
  const items = turn.rejected.map((one) =>
    h(
      "li",
      {},
      playButton(context, one.start_s),
      h("span", { class: "struck", text: one.text, attrs: { dir: "auto", lang: report.interview.locale } }),
      h("span", { class: "fine", text: ` ${one.reason}` }),
    ),
  );
  return h("div", { class: "rejected" }, h("p", { class: "mark", text: words.turn.rejected }), h("ul", {}, ...items));
}

/** What the interviewer said beside the question. @param {Context} context @param {Spoken} spoken */
export function interviewerLine(context, spoken) {
  const { words } = context;
  const heard = spoken.words.map((word) => ({
    text: word.text.trim(),
    start_s: word.start_s,
    end_s: word.end_s,
    unsure: false,
    after: " ",
  }));
  const last = heard.at(-1);
  const whole = heard.map((one) => one.text).join(" ");
  if (last) last.after = "";
  const cut = !spoken.complete && spoken.duration_s > 0;
  return h(
    "div",
    { class: "turn interviewer" },
    spoken.start_s === null ? h("span", { class: "from still" }) : playButton(context, spoken.start_s),
    h(
      "div",
      { class: "turn-body" },
      h("p", {
        class: "mark",
        text: cut ? `${words.turn.interviewer}, ${words.turn.unheard}` : words.turn.interviewer,
      }),
      text(context, heard.length ? whole : spoken.text, spoken.start_s === null ? [] : heard),
    ),
  );
}
