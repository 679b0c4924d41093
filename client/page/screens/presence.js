import { attr, h, rebuild, setText } from "../dom.js";
import { icon } from "../icons.js";
import { microphoneWords } from "../model.js";
import { waitRing } from "./wait.js";

/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */

const LEVEL_STEPS = 16;

/** @typedef {"idle" | "connecting" | "speaking" | "listening" | "thinking" | "muted" | "typing" | "reading"} Shown */

/** It is the candidate's turn. @type {ReadonlySet<Shown>} */
const WAITED_FOR = new Set(["listening", "muted", "typing"]);
/** An older level of the microphone, which is measured many times a second, is none of now. */
const MEASURED_MS = 1_000;
/** The server tells at least every 2 s how loud it hears us, as long as sound arrives. */
const TOLD_MS = 3_500;

/**
 * What the candidate says arrives, as far as anybody can tell.
 * @param {Model} model
 */
export function soundArrives({ connection, nowMs, microphoneLevelMs, serverLevelMs }) {
  if (connection.state !== "open") return false;
  const measured = microphoneLevelMs === null || nowMs - microphoneLevelMs <= MEASURED_MS;
  return measured && (serverLevelMs === null || nowMs - serverLevelMs <= TOLD_MS);
}

/**
 * What is shown of who speaks: the server's word, except for what only the page knows.
 * @param {Model} model @returns {Shown}
 */
export function activityOf(model) {
  const { view, connection } = model;
  // A server that was not heard of for seconds neither listens nor speaks, as far as anybody knows.
  if (["connecting", "reconnecting", "suspect"].includes(connection.state)) return "connecting";
  if (view.activity === "speaking" && connection.transport === "text") return "reading";
  if (view.activity === "listening") {
    if (model.closingTurn) return "thinking";
    if (!model.hasMicrophone) return "typing";
    if (model.muted || model.microphoneTrouble) return "muted";
  }
  return view.activity;
}

/**
 * Speaking, Listening or Thinking: shape, movement and words, never colour alone.
 * @param {Strings} strings
 */
export function presence(strings) {
  const bars = h("span", { class: "bars" }, h("i"), h("i"), h("i"), h("i"), h("i"));
  const sign = h("span", { class: "sign" });
  const wait = waitRing();
  const halo = h("span", { class: "halo" });
  const orb = h("div", { class: "orb", attrs: { "aria-hidden": "true" } }, halo, wait.ring, bars, sign);
  const label = h("p", { class: "presence-label" });
  const note = h("p", { class: "presence-note" });
  const element = h("div", { class: "presence" }, orb, h("div", { class: "presence-words" }, label, note, wait.steps));
  const level = levelOf(halo, bars);
  /** @type {Shown} */
  let shown = "idle";
  /** What the microphone measures does not arrive: nothing may look as if it were heard. */
  let silenced = false;

  return {
    element,
    /** @param {"microphone" | "interviewer"} which @param {number} fraction */
    level(which, fraction) {
      const wanted = which === "microphone" ? "listening" : "speaking";
      if (shown === wanted && !silenced) level.show(fraction);
    },
    /** @param {Model} model */
    update(model) {
      shown = activityOf(model);
      silenced = shown === "listening" && !soundArrives(model);
      if (element.getAttribute("data-activity") !== shown || silenced) level.show(0);
      attr(element, "data-activity", shown);
      rebuild(sign, shown, () => [signOf(shown)]);
      setText(label, labelOf(strings, model, shown));
      setText(note, noteOf(strings, model, shown));
      wait.update(model.view.wait, WAITED_FOR.has(shown), model.nowMs);
    },
  };
}

/**
 * How loud it is: two elements that grow. A property that others inherit would have the browser look
 * at all of them ten times a second.
 * @param {HTMLElement} halo @param {HTMLElement} bars
 */
function levelOf(halo, bars) {
  let before = -1;
  return {
    /** @param {number} fraction */
    show(fraction) {
      const step = Math.round(fraction * LEVEL_STEPS) / LEVEL_STEPS;
      if (step === before) return;
      before = step;
      halo.style.transform = `scale(${(1 + step * 0.22).toFixed(3)})`;
      bars.style.transform = `scaleY(${(0.25 + step * 0.75).toFixed(3)})`;
    },
  };
}

/** @param {Shown} shown */
function signOf(shown) {
  if (shown === "listening") return icon("mic");
  if (shown === "muted") return icon("micOff");
  if (shown === "typing") return icon("keyboard");
  if (shown === "reading") return icon("chat");
  if (shown === "speaking") return null;
  return h("span", { class: "waiting-dots" }, h("i"), h("i"), h("i"));
}

/** @param {Strings} strings @param {Model} model @param {Shown} shown */
export function labelOf(strings, model, shown) {
  const wrong = shown === "muted" ? microphoneWords(model, strings) : null;
  return wrong?.name ?? strings.call.activity[shown];
}

/**
 * One sentence to the label, and none where the page says what is so at another place already.
 * @param {Strings} strings @param {Model} model @param {Shown} [shown]
 */
export function noteOf(strings, model, shown = activityOf(model)) {
  const notes = strings.call.notes;
  const { view, connection } = model;
  // The banner knows how long it takes.
  if (connection.blocked || connection.error) return "";
  if (shown === "reading" || ["reconnecting", "suspect"].includes(connection.state)) return "";
  if (shown === "speaking" && view.stage === "greeting") return notes.greeting;
  if (shown === "speaking" && view.stage === "wrap_up") return notes.wrapUp;
  if (shown === "speaking" && !model.hasMicrophone) return "";
  if (!WAITED_FOR.has(shown)) return notes[shown];
  if (model.microphoneTrouble) return "";
  if (shown === "listening" && view.speaking) return soundArrives(model) ? notes.hearing : strings.words.notArriving;
  if (view.hint) return isOfTheWait(view.hint) ? view.hint.text : "";
  if (shown !== "listening") return notes[shown];
  return view.wait ? notes.waiting : notes.listening;
}

/** It goes with the ring, and stands beside it. @param {import("../../sdk/hints.js").Note} hint */
export function isOfTheWait(hint) {
  return hint.code === "thinking";
}
