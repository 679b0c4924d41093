import { attr, button, enable, h, rebuild, setLabel, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { deviceChoice } from "./device-choice.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").CheckModel} CheckModel */
/** @typedef {import("../model.js").Strings} Strings */

/** Sound in: the microphone, its level, and what is wrong with it. @param {Strings} strings @param {Actions} actions */
export function speakCard(strings, actions) {
  const s = strings.check;
  const text = h("p", { text: s.speakText });
  const use = button(s.useMicrophone, () => actions.askMicrophone(), { class: "button primary", icon: icon("mic") });
  const live = liveCheck(strings, actions);
  const problem = trouble(strings);
  const again = button(s.tryAgain, () => actions.askMicrophone(), { class: "button secondary", icon: icon("repeat") });
  const title = h("h2", { text: s.speakTitle, attrs: { tabindex: -1 } });
  const element = h("section", { class: "card" }, title, text, use, live.element, problem.element, again);
  return {
    element,
    level: live.level,
    /** @param {CheckModel} check */
    update(check) {
      const focused = document.activeElement;
      const before = check.microphone === "idle" || check.microphone === "asking";
      show(text, before);
      show(use, before);
      setLabel(use, check.microphone === "asking" ? s.asking : s.useMicrophone);
      enable(use, check.microphone === "idle");
      live.update(check);
      problem.update(check);
      const hopeless = ["insecure", "unsupported", "framed"].includes(check.problem ?? "");
      show(again, check.microphone === "problem" && !hopeless);
      // What was pressed is gone: its place is taken by what can be pressed now.
      if (element.contains(focused) && focused?.closest("[hidden]"))
        ([use, again, live.select].find((one) => !one.closest("[hidden]")) ?? title).focus();
    },
  };
}

/** Which microphone, how loud, and whether that is a voice. @param {Strings} strings @param {Actions} actions */
function liveCheck(strings, actions) {
  const s = strings.check;
  const choice = deviceChoice(s.microphone, s.unnamedDevice, actions.chooseMicrophone);
  const meter = levelMeter(s.level);
  const verdict = h("p", { class: "verdict with-icon", attrs: { role: "status" } });
  const mend = h("p", { class: "mend" });
  const element = h("div", { class: "live-check" }, choice.element, meter.element, verdict, mend);
  return {
    element,
    select: choice.select,
    level: meter.level,
    /** @param {CheckModel} check */
    update(check) {
      show(element, check.microphone === "on");
      choice.update(check.microphones, check.microphoneId);
      show(choice.element, check.microphones.length > 0);
      attr(verdict, "data-sound", check.sound);
      rebuild(verdict, check.sound, () => [
        icon(verdictIcon(check.sound)),
        h("span", { text: verdictText(s, check.sound) }),
      ]);
      setText(mend, check.sound === "silent" ? s.silentMend : check.sound === "muted" ? s.mutedMend : "");
      show(mend, mend.textContent !== "");
    },
  };
}

/** @param {string} label */
function levelMeter(label) {
  const bar = h("span", { class: "meter-bar" });
  const range = { "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": 0 };
  const element = h("div", { class: "meter", attrs: { role: "meter", "aria-label": label, ...range } }, bar);
  let shownPercent = -1;
  return {
    element,
    /** @param {number} fraction */
    level(fraction) {
      bar.style.setProperty("--level", fraction.toFixed(3));
      // In steps: a number that changes with every sound is of no use to who hears it read.
      const percent = Math.round(fraction * 10) * 10;
      if (percent === shownPercent) return;
      shownPercent = percent;
      attr(element, "aria-valuenow", percent);
    },
  };
}

/** What is wrong with the microphone, and how to fix it. @param {Strings} strings */
function trouble(strings) {
  const element = h("div", { class: "trouble", attrs: { role: "alert" } });
  return {
    element,
    /** @param {CheckModel} check */
    update(check) {
      show(element, check.microphone === "problem");
      const [title = "", advice = ""] = check.problem ? strings.check.problems[check.problem] : [];
      rebuild(element, check.problem ?? "", () => [
        h("p", { class: "with-icon" }, icon("warning"), h("strong", { text: title })),
        h("p", { text: advice }),
        check.problem === "framed" && inATab(strings),
      ]);
    },
  };
}

/** The interview in a tab of its own, where nobody stands between it and the microphone. @param {Strings} strings */
function inATab(strings) {
  const [href = ""] = globalThis.location.href.split("#");
  const attrs = { href, target: "_blank", rel: "noopener" };
  return h("a", { class: "button secondary", text: strings.embed.openTab, attrs });
}

/** @param {CheckModel["sound"]} sound */
function verdictIcon(sound) {
  if (sound === "heard") return "check";
  return sound === "muted" ? "micOff" : sound === "silent" ? "warning" : "mic";
}

/** @param {Strings["check"]} s @param {CheckModel["sound"]} sound */
function verdictText(s, sound) {
  if (sound === "muted") return s.mutedBySystem;
  return s[sound];
}
