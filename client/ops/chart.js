import { attr, h, setText } from "../page/dom.js";
import { SPAN_MS, stretches } from "./series.js";

/** @typedef {import("./series.js").Point} Point */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 120;
const HEIGHT = 32;

/** @param {string} tag @param {Record<string, string>} attrs */
function svg(tag, attrs) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attrs)) element.setAttribute(name, value);
  return element;
}

/**
 * A line of the last ten minutes, with what it is now and what was the most. `update` draws it.
 * @param {string} name @param {number} least top of the scale @param {(value: number) => string} say
 */
export function chart(name, least, say) {
  const line = svg("path", { class: "line", "vector-effect": "non-scaling-stroke" });
  const drawn = svg("svg", {
    class: "chart",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    role: "img",
  });
  drawn.append(
    svg("path", { class: "ground", d: `M0 ${HEIGHT - 1}H${WIDTH}`, "vector-effect": "non-scaling-stroke" }),
    line,
  );
  const now = h("span", { class: "now" });
  const most = h("span", { class: "most" });
  const head = h("p", { class: "chart-head" }, h("span", { class: "chart-name", text: name }), now);
  const element = h("div", { class: "chart-box" }, head);
  element.append(drawn, most);
  /** @param {readonly Point[]} points @param {number} until @param {number | null} value as it is now */
  const update = (points, until, value) => {
    const highest = Math.max(0, ...points.map((point) => point.value));
    attr(line, "d", pathOf(points, until, Math.max(least, highest)));
    setText(now, value === null ? "no end" : say(value));
    setText(most, points.length > 1 ? `most in 10 min: ${say(highest)}` : "10 min: nothing yet");
    attr(drawn, "aria-label", `${name}, the last ten minutes: now ${now.textContent}, ${most.textContent}`);
  };
  return { element, update };
}

/** @param {readonly Point[]} points @param {number} until @param {number} top */
export function pathOf(points, until, top) {
  const x = (/** @type {Point} */ { at }) => (WIDTH * (1 - (until - at) / SPAN_MS)).toFixed(1);
  const y = (/** @type {Point} */ { value }) => (HEIGHT - 2 - ((HEIGHT - 4) * value) / top).toFixed(1);
  return stretches(points)
    .map((some) => `M${some.map((point) => `${x(point)} ${y(point)}`).join("L")}${some.length === 1 ? "h0.5" : ""}`)
    .join("");
}
