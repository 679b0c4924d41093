import { attr, button, h, writtenIn } from "../page/dom.js";
import { icon } from "../page/icons.js";
import { criteriaPart } from "./evaluation.js";
import { sections } from "./model.js";
import { fixed, Parts, textOf } from "./parts.js";
import { summaryCorrections, summaryNote } from "./summary.js";
import { clock } from "./timeline.js";
import { interviewerLine, turnPart } from "./turn.js";

/** @typedef {import("./page.js").Context} Context */
/** @typedef {import("./model.js").Shown} Shown */
/** @typedef {import("./types.js").Spoken} Spoken */

/** Every prompt with what was said to it, and what the interviewer said around them. @param {Context} context */
export function answersPart(context) {
  const { words } = context;
  const attrs = { id: "answers", "aria-labelledby": "answers-title", tabindex: -1 };
  const title = h("h2", { class: "part-title", text: words.answers.title, attrs: { id: "answers-title" } });
  const none = h("p", { class: "none", text: words.answers.none });
  const element = h("section", { class: "answers", attrs });
  const parts = new Parts(element, (held) => context.said.again(held));
  const draw = () => {
    const { first, questions, last } = prompts(context);
    const told = questions.length ? [] : [fixed("none", none)];
    parts.draw([fixed("title", title), ...first, ...questions, ...told, ...last]);
  };
  return { element, draw };
}

/** @param {Context} context */
function prompts(context) {
  const { report, words } = context;
  const s = words.answers;
  const { questions, practice, theirs, summed } = sections(report);
  const first_s = Math.min(...[...practice, ...questions].map((one) => one.start_s ?? Number.POSITIVE_INFINITY));
  const apart = report.spoken.filter((one) => one.prompt_id === null);
  const opening = apart.filter((one) => (one.start_s ?? 0) <= first_s);
  const closing = apart.filter((one) => !opening.includes(one));
  const part = (/** @type {Shown} */ one, /** @type {{name: string, note?: string}} */ how) => ({
    key: one.answer.prompt_id,
    shows: textOf([how, ...[one, ...one.followUps].map((shown) => factsOf(context, shown))]),
    make: () => prompt(context, one, how),
  });
  const apartPart = (/** @type {string} */ name, /** @type {Spoken[]} */ spoken) => ({
    key: name,
    shows: textOf(spoken),
    make: () => around(context, name, spoken),
  });
  return {
    first: [
      apartPart(s.opening, opening),
      ...practice.map((one) => part(one, { name: s.practice, note: s.practiceNote })),
    ],
    questions: questions.map((one) => part(one, { name: s.question(one.number) })),
    last: [
      ...theirs.map((one) => part(one, { name: s.theirs })),
      ...summed.map((one) => part(one, { name: s.summed.name, note: summaryNote(context) })),
      apartPart(s.closing, closing),
    ],
  };
}

/** All that a prompt shows. @param {Context} context @param {Shown} shown */
function factsOf({ report }, { id, number, answer, asked: spoken, start_s, end_s }) {
  const found = report.result.evaluation;
  return {
    place: [id, number, start_s, end_s],
    answer,
    spoken,
    row: report.coverage.find((one) => one.prompt_id === answer.prompt_id),
    criteria: found?.criteria.filter((one) => one.question_id === answer.question_id),
    flags: found?.flags.filter((flag) => flag.prompt_id === answer.prompt_id),
    decides: Boolean(report.links.decisions),
  };
}

/** Addresses of sound expire: those of a newer report, in what is not drawn again. @param {Context} context @param {HTMLElement} root */
export function renewAddresses({ report, api }, root) {
  for (const row of report.coverage) {
    const link = row.audio_url && root.querySelector(`a[data-prompt="${CSS.escape(row.prompt_id)}"]`);
    if (link) attr(link, "href", api.url(row.audio_url ?? ""));
  }
}

/** The greeting, and the goodbye. @param {Context} context @param {string} name @param {Spoken[]} spoken */
function around(context, name, spoken) {
  if (!spoken.length) return null;
  const lines = spoken.map((one) => interviewerLine(context, one));
  return h("section", { class: "prompt around" }, h("h3", { class: "prompt-name", text: name }), ...lines);
}

/**
 * @param {Context} context @param {Shown} shown
 * @param {{name: string, note?: string, level?: "h3" | "h4"}} how
 * @returns {HTMLElement}
 */
function prompt(context, shown, { name, note = "", level = "h3" }) {
  const { words } = context;
  const { answer, id } = shown;
  const followUps = shown.followUps.map((one) =>
    prompt(context, one, { name: words.answers.followUp(one.number), level: "h4" }),
  );
  const kind = answer.kind === "practice" ? "prompt practice" : "prompt";
  return h(
    "section",
    { class: kind, attrs: { id, "data-status": answer.status, "aria-labelledby": `${id}-title` } },
    asked(context, shown, name, level),
    note ? h("p", { class: "fine", text: note }) : null,
    grounds(context, shown),
    about(context, shown),
    wave(context, shown),
    flow(context, shown),
    correction(context, shown),
    summaryCorrections(context, shown),
    followUps.length ? h("div", { class: "follow-ups" }, ...followUps) : null,
    criteriaPart(context, shown),
  );
}

