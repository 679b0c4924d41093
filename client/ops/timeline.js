import { chip, failureLine } from "../console/bits.js";
import { button, enable, h, setLabel, setText } from "../page/dom.js";
import { icon } from "../page/icons.js";
import { day, exactClock, plain, sentenceOf, titles } from "./words.js";

/** @typedef {import("./api.js").Decisions} Decisions */
/** @typedef {import("./api.js").Entry} Entry */

/** The last decisions of an interview that is named by its id. @param {import("./api.js").OpsApi} api */
export function lookUp(api) {
  const input = h("input", {
    attrs: {
      id: "interview",
      required: true,
      maxlength: 64,
      autocomplete: "off",
      spellcheck: "false",
      placeholder: "iv_…",
    },
  });
  const submit = h("button", { class: "button primary", attrs: { type: "submit" } });
  submit.append(h("span", { class: "button-label", text: "Show its decisions" }));
  const failure = failureLine();
  const found = h("div", { class: "found", attrs: { "aria-live": "off" } });
  const form = h(
    "form",
    { class: "filter", attrs: { role: "search" } },
    h("div", { class: "field grow" }, h("label", { text: "Id of the interview", attrs: { for: "interview" } }), input),
    submit,
  );
  let asked = 0;
  /** @param {string} id @param {boolean} words */
  const load = async (id, words) => {
    asked += 1;
    const mine = asked;
    setText(failure, "");
    enable(submit, false);
    setLabel(submit, "Looking …");
    try {
      const answer = await api.decisions(id, words);
      if (mine !== asked) return;
      found.replaceChildren(...shown(answer, words, (more) => void load(id, more)));
      found.querySelector("h3")?.focus();
    } catch (error) {
      if (mine !== asked) return;
      found.replaceChildren();
      setText(failure, sentenceOf(error));
    } finally {
      if (mine === asked) {
        enable(submit, true);
        setLabel(submit, "Show its decisions");
      }
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const id = input.value.trim();
    if (submit.getAttribute("aria-disabled") !== "true" && id) void load(id, false);
  });
  const heading = h("h2", { text: titles.interview, attrs: { id: "lookup" } });
  const element = h("section", { attrs: { "aria-labelledby": "lookup" } }, heading, form, failure, found);
  /** @param {string} id */
  const open = (id) => {
    input.value = id;
    void load(id, false);
  };
  return { element, open };
}

/** @param {Decisions} answer @param {boolean} words @param {(words: boolean) => void} again @returns {Node[]} */
function shown(answer, words, again) {
  const name = h("h3", { attrs: { tabindex: -1 } }, h("bdi", { text: answer.interview }));
  const about = h("p", { class: "chips" }, chip(plain(answer.status), answer.live ? "live" : "over"));
  const facts = `Tenant ${answer.tenant}, made ${day(answer.created_at)}. ${answer.entries.length} of ${answer.version} entries, the newest first.`;
  const actions = h(
    "div",
    { class: "actions" },
    button("Look again", () => again(words), { class: "button secondary", icon: icon("repeat") }),
    words
      ? button("Hide the words", () => again(false), { class: "button secondary" })
      : button("Show the words", () => again(true), { class: "button secondary", icon: icon("eye") }),
  );
  const said = words
    ? "With words. The server's log says that this key asked for them, and when."
    : "Without words. Whoever asks for them is named in the server's log, with the interview.";
  const none = h("p", { class: "empty", text: "Its log is empty." });
  return [
    name,
    about,
    h("p", { class: "fine", text: facts }),
    ...(answer.damage ? [h("p", { class: "failure", text: `It is damaged: ${answer.damage}` })] : []),
    actions,
    h("p", { class: "fine", text: said }),
    answer.entries.length ? h("ol", { class: "timeline" }, ...[...answer.entries].reverse().map(entryOf)) : none,
  ];
}

/** @param {Entry} entry */
function entryOf(entry) {
  const { reason, detail, ...facts } = entry.facts;
  const why = [reason, detail].filter((text) => typeof text === "string").join(": ");
  const rest = Object.entries(facts).map(([name, value]) =>
    h("li", {}, h("span", { class: "name", text: plain(name) }), ` ${sayable(value)}`),
  );
  // The time of each word says nothing that its text does not.
  const { words: _timed, ...said } = entry.words ?? {};
  const words = Object.entries(said.text ? said : (entry.words ?? {})).map(([name, value]) =>
    h("blockquote", {}, h("span", { class: "name", text: plain(name) }), h("span", { text: ` ${sayable(value)}` })),
  );
  const hidden =
    entry.words === null && entry.held_back.length ? `Not shown: ${entry.held_back.map(plain).join(", ")}` : "";
  return h(
    "li",
    {},
    h(
      "p",
      { class: "entry" },
      h("span", { class: "seq", text: `${entry.seq}` }),
      h("time", { text: exactClock(entry.at), attrs: { datetime: entry.at, title: entry.at } }),
      h("strong", { text: plain(entry.type) }),
      entry.state && h("span", { class: "state", text: plain(entry.state) }),
    ),
    why && h("p", { class: "why", text: why }),
    rest.length > 0 && h("ul", { class: "facts-line" }, ...rest),
    hidden && h("p", { class: "fine", text: hidden }),
    ...words,
  );
}

/** @param {unknown} value */
function sayable(value) {
  if (typeof value === "number") return String(Math.round(value * 1000) / 1000);
  return typeof value === "string" ? value : JSON.stringify(value);
}
