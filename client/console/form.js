import { h, setText, show, uniqueId } from "../page/dom.js";
import { words } from "./words.js";

/**
 * @typedef {import("./fields.js").Field} Field
 * @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control
 *
 * @typedef {object} Shown a field as it stands on the page
 * @property {HTMLElement} element
 * @property {Control} control
 * @property {string} pointer
 * @property {() => unknown} value undefined: left as the server has it
 * @property {(message: string) => void} fault "" takes it away
 */

/**
 * A field with its label, what it means, and a place for its fault.
 * @param {Field} field @returns {Shown}
 */
export function fieldOf(field) {
  const [id, helpId, faultId] = [uniqueId("field"), uniqueId("help"), uniqueId("fault")];
  const control = controlOf(field);
  control.id = id;
  control.setAttribute("aria-describedby", `${helpId} ${faultId}`);
  const fault = h("p", { class: "failure", attrs: { id: faultId } });
  const element = h(
    "div",
    { class: "field", attrs: { "data-kind": field.kind } },
    h("label", { text: field.label, attrs: { for: id } }),
    control,
    h("p", { class: "fine", text: field.help, attrs: { id: helpId } }),
    fault,
  );
  show(fault, false);
  return {
    element,
    control,
    pointer: field.pointer,
    value: () => sentOf(field, control.value),
    fault(message) {
      setText(fault, message);
      show(fault, message !== "");
      if (message) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    },
  };
}

/** @param {Field} field @returns {Control} */
function controlOf({ kind, choices = [], min, max, step, example = "" }) {
  if (kind === "switch") {
    const s = words.create;
    return select([
      ["", s.standard],
      ["true", s.yes],
      ["false", s.no],
    ]);
  }
  if (kind === "choice") return select(choices);
  if (kind === "long" || kind === "lines" || kind === "pairs") return h("textarea", { attrs: { rows: 3 } });
  const type = kind === "number" ? "number" : kind === "time" ? "datetime-local" : "text";
  /** @type {Record<string, string | number | boolean | null>} */
  const attrs = { type, placeholder: example || null, autocomplete: "off" };
  if (kind === "number") Object.assign(attrs, { min: min ?? null, max: max ?? null, step: step ?? 1 });
  return h("input", { attrs });
}

/** @param {[string, string][]} choices */
function select(choices) {
  return h("select", {}, ...choices.map(([value, text]) => h("option", { text, attrs: { value } })));
}

/** What is sent for it; undefined: nothing. @param {Field} field @param {string} text @returns {unknown} */
export function sentOf({ kind, per = 1 }, text) {
  const given = text.trim();
  if (!given) return undefined;
  if (kind === "switch") return given === "true";
  if (kind === "number") return per === 1 ? Number(given) : Math.round(Number(given) * per);
  if (kind === "time") return new Date(given).toISOString();
  if (kind === "lines") return linesOf(given);
  if (kind === "pairs") return Object.fromEntries(linesOf(given).map(pairOf));
  return given;
}

/** @param {string} text */
function linesOf(text) {
  return text.split("\n").flatMap((line) => line.trim() || []);
}

/** @param {string} line @returns {[string, string]} */
function pairOf(line) {
  const at = line.indexOf("=");
  return at < 0 ? [line, ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}

/**
 * Put a value where its pointer says.
 * @param {Record<string, any>} body @param {string} pointer @param {unknown} value
 */
export function put(body, pointer, value) {
  const names = pointer.slice(1).split("/");
  const last = names.pop() ?? "";
  let at = body;
  for (const name of names) {
    at[name] ??= {};
    at = at[name];
  }
  at[last] = value;
}

/**
 * Each fault at the field that it is about, or at the nearest one around it; those of no field are
 * answered.
 * @param {readonly Shown[]} shown @param {readonly import("./api.js").Fault[]} faults
 */
export function placeFaults(shown, faults) {
  for (const field of shown) field.fault("");
  /** @type {import("./api.js").Fault[]} */
  const rest = [];
  /** @type {Shown[]} */
  const hit = [];
  for (const { pointer: at, message } of faults) {
    const fault = { pointer: at.replace(/^#/, ""), message };
    const field = shown.find(({ pointer }) => fault.pointer === pointer || fault.pointer.startsWith(`${pointer}/`));
    if (!field) rest.push(fault);
    else if (!hit.includes(field)) {
      field.fault(fault.message);
      hit.push(field);
    }
  }
  return { rest, hit: shown.filter((field) => hit.includes(field)) };
}
