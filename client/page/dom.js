/** Small helpers to build and change elements; no framework, no markup from strings. */
import { directionOf } from "../strings/index.js";

/**
 * @typedef {object} Props
 * @property {string} [class]
 * @property {string} [text]
 * @property {Record<string, string | number | boolean | null>} [attrs] false and null leave it out
 * @property {Record<string, (event: Event) => void>} [on]
 */

/** @typedef {Node | string | null | false} Child */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Props} [props] @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  if (props.class) element.className = props.class;
  if (props.text !== undefined) element.textContent = props.text;
  for (const [name, value] of Object.entries(props.attrs ?? {})) attr(element, name, value);
  for (const [name, handler] of Object.entries(props.on ?? {})) element.addEventListener(name, handler);
  for (const child of children) if (child) element.append(child);
  return element;
}

/** Set or remove an attribute, touching the page only on a change. @param {Element} element @param {string} name @param {string | number | boolean | null} value */
export function attr(element, name, value) {
  if (value === false || value === null) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const text = value === true ? "" : String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Say in which language the words of an element are, and so which way they run. @param {Element} element @param {string | null} tag */
export function writtenIn(element, tag) {
  attr(element, "lang", tag);
  attr(element, "dir", tag && directionOf(tag));
}

/** @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLElement} element @param {boolean} shown */
export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

/**
 * A button that cannot be used now stays in the tab order, so that nobody's focus is lost when it
 * changes under their fingers.
 * @param {HTMLButtonElement} button @param {boolean} enabled
 */
export function enable(button, enabled) {
  attr(button, "aria-disabled", enabled ? null : "true");
}

/**
 * @param {string} label @param {() => void} onClick
 * @param {{class?: string, icon?: SVGElement | null, attrs?: Props["attrs"]}} [options]
 */
export function button(label, onClick, { class: className = "button", icon = null, attrs = {} } = {}) {
  const text = h("span", { class: "button-label", text: label });
  const element = h("button", { class: className, attrs: { type: "button", ...attrs } }, icon, text);
  element.addEventListener("click", () => {
    if (element.getAttribute("aria-disabled") !== "true") onClick();
  });
  return element;
}

/** @param {HTMLButtonElement} element @param {string} label */
export function setLabel(element, label) {
  const text = element.querySelector(".button-label");
  if (text) setText(text, label);
}

/** @type {WeakMap<Element, string>} */
const keys = new WeakMap();

/**
 * Rebuild the children only when their description has changed; answers whether it had.
 * @param {Element} element @param {string} key @param {() => Child[]} build
 */
export function rebuild(element, key, build) {
  if (keys.get(element) === key) return false;
  keys.set(element, key);
  /** @type {(Node | string)[]} */
  const children = [];
  for (const child of build()) if (child) children.push(child);
  element.replaceChildren(...children);
  return true;
}

let nextId = 0;

/** An id that no other element of the page has. @param {string} prefix */
export function uniqueId(prefix) {
  nextId += 1;
  return `${prefix}-${nextId}`;
}