/** @param {Context} context @param {Shown} shown @param {string} name @param {"h3" | "h4"} level */
function asked({ report, words, player, canPlay }, { answer, asked: spoken, id }, name, level) {
  const title = h(level, { class: "asked", attrs: { id: `${id}-title` } });
  const text = h("span", { class: "asked-text", text: answer.asked_text || words.answers.theirsAsked });
  if (answer.asked_text) {
    writtenIn(text, report.interview.locale);
    text.setAttribute("dir", "auto");
  }
  title.append(
    h("span", { class: "prompt-name", text: name }),
    h("span", { class: "visually-hidden", text: ": " }),
    text,
  );
  const first = spoken.find((one) => one.start_s !== null);
  const at_s = first?.start_s ?? answer.turns.find((turn) => turn.start_s !== null)?.start_s ?? null;
  const play =
    at_s === null || !canPlay
      ? null
      : button(clock(at_s), () => player.play(at_s), {
          class: "from",
          icon: icon("play"),
          attrs: { "aria-label": `${words.answers.playQuestion(name)}, ${clock(at_s)}` },
        });
  return h("div", { class: "prompt-head" }, title, play ?? time(at_s));
}

/** @param {number | null} at_s */
function time(at_s) {
  return at_s === null ? null : h("span", { class: "from still", text: clock(at_s) });
}

/** What a follow-up rests on: the candidate's own words. @param {Context} context @param {Shown} shown */
function grounds({ report, words }, { answer }) {
  const found = answer.grounded_on;
  if (!found?.quote) return null;
  const s = words.answers;
  const criterion = found.criterion_id ? ` · ${s.criterion(found.criterion_id)}` : "";
  const quote = h("q", { text: found.quote });
  writtenIn(quote, report.interview.locale);
  quote.setAttribute("dir", "auto");
  return h("p", { class: "fine" }, h("span", { text: `${s.askedAbout} ` }), quote, h("span", { text: criterion }));
}

/** How it was answered, in one line. @param {Context} context @param {Shown} shown */
function about({ report, words, format, api }, { answer }) {
  const s = words.answers;
  const row = report.coverage.find((one) => one.prompt_id === answer.prompt_id);
  /** @type {Record<string, string>} */
  const names = s.status;
  const parts = [h("span", { class: "status", text: names[answer.status] ?? answer.status })];
  if (row?.speaking_s) parts.push(h("span", { text: s.speaking(format.duration(row.speaking_s)) }));
  if (row?.words) parts.push(h("span", { text: s.words(row.words) }));
  if (answer.lost_ms) parts.push(h("span", { class: "bad", text: s.lost(format.duration(answer.lost_ms / 1000)) }));
  if (answer.concealed_ms >= 1000)
    parts.push(h("span", { text: s.concealed(format.duration(answer.concealed_ms / 1000)) }));
  if (row?.audio_url) {
    const attrs = { href: api.url(row.audio_url), download: "", "data-prompt": row.prompt_id };
    parts.push(h("a", { class: "screen-only", text: s.audio, attrs }));
  }
  return h("p", { class: "about" }, ...parts);
}

/** @param {Context} context @param {Shown} shown */
function wave({ hasWave, words, waves }, { start_s, end_s }) {
  if (!hasWave || start_s === null || end_s === null || end_s - start_s < 0.5) return null;
  const label = words.overview.wave(clock(start_s), clock(end_s));
  return waves.make({ start_s, end_s, label });
}

/** What was said, by both, in the order of time; what has no time stands where it was said. @param {Context} context @param {Shown} shown */
function flow(context, { answer, asked: spoken }) {
  /** @type {{at_s: number, make: () => HTMLElement}[]} */
  const items = [];
  const firstAsked = spoken.find((one) => one.kind === "question");
  for (const one of spoken) {
    // The question itself is the heading.
    if (one === firstAsked && one.complete) continue;
    const unplaced_s = one.kind === "wrap_up" ? Number.POSITIVE_INFINITY : 0;
    items.push({ at_s: one.start_s ?? unplaced_s, make: () => interviewerLine(context, one) });
  }
  let last_s = firstAsked?.start_s ?? 0;
  for (const [index, turn] of answer.turns.entries()) {
    last_s = turn.start_s ?? last_s;
    items.push({ at_s: last_s, make: () => turnPart(context, turn, index, answer.prompt_id) });
  }
  items.sort((a, b) => a.at_s - b.at_s);
  if (!items.length) return null;
  return h("div", { class: "flow" }, ...items.map((item) => item.make()));
}

/** Both versions stand: what was heard above, what the candidate wants it to be here. @param {Context} context @param {Shown} shown */
function correction({ report, words, format }, { answer }) {
  const made = answer.correction;
  if (!made) return null;
  const s = words.turn;
  const text = made.text || s.takenBack;
  const attrs = { dir: "auto", lang: made.text ? report.interview.locale : words.lang };
  return h(
    "div",
    { class: "correction" },
    h("p", { class: "mark", text: `${s.corrected}, ${format.date(made.at)}` }),
    h("p", { class: "said", text, attrs }),
    h("p", { class: "fine", text: s.correctedText }),
  );
}
