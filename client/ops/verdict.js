import { attr, h, rebuild, setText } from "../page/dom.js";
import { icon } from "../page/icons.js";
import { clock, health, long, workerName, workerNames } from "./words.js";

/** @typedef {import("./api.js").Workers} Workers */

/** Figures that are older than this are spoken of as old: three answers are missing. */
export const OLD_MS = 7_000;
const ICONS = { good: "check", warn: "warning", bad: "warning", old: "offline" };

/**
 * How long ago something was, by the clock that says more: one stands still while a computer sleeps,
 * the other may be set back. Pure.
 * @param {readonly (() => number)[]} clocks in milliseconds
 */
export function stopwatch(clocks) {
  let began = clocks.map((now) => now());
  return {
    restart: () => {
      began = clocks.map((now) => now());
    },
    ms: () => Math.max(...clocks.map((now, index) => now() - began[index])),
  };
}

/** So long after the first has answered, the others may still be on their way. */
const STARTING_S = 60;

/** What every worker of a machine sees alike, each in its own moment. */
const OF_THE_MACHINE = new Set(["cpu", "memory", "disk"]);

/**
 * Whether the server is healthy, in one line, and why not. Pure.
 * @param {Workers} answer the last one @param {number} ageMs how old it is
 * @returns {{level: "good" | "warn" | "bad" | "old", title: string, reasons: string[]}}
 */
export function judged(answer, ageMs) {
  const young = answer.workers.length > 0 && answer.workers.every(({ uptime_s }) => uptime_s < STARTING_S);
  const silent = answer.silent.map((number) =>
    young
      ? { level: "warn", text: `${workerName(number)} is starting, or does not answer` }
      : { level: "bad", text: `${workerName(number)} does not answer` },
  );
  const found = [...silent, ...together(answer)].sort((a, b) => Number(b.level === "bad") - Number(a.level === "bad"));
  const reasons = found.map(({ text }) => text[0].toUpperCase() + text.slice(1));
  if (ageMs >= OLD_MS) return { level: "old", title: "The server does not answer", reasons };
  if (!answer.workers.length) return { level: "bad", title: "No worker answers", reasons };
  const level = found.some((one) => one.level === "bad") ? "bad" : found.length ? "warn" : "good";
  return { level, title: health[level], reasons };
}

/** What several workers say alike is said once. @param {Workers} answer */
function together({ workers, silent }) {
  const all = workers.length + silent.length;
  /** @type {Map<string, {level: string, text: string, numbers: number[]}>} */
  const said = new Map();
  for (const { number, signs } of workers)
    for (const { level, code, text } of signs) {
      const key = OF_THE_MACHINE.has(code) ? code : `${level} ${text}`;
      const before = said.get(key);
      if (before) before.numbers.push(number);
      else said.set(key, { level, text, numbers: OF_THE_MACHINE.has(code) ? [] : [number] });
    }
  return [...said.entries()].map(([key, { level, text, numbers }]) => {
    const everybody = OF_THE_MACHINE.has(key) || numbers.length === all;
    return { level, text: everybody ? text : `${workerNames(numbers)}: ${text}` };
  });
}

/** The line at the top of the page. */
export function verdict() {
  const title = h("p", { class: "verdict-title", attrs: { role: "status" } });
  const sign = h("span", { class: "verdict-sign" });
  const when = h("p", { class: "fine" });
  const reasons = h("ul", { class: "reasons" });
  const element = h(
    "section",
    { class: "card verdict", attrs: { "aria-label": "Health" } },
    sign,
    title,
    when,
    reasons,
  );
  /** @param {Workers} answer @param {number} ageMs @param {string} trouble why the last question was not answered */
  const update = (answer, ageMs, trouble) => {
    const found = judged(answer, ageMs);
    const old = found.level === "old";
    attr(element, "data-health", found.level);
    rebuild(sign, found.level, () => [icon(ICONS[found.level])]);
    setText(title, found.title);
    const at = clock(Date.parse(answer.now));
    setText(
      when,
      old ? `Everything below is of ${at}, ${long(ageMs / 1000)} ago. ${trouble}` : `As of ${at}, the server's time`,
    );
    rebuild(reasons, found.reasons.join("\n"), () => found.reasons.map((text) => h("li", { text })));
  };
  return { element, update };
}
