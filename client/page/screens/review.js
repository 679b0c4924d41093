import { attr, button, enable, h, setLabel, setText, show, uniqueId, writtenIn } from "../dom.js";
import { placeName } from "../model.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */
/** @typedef {import("../../sdk/api.js").OwnAnswer} OwnAnswer */

/**
 * The own words, each in a box to correct; what was heard stays beside what is changed. Loaded when it is
 * asked for.
 * @param {Strings} strings @param {Actions} actions
 */
export function reviewBody(strings, actions) {
  const s = strings.endings;
  const left = h("p", { class: "fine" });
  const failure = h("p", { class: "failure", attrs: { role: "alert" } });
  const send = button(s.reviewSendAsIs, () => actions.sendReview(changed()), { class: "button primary large" });
  const back = button(s.reviewBack, () => actions.closeReview(), { class: "button quiet large" });
  const boxes = h("div", { class: "review-boxes" });
  const element = h(
    "div",
    {},
    h("p", { class: "lead", text: s.reviewLead }),
    left,
    boxes,
    failure,
    h("div", { class: "actions" }, send, back),
  );
  /** @type {Map<string, {text: () => string, heard: string}>} */
  const fields = new Map();

  function changed() {
    /** @type {Record<string, string>} */
    const texts = {};
    for (const [id, field] of fields) if (field.text() !== field.heard) texts[id] = field.text();
    return texts;
  }
  function relabel() {
    const count = Object.keys(changed()).length;
    setLabel(send, count ? s.reviewSend(count) : s.reviewSendAsIs);
  }
  /** @param {OwnAnswer} answer @param {Model} model */
  function add(answer, model) {
    const box = answerBox(answer, model, strings, actions.reviewDraft, relabel);
    fields.set(answer.prompt_id, { text: box.text, heard: answer.text });
    boxes.append(box.element);
  }

  return {
    element,
    /** @param {Model} model */
    update(model) {
      const { ended, nowMs, busy } = model;
      for (const answer of ended?.answers ?? []) {
        if (answer.may_correct && !fields.has(answer.prompt_id)) add(answer, model);
      }
      if (fields.size && !busy) relabel();
      const minutes = Math.ceil(((ended?.review?.untilMs ?? 0) - nowMs) / 60_000);
      const isOpen = ended?.review?.status === "open" && minutes > 0;
      setText(left, isOpen ? s.reviewLeft(minutes) : s.reviewOver);
      if (busy) setLabel(send, strings.welcome.saving);
      enable(send, isOpen && !busy);
      setText(failure, model.failure);
    },
  };
}

/**
 * @param {OwnAnswer} answer @param {Model} model @param {Strings} strings
 * @param {(id: string, text: string) => void} keep what is typed so far @param {() => void} onChange
 */
function answerBox(answer, model, strings, keep, onChange) {
  const s = strings.endings;
  const id = uniqueId("review");
  const locale = model.page?.locale ?? null;
  const label = h("label", { text: answer.asked_text, attrs: { for: id } });
  const area = h("textarea", { attrs: { id, rows: 4, maxlength: 20_000, "aria-describedby": `${id}-heard` } });
  const heardText = h("span", { text: answer.text });
  const heard = h(
    "p",
    { class: "heard fine", attrs: { id: `${id}-heard` } },
    h("b", { text: `${s.heard} ` }),
    heardText,
  );
  const reset = button(s.reviewReset, () => set(answer.text), { class: "button quiet small" });
  const place = h("p", { class: "eyebrow" });
  setText(place, placeName(asAsked(answer), model.view.questionsTotal, strings));
  for (const own of [label, area, heardText]) writtenIn(own, locale);
  const element = h("section", { class: "card" }, place, label, area, heard, reset);

  function draw() {
    const differs = area.value !== answer.text;
    show(heard, differs);
    show(reset, differs);
    attr(element, "data-changed", differs);
  }
  /** @param {string} text */
  function set(text) {
    area.value = text;
    keep(answer.prompt_id, text === answer.text ? "" : text);
    draw();
    onChange();
    area.focus();
  }
  area.value = model.reviewDrafts[answer.prompt_id] ?? answer.text;
  area.addEventListener("input", () => {
    keep(answer.prompt_id, area.value === answer.text ? "" : area.value);
    draw();
    onChange();
  });
  draw();
  return { element, text: () => area.value };
}

/** @param {OwnAnswer} answer @returns {import("../../sdk/store.js").Asked} */
function asAsked({ prompt_id, kind, number, asked_text }) {
  return { id: prompt_id, kind, number, text: asked_text, seq: 0, segments: [] };
}
