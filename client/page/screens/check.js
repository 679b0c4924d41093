import { attr, button, enable, h, setLabel, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { deviceChoice } from "./device-choice.js";
import { networkCard } from "./network-card.js";
import { rehearsalOffer } from "./rehearsal-offer.js";
import { speakCard } from "./speak-card.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").CheckModel} CheckModel */
/** @typedef {import("../model.js").Screen} Screen */
/** @typedef {import("../model.js").Strings} Strings */

/**
 * Sound out, sound in, and a named fix for whatever is wrong with them.
 * @param {Strings} strings @param {Actions} actions @returns {Screen}
 */
export function checkScreen(strings, actions) {
  const s = strings.check;
  const heading = h("h1", { attrs: { tabindex: -1 } });
  const lead = h("p", { class: "lead" });
  const network = networkCard(strings, actions);
  const hear = hearCard(strings, actions);
  const speak = speakCard(strings, actions);
  const rehearsal = rehearsalOffer(strings, actions);
  const start = button("", () => actions.start(true), { class: "button primary large" });
  const without = button("", () => actions.start(false), { class: "button quiet large", icon: icon("keyboard") });
  const note = h("p", { class: "fine center", text: s.withoutNote });
  const element = h(
    "div",
    { class: "screen narrow check" },
    heading,
    lead,
    network.element,
    hear.element,
    speak.element,
    rehearsal.element,
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
      network.update(model);
      hear.update(check);
      speak.update(check);
      rehearsal.update(check);
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
