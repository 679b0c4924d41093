import { attr, button, enable, h, setLabel, setText, show, uniqueId, writtenIn } from "../dom.js";
import { placeName } from "../model.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */
/** @typedef {import("../../sdk/api.js").OwnAnswer} OwnAnswer */

/** @typedef {import("../../strings/corrections/en.js").CorrectionWords["review"] & {over: string}} Words */

/**
 * Loaded, with its words, when it is asked for.
 * @param {Strings} strings @param {Actions} actions @param {string} again
 */
export async function later(strings, actions, again) {
  /** @type {{words: import("../../strings/corrections/en.js").CorrectionWords}} */
  const { words } = await import(`../../strings/corrections/${strings.lang}.js${again}`);
  /** @type {{words: import("../../strings/after/en.js").AfterWords}} */
  const { words: after } = await import(`../../strings/after/${strings.lang}.js${again}`);
  return () => reviewBody(strings, { ...words.review, over: after.reviewOver }, actions);
}

/**
 * The own words, each in a box to correct; what was heard stays beside what is changed.
 * @param {Strings} strings @param {Words} w @param {Actions} actions
 */
export function reviewBody(strings, w, actions) {
  const left = h("p", { class: "fine" });
  const failure = h("p", { class: "failure", attrs: { role: "alert" } });
  const send = button(w.sendAsIs, () => actions.sendReview(changed()), { class: "button primary large" });
  const back = button(w.back, () => actions.closeReview(), { class: "button quiet large" });
  const boxes = h("div", { class: "review-boxes" });
  const element = h(
    "div",
    {},
    h("p", { class: "lead", text: w.lead }),
    left,
    boxes,
    failure,
    h("div", { class: "actions" }, send, back),
  );
  /** @type {Map<string, ReturnType<typeof answerBox>>} */
  const fields = new Map();

  function changed() {
    /** @type {Record<string, string>} */
    const texts = {};
    for (const [id, field] of fields) if (field.differs()) texts[id] = field.text();
    return texts;
  }
  function relabel() {
    const count = Object.keys(changed()).length;
    setLabel(send, count ? w.send(count) : w.sendAsIs);
  }
  /** Each answer in its place, also where its words came late. @param {Model} model */
  function fill(model) {
    let place = 0;
    for (const answer of model.ended?.answers ?? []) {
      const known = fields.get(answer.prompt_id);
      known?.hear(answer.text);
      if (!known && !answer.may_correct) continue;
      const box = known ?? answerBox(answer, model, strings, w, actions.reviewDraft, relabel);
      if (!known) boxes.insertBefore(box.element, boxes.children[place] ?? null);
      fields.set(answer.prompt_id, box);
      place += 1;
    }
  }

  return {
    element,
    /** @param {Model} model */
    update(model) {
      const { ended, nowMs, busy } = model;
      fill(model);
      if (fields.size && !busy) relabel();
      const minutes = Math.ceil(((ended?.review?.untilMs ?? 0) - nowMs) / 60_000);
      const isOpen = ended?.review?.status === "open" && minutes > 0;
      setText(left, isOpen ? w.left(minutes) : w.over);
      if (busy) setLabel(send, strings.welcome.saving);
      enable(send, isOpen && !busy);
      setText(failure, model.failure);
    },
  };
}

/**
 * @param {OwnAnswer} answer @param {Model} model @param {Strings} strings @param {Words} w
 * @param {(id: string, text: string | null) => void} keep what is typed so far @param {() => void} onChange
 */
function answerBox(answer, model, strings, w, keep, onChange) {
  let original = answer.text;
  const id = uniqueId("review");
  const locale = model.page?.locale ?? null;
  const label = h("label", { text: answer.asked_text, attrs: { for: id } });
  const area = h("textarea", { attrs: { id, rows: 4, maxlength: 20_000, "aria-describedby": `${id}-heard` } });
  const heardText = h("span", { text: original });
  const heard = h(
    "p",
    { class: "heard fine", attrs: { id: `${id}-heard` } },
    h("b", { text: `${w.heard} ` }),
    heardText,
  );
  const reset = button(w.reset, () => set(original), { class: "button quiet small" });
  const place = h("p", { class: "eyebrow" });
  setText(place, placeName(asAsked(answer), model.view.questionsTotal, strings));
  for (const own of [label, area, heardText]) writtenIn(own, locale);
  const element = h("section", { class: "card" }, place, label, area, heard, reset);

  const differs = () => area.value !== original;
  function draw() {
    show(heard, differs());
    show(reset, differs());
    attr(element, "data-changed", differs());
  }
  function change() {
    keep(answer.prompt_id, differs() ? area.value : null);
    draw();
    onChange();
  }
  /** @param {string} text */
  function set(text) {
    area.value = text;
    change();
    area.focus();
  }
  /** What was heard has more words by now; what was typed stays. @param {string} text */
  function hear(text) {
    if (text === original) return;
    if (!differs()) area.value = text;
    original = text;
    setText(heardText, text);
    draw();
  }
  area.value = model.reviewDrafts[answer.prompt_id] ?? original;
  area.addEventListener("input", change);
  draw();
  return { element, text: () => area.value, differs, hear };
}

/** @param {OwnAnswer} answer @returns {import("../../sdk/store.js").Asked} */
function asAsked({ prompt_id, kind, number, asked_text }) {
  return { id: prompt_id, kind, number, text: asked_text, seq: 0, segments: [] };
}
