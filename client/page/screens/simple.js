import { button, enable, h, rebuild, setLabel, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { waysOn } from "../ways.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Screen} Screen */
/** @typedef {import("../model.js").Strings} Strings */

/** @param {Strings} strings @returns {Screen} */
export function loadingScreen(strings) {
  const heading = h("h1", { class: "quiet-heading", text: strings.loading.title, attrs: { tabindex: -1 } });
  const element = h(
    "div",
    { class: "screen narrow centered bare" },
    h("span", { class: "waiting-dots", attrs: { "aria-hidden": "true" } }, h("i"), h("i"), h("i")),
    heading,
  );
  return { element, heading, update() {} };
}

/** @param {Strings} strings @param {Actions} actions @param {() => void} askToLeave @returns {Screen} */
export function pausedScreen(strings, actions, askToLeave) {
  const s = strings.paused;
  const heading = h("h1", { text: s.title, attrs: { tabindex: -1 } });
  const remaining = h("p");
  const draft = h("p", { text: s.draftKept });
  const resume = button(s.resume, () => actions.command("resume"), {
    class: "button primary large",
    icon: icon("play"),
  });
  const leave = button(s.leave, askToLeave, { class: "button quiet large" });
  const element = h(
    "div",
    { class: "screen narrow centered" },
    badge("pause"),
    heading,
    h("p", { class: "lead", text: s.text }),
    draft,
    remaining,
    h("div", { class: "actions stacked" }, resume, leave),
  );
  return {
    element,
    heading,
    update(model) {
      const seconds = model.view.pausedRemainingS;
      setText(remaining, seconds === null ? "" : `${s.remaining(Math.floor(seconds / 60))} ${s.after}`);
      show(draft, model.draft !== "");
      enable(resume, model.connection.state === "open");
      enable(leave, model.connection.state === "open");
    },
  };
}

/** @param {Strings} strings @param {Actions} actions @returns {Screen} */
export function parkedScreen(strings, actions) {
  const s = strings.parked;
  const heading = h("h1", { text: s.title, attrs: { tabindex: -1 } });
  const resume = button(s.resume, () => actions.retry(), { class: "button primary large", icon: icon("play") });
  const element = h(
    "div",
    { class: "screen narrow centered" },
    badge("clock"),
    heading,
    h("p", { class: "lead", text: s.text }),
    h("div", { class: "actions stacked" }, resume),
  );
  return { element, heading, update() {} };
}

/** There is no place yet. @param {Strings} strings @param {import("./later.js").Body} body @returns {Screen} */
export function waitingScreen(strings, body) {
  const heading = h("h1", { text: strings.problem.waiting, attrs: { tabindex: -1 } });
  const element = h("div", { class: "screen narrow centered" }, badge("clock"), heading, body.element);
  return { element, heading, update: body.update };
}

/** @param {Strings} strings @param {Actions} actions @returns {Screen} */
export function problemScreen(strings, actions) {
  const s = strings.problem;
  const sign = h("div");
  const heading = h("h1", { attrs: { tabindex: -1 } });
  const text = h("p", { class: "lead" });
  const detail = h("p", { class: "fine" });
  const again = h("p", { attrs: { "aria-live": "off" } });
  const retry = button(s.retry, () => actions.retry(), { class: "button primary large" });
  const ways = h("div");
  const element = h(
    "div",
    { class: "screen narrow centered" },
    sign,
    heading,
    text,
    detail,
    again,
    h("div", { class: "actions stacked" }, retry),
    ways,
  );
  return {
    element,
    heading,
    update(model) {
      const problem = model.problem;
      if (!problem) return;
      const kinds = /** @type {Record<string, string[]>} */ (s.kinds);
      const [title = "", advice = ""] = kinds[problem.kind] ?? s.kinds.server;
      rebuild(ways, JSON.stringify(model.page), () => [waysOn(model.page, strings, { alternative: true })]);
      rebuild(sign, problem.kind, () => [badge(signOf(problem.kind))]);
      setText(heading, title);
      setText(text, advice);
      const own = strings.lang === "en" ? problem.detail : ""; // it has no other language
      setText(detail, own);
      show(detail, own !== "");
      const counts = problem.action === "auto";
      setText(again, !counts ? "" : problem.retryInS > 0 ? s.retryIn(problem.retryInS) : s.retrying);
      show(retry, problem.action !== "none");
      const label = problem.action === "takeOver" ? s.takeOver : problem.action === "consent" ? s.again : s.retry;
      setLabel(retry, model.busy ? s.retrying : label);
      enable(retry, !model.busy);
    },
  };
}

/** @param {string} kind */
function signOf(kind) {
  return (
    { link: "link", superseded: "window", network: "offline", full: "clock", expired: "clock", over: "clock" }[kind] ??
    "warning"
  );
}

/** @param {string} name */
export function badge(name) {
  return h("div", { class: "badge", attrs: { "aria-hidden": "true" } }, icon(name));
}
