import { attr, button, enable, h, rebuild, setLabel, setText, show, uniqueId } from "../dom.js";
import { icon } from "../icons.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").CheckModel} CheckModel */
/** @typedef {import("../model.js").Device} Device */
/** @typedef {import("../model.js").Screen} Screen */
/** @typedef {import("../model.js").Strings} Strings */

/**
 * Sound out, sound in, and a named mend for whatever is wrong with them.
 * @param {Strings} strings @param {Actions} actions @returns {Screen}
 */
export function checkScreen(strings, actions) {
  const s = strings.check;
  const heading = h("h1", { attrs: { tabindex: -1 } });
  const lead = h("p", { class: "lead" });
  const hear = hearCard(strings, actions);
  const speak = speakCard(strings, actions);
  const start = button("", () => actions.start(true), { class: "button primary large" });
  const without = button("", () => actions.start(false), { class: "button quiet large", icon: icon("keyboard") });
  const note = h("p", { class: "fine center", text: s.withoutNote });
  const element = h(
    "div",
    { class: "screen narrow check" },
    heading,
    lead,
    hear.element,
    speak.element,
    h("div", { class: "actions stacked" }, start, without),
    note,
  );

  return {
    element,
    heading,
    level: (which, fraction) => which === "microphone" && speak.level(fraction),
    update(model) {
      const check = model.check;
      setText(heading, check.returning ? s.titleBack : s.title);
      setText(lead, check.returning ? s.leadBack : s.lead);
      setLabel(start, check.returning ? s.startBack : s.start);
      setLabel(without, check.returning ? s.withoutBack : s.without);
      show(start, check.microphone === "on");
      attr(without, "class", `button large ${check.microphone === "problem" ? "secondary" : "quiet"}`);
      hear.update(check);
      speak.update(check);
    },
  };
}

/** @param {Strings} strings @param {Actions} actions */
function hearCard(strings, actions) {
  const s = strings.check;
  const tone = button(s.playTone, () => actions.playTone(), { class: "button secondary", icon: icon("speaker") });
  const note = h("p", { class: "fine", attrs: { role: "status" } });
  const speaker = deviceChoice(s.speaker, s.unnamedDevice, actions.chooseSpeaker);
  const element = h(
    "section",
    { class: "card" },
    h("h2", { text: s.hearTitle }),
    h("p", { text: s.hearText }),
    h("div", { class: "row" }, tone, speaker.element),
    note,
  );
  return {
    element,
    /** @param {CheckModel} check */
    update(check) {
      setLabel(tone, check.tone === "playing" ? s.playingTone : s.playTone);
      enable(tone, check.tone !== "playing");
      setText(note, check.tone === "played" ? s.playedTone : check.tone === "failed" ? s.toneFailed : "");
      speaker.update(check.speakers, check.speakerId);
      show(speaker.element, check.speakers.length > 1);
    },
  };
}

/** @param {Strings} strings @param {Actions} actions */
function speakCard(strings, actions) {
  const s = strings.check;
  const text = h("p", { text: s.speakText });
  const use = button(s.useMicrophone, () => actions.askMicrophone(), { class: "button primary", icon: icon("mic") });
  const choice = deviceChoice(s.microphone, s.unnamedDevice, actions.chooseMicrophone);
  const bar = h("span", { class: "meter-bar" });
  const meter = h(
    "div",
    {
      class: "meter",
      attrs: { role: "meter", "aria-label": s.level, "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": 0 },
    },
    bar,
  );
  const verdict = h("p", { class: "verdict with-icon", attrs: { role: "status" } });
  const mend = h("p", { class: "mend" });
  const problem = h("div", { class: "trouble", attrs: { role: "alert" } });
  const again = button(s.tryAgain, () => actions.askMicrophone(), { class: "button secondary", icon: icon("repeat") });
  const live = h("div", { class: "live-check" }, choice.element, meter, verdict, mend);
  const element = h("section", { class: "card" }, h("h2", { text: s.speakTitle }), text, use, live, problem, again);
  let shownPercent = -1;
  return {
    element,
    /** @param {number} fraction */
    level(fraction) {
      bar.style.setProperty("--level", fraction.toFixed(3));
      const percent = Math.round(fraction * 10) * 10;
      if (percent !== shownPercent) attr(meter, "aria-valuenow", (shownPercent = percent));
    },
    /** @param {CheckModel} check */
    update(check) {
      const on = check.microphone === "on";
      show(text, check.microphone === "idle" || check.microphone === "asking");
      show(use, check.microphone === "idle" || check.microphone === "asking");
      setLabel(use, check.microphone === "asking" ? s.asking : s.useMicrophone);
      enable(use, check.microphone === "idle");
      show(live, on);
      choice.update(check.microphones, check.microphoneId);
      show(choice.element, check.microphones.length > 0);
      attr(verdict, "data-sound", check.sound);
      rebuild(verdict, check.sound, () => [
        icon(verdictIcon(check.sound)),
        h("span", { text: verdictText(s, check.sound) }),
      ]);
      setText(mend, check.sound === "silent" ? s.silentMend : check.sound === "muted" ? s.mutedMend : "");
      show(mend, mend.textContent !== "");
      show(problem, check.microphone === "problem");
      const [title = "", advice = ""] = check.problem ? s.problems[check.problem] : [];
      rebuild(problem, check.problem ?? "", () => [
        h("p", { class: "with-icon" }, icon("warning"), h("strong", { text: title })),
        h("p", { text: advice }),
      ]);
      const hopeless = check.problem === "insecure" || check.problem === "unsupported";
      show(again, check.microphone === "problem" && !hopeless);
    },
  };
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

/**
 * @param {string} label @param {(index: number) => string} unnamed @param {(id: string) => void} onChoose
 */
export function deviceChoice(label, unnamed, onChoose) {
  const id = uniqueId("device");
  const select = h("select", { attrs: { id }, on: { change: () => onChoose(select.value) } });
  const element = h("div", { class: "field" }, h("label", { text: label, attrs: { for: id } }), select);
  return {
    element,
    select,
    /** @param {Device[]} devices @param {string} chosen */
    update(devices, chosen) {
      rebuild(select, JSON.stringify(devices), () =>
        devices.map((device, index) =>
          h("option", { text: device.label || unnamed(index + 1), attrs: { value: device.id } }),
        ),
      );
      if (select.value !== chosen && devices.some((device) => device.id === chosen)) select.value = chosen;
    },
  };
}
