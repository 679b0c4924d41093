import { button, enable, h, setText, show } from "../page/dom.js";
import { evaluationChip } from "./evaluation.js";
import { failureLine, GROUPS, sentenceOf, statusChip, time } from "./parts.js";
import { words } from "./words.js";

/** @typedef {import("./api.js").Interview} Interview */
/** @typedef {import("./api.js").ConsoleApi} ConsoleApi */

const LIMIT = 20;
/**
 * What was looked for and on which page, for the way back from an interview.
 * @typedef {{text: string, status: string, cursors: string[]}} Kept `cursors`: where each page up to this one begins
 */

/** Every interview, narrowed and page by page. @param {ConsoleApi} api @param {Kept} kept @returns {import("./app.js").Screen} */
export function listScreen(api, kept) {
  const s = words.list;
  const heading = h("h1", { text: s.title, attrs: { tabindex: -1 } });
  const place = h("p", { class: "fine", attrs: { role: "status" } });
  const failure = failureLine();
  const rows = h("tbody");
  const table = tableOf(rows);
  const empty = h("p", { class: "empty" });
  const newer = button(s.previous, () => void turn(-1), { class: "button secondary" });
  const older = button(s.next, () => void turn(1), { class: "button secondary" });
  const paging = h("div", { class: "paging" }, newer, older);
  let following = "";
  let asked = 0;

  /** Where it cannot be had, the page that is shown stays. @param {string[]} cursors */
  const load = async (cursors) => {
    asked += 1;
    const mine = asked;
    const before = place.textContent ?? "";
    setText(failure, "");
    setText(place, s.loading);
    enable(newer, false);
    enable(older, false);
    try {
      const { text, status } = kept;
      const found = await api.list({ cursor: cursors.at(-1) ?? "", limit: LIMIT, text, status });
      if (mine !== asked) return;
      following = found.next_cursor;
      kept.cursors = cursors;
      rows.replaceChildren(...found.interviews.map(rowOf));
      const narrowed = kept.text !== "" || kept.status !== "";
      const nothing = found.interviews.length === 0;
      setText(empty, following ? s.more : narrowed || cursors.length > 1 ? s.empty : s.emptyAtAll);
      show(empty, nothing);
      show(table, !nothing);
      setText(place, s.place(cursors.length, found.interviews.length));
    } catch (error) {
      if (mine !== asked) return;
      setText(place, before);
      setText(failure, sentenceOf(error));
    }
    enable(newer, kept.cursors.length > 1);
    enable(older, following !== "");
  };
  /** @param {number} by */
  const turn = async (by) => {
    await load(by > 0 ? [...kept.cursors, following] : kept.cursors.slice(0, -1));
    heading.focus();
  };
  const filter = filterForm(kept, () => void load([""]));
  void load(kept.cursors);
  const element = h("div", { class: "screen wide" }, heading, filter, failure, place, table, empty, paging);
  return { element, title: s.title };
}

/** @param {Kept} kept @param {() => void} onApply */
function filterForm(kept, onApply) {
  const s = words.list;
  const text = h("input", { attrs: { id: "text", type: "search", maxlength: 200, "aria-describedby": "text-hint" } });
  const select = h("select", { attrs: { id: "status" } }, h("option", { text: s.any, attrs: { value: "" } }));
  const names = /** @type {Record<string, string>} */ (words.statuses);
  for (const [group, statuses] of Object.entries(GROUPS)) {
    const label = s.groups[/** @type {keyof typeof GROUPS} */ (group)];
    const all = h("option", { text: label, attrs: { value: statuses.join(",") } });
    select.append(all, ...statuses.map((one) => h("option", { text: `   ${names[one]}`, attrs: { value: one } })));
  }
  text.value = kept.text;
  select.value = kept.status;
  const submit = h("button", { class: "button primary", text: s.apply, attrs: { type: "submit" } });
  const form = h(
    "form",
    { class: "filter", attrs: { role: "search" } },
    h(
      "div",
      { class: "field grow" },
      h("label", { text: s.search, attrs: { for: "text" } }),
      text,
      h("p", { class: "fine", text: s.searchHint, attrs: { id: "text-hint" } }),
    ),
    h("div", { class: "field" }, h("label", { text: s.status, attrs: { for: "status" } }), select),
    submit,
  );
  const apply = () => {
    kept.text = text.value.trim();
    kept.status = select.value;
    onApply();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
  select.addEventListener("change", apply);
  return form;
}

/** @param {HTMLElement} rows */
export function tableOf(rows) {
  const names = Object.values(words.list.columns);
  const head = h("tr", {}, ...names.map((text) => h("th", { text, attrs: { scope: "col" } })));
  return h("table", { class: "interviews" }, h("thead", {}, head), rows);
}

/** @param {Interview} interview */
export function rowOf(interview) {
  const s = words.list;
  const attrs = { href: `#/interview/${encodeURIComponent(interview.id)}` };
  const name = h("a", { attrs }, h("bdi", { text: interview.title || s.untitled }));
  const at = s.progress(interview.round === null ? 0 : interview.round + 1, interview.questions_total);
  const cells = [
    h("th", { attrs: { scope: "row" } }, name),
    cell(s.columns.candidate, h("bdi", { text: interview.candidate_external_id || s.nobody })),
    cell(s.columns.status, h("div", { class: "chips" }, statusChip(interview), evaluationChip(interview))),
    cell(s.columns.progress, at),
    cell(s.columns.created, time(interview.created_at)),
  ];
  return h("tr", {}, ...cells);
}

/** Its column's name stands before it where the table is a list of cards. @param {string} name @param {Node | string} value */
function cell(name, value) {
  return h("td", { attrs: { "data-name": name } }, value);
}
