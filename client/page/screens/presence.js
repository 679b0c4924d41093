import { attr, h, rebuild, setText } from "../dom.js";
import { icon } from "../icons.js";
import { waitRing } from "./wait.js";

/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */

/** @typedef {"idle" | "connecting" | "speaking" | "listening" | "thinking" | "muted" | "typing" | "reading"} Shown */

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
  const s = strings.call;
  const bars = h("span", { class: "bars" }, h("i"), h("i"), h("i"), h("i"), h("i"));
  const sign = h("span", { class: "sign" });
  const wait = waitRing();
  const halo = h("span", { class: "halo" });
  const orb = h("div", { class: "orb", attrs: { "aria-hidden": "true" } }, halo, wait.ring, bars, sign);
  const label = h("p", { class: "presence-label" });
  const note = h("p", { class: "presence-note" });
  const element = h("div", { class: "presence" }, orb, h("div", { class: "presence-words" }, label, note, wait.steps));
  /** @type {Shown} */
  let shown = "idle";

  return {
    element,
    /** @param {"microphone" | "interviewer"} which @param {number} fraction */
    level(which, fraction) {
      const wanted = which === "microphone" ? "listening" : "speaking";
      if (shown === wanted) orb.style.setProperty("--level", fraction.toFixed(3));
    },
    /** @param {Model} model */
    update(model) {
      shown = activityOf(model);
      if (element.getAttribute("data-activity") !== shown) orb.style.setProperty("--level", "0");
      attr(element, "data-activity", shown);
      rebuild(sign, shown, () => [signOf(shown)]);
      setText(label, s.activity[shown]);
      setText(note, noteOf(strings, model, shown));
      wait.update(model.view.wait, shown === "listening" || shown === "muted", model.nowMs);
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
function noteOf(strings, model, shown) {
  const notes = strings.call.notes;
  // The banner knows how long it takes.
  if (model.connection.blocked || model.connection.error) return "";
  if (shown === "reading" || ["reconnecting", "suspect"].includes(model.connection.state)) return "";
  if (shown === "speaking" && model.view.stage === "greeting") return notes.greeting;
  if (shown === "speaking" && model.view.stage === "wrap_up") return notes.wrapUp;
  if (shown === "speaking" && !model.hasMicrophone) return "";
  if (shown === "listening" && model.view.speaking) return notes.hearing;
  if (shown === "listening" && model.view.wait) return notes.waiting;
  return notes[shown];
}
