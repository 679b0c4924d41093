import { filled } from "../../sdk/index.js";
import { attr, h, rebuild } from "../dom.js";

/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../../sdk/wait.js").Wait} Wait */

const SVG = "http://www.w3.org/2000/svg";
const STEPS = 5;

/**
 * The pause as it runs: a ring that fills, drawn by the browser's own animation so that nothing of
 * ours runs between two messages, or a row of steps for who asks for less motion. Decoration: the
 * words beside it say what happens, and it is not read out.
 */
export function waitRing() {
  const ring = document.createElementNS(SVG, "svg");
  ring.setAttribute("viewBox", "0 0 100 100");
  ring.setAttribute("class", "ring");
  const dots = Array.from({ length: STEPS }, () => h("i"));
  const steps = h("span", { class: "wait-steps", attrs: { "aria-hidden": "true" } }, ...dots);
  /** @type {Wait | null} */
  let before = null;

  return {
    ring,
    steps,
    /** @param {Wait | null} wait @param {boolean} waits it is the candidate's turn @param {number} nowMs */
    update(wait, waits, nowMs) {
      const left = before;
      const drawn = rebuild(ring, wait ? `${wait.fromMs} ${wait.endMs}` : "", () =>
        wait || left ? [circle("track"), circle("run")] : [],
      );
      if (drawn) {
        attr(ring, "data-wait", wait ? "runs" : "over");
        if (wait) clock(ring, wait, nowMs);
        // Speech goes on: it empties from where it was.
        else if (left) ring.style.setProperty("--shown", percent(filled(left, nowMs)));
      }
      before = wait;
      attr(ring, "data-shown", waits);
      attr(steps, "data-shown", waits && wait !== null);
      const lit = wait ? Math.floor(filled(wait, nowMs) * STEPS) : 0;
      for (const [index, dot] of dots.entries()) attr(dot, "data-on", index < lit);
    },
  };
}

/** What the animation goes by. @param {SVGElement} ring @param {Wait} wait @param {number} nowMs */
function clock(ring, wait, nowMs) {
  const lengthMs = Math.max(1, wait.endMs - wait.fromMs);
  ring.style.setProperty("--shown", percent(wait.shown));
  ring.style.setProperty("--from", percent(wait.from));
  ring.style.setProperty("--length", `${Math.round(lengthMs)}ms`);
  ring.style.setProperty("--since", `${Math.round(wait.fromMs - nowMs)}ms`);
}

/** Of a circle 100 long: what is not filled. @param {number} fraction */
function percent(fraction) {
  return (100 * (1 - fraction)).toFixed(1);
}

/** @param {string} name */
function circle(name) {
  const made = document.createElementNS(SVG, "circle");
  for (const [key, value] of Object.entries({ class: name, cx: 50, cy: 50, r: 47.5, pathLength: 100 })) {
    made.setAttribute(key, String(value));
  }
  return made;
}
