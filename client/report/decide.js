import { attr, button, enable, h, setText } from "../page/dom.js";
import { asInterviewError } from "../sdk/errors.js";
import { isFinal, problemOf } from "./problems.js";

/** @typedef {import("./page.js").Context} Context */
/** @typedef {import("./types.js").Criterion} Criterion */

const SCORES = [1, 2, 3, 4, 5];
let ids = 0;
/** As it was typed last: whoever decides about one criterion decides about the next. */
let name = "";

/** Where this link may decide: the proposal confirmed, or another score with a reason. @param {Context} context @param {Criterion} one */
export function decidePart(context, one) {
  const url = context.report.links.decisions;
  if (!url) return null;
  const s = context.words.evaluation;
  const id = `decide-${++ids}`;
  const by = h("input", { attrs: { id: `${id}-by`, type: "text", maxlength: 200, autocomplete: "name" } });
  by.value = name;
  const why = h("textarea", { attrs: { id: `${id}-why`, rows: 2, maxlength: 2000 } });
  const score = h(
    "select",
    { attrs: { id: `${id}-score` } },
    ...SCORES.map((value) => h("option", { text: s.of(String(value)), attrs: { value } })),
    h("option", { text: s.noScore, attrs: { value: "" } }),
  );
  score.value = one.score === null ? "" : String(Math.round(one.score));
  const told = h("p", { class: "decide-told", attrs: { role: "alert" } });
  const about = {
    question_id: one.question_id,
    criterion_id: one.criterion_id,
    expected: one.decisions.length,
    renewed: context.report.result.evaluation?.renewed ?? 0,
  };
  const send = async (/** @type {Record<string, unknown>} */ body, /** @type {HTMLButtonElement} */ pressed) => {
    name = by.value.trim();
    const missing = !name ? s.needsName : body.action === "override" && !why.value.trim() ? s.needsReason : "";
    attr(by, "aria-invalid", name ? null : "true");
    setText(told, missing);
    if (missing) return (name ? why : by).focus();
    await decided(context, url, { ...about, ...body, by: name, reason: why.value.trim() }, pressed, told);
  };
  const confirm = button(s.confirm, () => void send({ action: "confirm" }, confirm), { class: "button primary" });
  const other = { action: "override" };
  const override = button(
    s.override,
    () => void send({ ...other, score: score.value ? Number(score.value) : null }, override),
    { class: "button secondary" },
  );
  // Without a score there is one thing to confirm: that there is no evidence for any.
  const may = one.score === null ? one.status === "insufficient_evidence" : Number.isInteger(one.score);
  const field = (/** @type {string} */ label, /** @type {HTMLElement} */ input) =>
    h("div", { class: "field" }, h("label", { text: label, attrs: { for: input.id } }), input);
  return h(
    "details",
    { class: "decide screen-only" },
    h("summary", { text: one.final ? s.decideAgain : s.decide }),
    h(
      "div",
      { class: "decide-form" },
      field(s.name, by),
      field(s.reason, why),
      may ? confirm : null,
      h("div", { class: "decide-other" }, field(s.other, score), override),
      told,
    ),
  );
}

/**
 * @param {Context} context @param {string} url @param {Record<string, unknown>} body
 * @param {HTMLButtonElement} pressed @param {HTMLElement} told
 */
async function decided(context, url, body, pressed, told) {
  const { api, report, words, seen, decisions } = context;
  const s = words.evaluation;
  const criterion = pressed.closest(".criterion");
  enable(pressed, false);
  attr(pressed, "aria-busy", true);
  try {
    report.result.evaluation = await api.decide(url, body);
    for (const draw of decisions) draw();
    formOf(criterion)?.querySelector("summary")?.focus();
    context.tell(s.saved);
    return;
  } catch (error) {
    const problem = problemOf(error);
    if (problem === "erased") return seen.lost(problem);
    const { code } = asInterviewError(error);
    const stale = code === "decided_otherwise" ? s.otherwise : code === "judged_again" ? s.judgedAgain : "";
    setText(told, stale || (isFinal(problem) ? words.problem[problem].join(". ") : s.failedToSave));
    if (stale && (await again(context, stale))) return reopen(criterion, String(body.reason));
  }
  attr(pressed, "aria-busy", null);
  enable(pressed, true);
}

/** What has become of it meanwhile is shown; what was typed here is not sent again by itself. @param {Context} context @param {string} said */
async function again(context, said) {
  const { api, report, decisions } = context;
  const newer = await api.report().catch(() => null);
  if (!newer) return false;
  report.result.evaluation = newer.result.evaluation;
  for (const draw of decisions) draw();
  context.tell(said);
  return true;
}

/** It was drawn again: the form that is there now. @param {Element | null} criterion @returns {HTMLDetailsElement | null} */
function formOf(criterion) {
  return criterion?.querySelector("details.decide") ?? null;
}

/** What was typed is there still, to be sent after all, or not. @param {Element | null} criterion @param {string} reason */
function reopen(criterion, reason) {
  const form = formOf(criterion);
  const why = form?.querySelector("textarea");
  if (!form || !why) return;
  form.open = true;
  why.value = reason;
  why.focus();
}
