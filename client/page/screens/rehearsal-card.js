import { button, h, rebuild, setLabel, setText, show, uniqueId, writtenIn } from "../dom.js";
import { icon } from "../icons.js";
import { waitRing } from "./wait.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").CheckModel} CheckModel */
/** @typedef {import("../model.js").Strings} Strings */
/** @typedef {import("../../sdk/messages.js").Pace} Pace */
/** @typedef {import("../../sdk/rehearsal.js").RehearsalView} RehearsalView */
/** @typedef {import("../../strings/rehearsal/en.js").RehearsalWords} Words */

const MOST_FINDINGS = 2;
/** @type {Pace[]} */
const PACES = ["faster", "normal", "slower"];

/** What happens in a rehearsal, and what came of it. @param {Strings} strings @param {Words} words @param {Actions} actions */
export function rehearsalCard(strings, words, actions) {
  addStyles();
  const status = h("p", { class: "rehearsal-now", attrs: { role: "status" } });
  const sentence = h("p", { class: "rehearsal-sentence" });
  const next = button("", () => actions.nextInRehearsal(), { class: "button primary", icon: icon("mic") });
  const result = h("div", { class: "rehearsal-result", attrs: { role: "status" } });
  const pace = paceChoice(strings, words, actions);
  const element = h("div", { class: "rehearsal" }, status, sentence, next, result, pace.element);
  return {
    element,
    /** @param {CheckModel} check */
    update(check) {
      const view = check.rehearsal;
      show(element, view !== null);
      if (!view) return;
      setText(status, statusOf(view, words));
      show(status, status.textContent !== "");
      setText(sentence, view.sentence);
      writtenIn(sentence, view.language || null);
      const reads = ["preparing", "speaking", "listening"].includes(view.phase);
      show(sentence, reads && view.sentence !== "");
      setLabel(next, view.phase === "listening" ? words.read : words.skipVoice);
      showKeepingFocus(next, reads && view.sentence !== "", element);
      const key = JSON.stringify([view.findings, view.judged, view.words, view.phase === "failed"]);
      rebuild(result, key, () => resultOf(view, words, strings));
      pace.update(view, check.pace);
    },
  };
}

/** Who stands on a button that goes is taken to the one that stays. @param {HTMLElement} one @param {boolean} shown @param {HTMLElement} card */
function showKeepingFocus(one, shown, card) {
  const focused = document.activeElement === one;
  show(one, shown);
  if (focused && !shown)
    /** @type {HTMLElement | null} */ (card.parentElement?.querySelector(":scope > div:last-child button"))?.focus();
}

/** @param {RehearsalView} view @param {Words} words */
function statusOf(view, words) {
  if (view.phase === "failed") return view.over === "full" ? words.phases.full : words.phases.failed;
  if (view.phase === "listening" && view.speech) return words.phases.hearing;
  return view.phase === "done" ? "" : words.phases[view.phase];
}

/** @param {RehearsalView} view @param {Words} words @param {Strings} strings */
function resultOf(view, words, strings) {
  const { findings } = view;
  if (!findings || view.phase === "failed") return [];
  /** @type {Record<string, readonly string[]>} */
  const known = words.findings;
  const found = findings.filter((code) => known[code]).slice(0, MOST_FINDINGS);
  const lines = found.map((code) => {
    const [title = "", advice = ""] = known[code] ?? [];
    return h("li", {}, h("strong", { text: title }), " ", h("span", { text: advice }));
  });
  const good = view.judged && found.length === 0;
  return [
    good &&
      h(
        "p",
        { class: "verdict with-icon", attrs: { "data-sound": "heard" } },
        icon("check"),
        h("span", { text: words.good }),
      ),
    lines.length > 0 && h("ul", { class: "trouble" }, ...lines),
    wordsOf(view, words, strings),
  ];
}

/** @param {RehearsalView} view @param {Words} words @param {Strings} strings */
function wordsOf(view, words, strings) {
  if (!view.words) return h("p", { class: "fine", text: words.wordsWaiting });
  if (view.words.status !== "understood") {
    const speechless = view.findings?.some((code) => code === "nothing" || code === "no_speech");
    if (speechless) return null;
    return h("p", { class: "fine", text: view.words.status === "late" ? words.wordsLate : words.wordsNone });
  }
  const said = h("q", { text: view.words.text });
  writtenIn(said, view.language || strings.lang);
  return h("p", {}, `${words.understood} `, said);
}

/** How long a pause may be, by feel: each with a ring that runs as it will in the interview. @param {Strings} strings @param {Words} words @param {Actions} actions */
function paceChoice(strings, words, actions) {
  const name = uniqueId("pace");
  /** @type {Map<Pace, {radio: HTMLInputElement, run: (ms: number) => void, seconds: HTMLElement}>} */
  const choices = new Map();
  const labels = PACES.map((pace) => {
    const ring = waitRing();
    const seconds = h("span", { class: "fine" });
    const radio = h("input", {
      attrs: { type: "radio", name, value: pace },
      on: { change: () => actions.choosePace(pace) },
    });
    const run = (/** @type {number} */ ms) => {
      const nowMs = performance.now();
      ring.update({ shown: 0, from: 0, fromMs: nowMs, endMs: nowMs + ms }, true, nowMs);
    };
    choices.set(pace, { radio, run, seconds });
    const [title = ""] = strings.options.paces[pace];
    const face = h("span", { class: "pace-ring", attrs: { "aria-hidden": "true" } }, ring.ring);
    return h("label", { class: "choice" }, radio, face, h("span", {}, h("strong", { text: title }), " ", seconds));
  });
  const legend = h("legend", { text: words.pace });
  const element = h("fieldset", { class: "paces" }, legend, h("p", { class: "fine", text: words.paceHelp }), ...labels);
  let chosen = "";
  let begun = false;
  return {
    element,
    /** @param {RehearsalView} view @param {Pace | ""} pace */
    update(view, pace) {
      const { paceMs } = view;
      const shown = view.phase === "done" && paceMs !== null;
      show(element, shown);
      if (!shown || !paceMs) {
        begun = false;
        return;
      }
      for (const [one, { radio, run, seconds }] of choices) {
        setText(
          seconds,
          words.seconds((paceMs[one] / 1000).toLocaleString(strings.lang, { maximumFractionDigits: 1 })),
        );
        radio.checked = one === (pace || "normal");
        if (!begun || (pace === one && pace !== chosen)) run(paceMs[one]);
      }
      begun = true;
      chosen = pace;
    },
  };
}

/** Once. */
function addStyles() {
  if (document.querySelector("link[data-rehearsal]")) return;
  const href = new URL("../../styles/rehearsal.css", import.meta.url).href;
  document.head.append(h("link", { attrs: { rel: "stylesheet", href, "data-rehearsal": true } }));
}
