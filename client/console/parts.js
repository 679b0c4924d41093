import { button, h, setLabel, setText } from "../page/dom.js";
import { icon } from "../page/icons.js";
import { ApiProblem } from "./api.js";
import { chip, fact, failureLine } from "./bits.js";
import { words } from "./words.js";

export { chip, fact, failureLine };

/** @typedef {import("./api.js").Interview} Interview */

const OVER = new Set(["completed", "ended_by_candidate", "declined", "abandoned", "expired", "cancelled", "failed"]);
const GOING_ON = ["greeting", "asking", "listening", "closing_turn", "deciding", "wrap_up", "paused", "disconnected"];
const NOT_BEGUN = ["created", "joined", "ready"];
const COPIED_MS = 2_000;
/** Of a text that is the server's, in whichever language the page is. */
export const SERVER_SAYS = { lang: "en", dir: "ltr" };

/** Statuses by the words of the filter. */
export const GROUPS = { open: NOT_BEGUN, now: [...GOING_ON, "parked"], over: [...OVER] };
export const GOING_ON_NOW = GOING_ON.join(",");

/** @param {string} status */
export function isOver(status) {
  return OVER.has(status);
}

/** What a status means, as a chip: words and a shape, never colour alone. @param {Interview} interview */
export function statusChip({ status, live }) {
  const names = /** @type {Record<string, string>} */ (words.statuses);
  const kind = status === "damaged" || status === "failed" ? "bad" : OVER.has(status) ? "over" : live ? "live" : "open";
  return chip(names[status] ?? status, kind);
}

/** A time as people read it, with the exact one behind it. @param {string | null | undefined} iso */
export function time(iso) {
  if (!iso) return h("span", { text: words.list.nobody });
  const shown = new Date(iso).toLocaleString(words.lang, { dateStyle: "medium", timeStyle: "short" });
  return h("time", { text: shown, attrs: { datetime: iso, title: iso } });
}

/** What went wrong, in words that say what to do. @param {unknown} error */
export function sentenceOf(error) {
  const s = words.problems;
  if (!(error instanceof ApiProblem)) return s.other;
  if (error.status === 0) return s.network;
  if (error.status === 401) return s.unauthorized;
  return error.message || s.other;
}

/** @param {string} text @param {string} label @param {string} [className] */
export function copyButton(text, label, className = "button secondary") {
  const element = button(label, () => void copy(), { class: className, icon: icon("link") });
  const said = h("span", { class: "visually-hidden", attrs: { role: "status" } });
  const copy = async () => {
    const told = (await written(text)) ? words.detail.copied : words.detail.notCopied;
    setLabel(element, told);
    setText(said, told);
    setTimeout(() => {
      setLabel(element, label);
      setText(said, "");
    }, COPIED_MS);
  };
  return h("span", { class: "copy" }, element, said);
}

/** Whether it is in the clipboard: a page without https may not write there. @param {string} text */
async function written(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** The address of a part of the console. @param {string} path */
export function go(path) {
  globalThis.location.hash = `#/${path}`;
}
