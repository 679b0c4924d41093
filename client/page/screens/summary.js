import { attr, button, enable, h, setLabel, setText, show, uniqueId, writtenIn } from "../dom.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */
/** @typedef {import("../../sdk/messages.js").SummarySentence} Sentence */
/** @typedef {import("../../strings/corrections/en.js").CorrectionWords["summary"]} Words */

const LONGEST = 2_000;

/**
 * Loaded, with its words, when the interviewer offers the summary.
 * @param {Strings} strings @param {Actions} actions @param {string} again
 */
export async function later(strings, actions, again) {
  /** @type {{words: import("../../strings/corrections/en.js").CorrectionWords}} */
  const { words } = await import(`../../strings/corrections/${strings.lang}.js${again}`);
  return () => summaryPart(words.summary, actions);
}

/**
 * What was understood: offered, then to be read, each sentence in a box to correct.
 * @param {Words} s @param {Actions} actions
 */
export function summaryPart(s, actions) {
  const yes = button(s.yes, () => actions.tell({ type: "summary", choice: "yes" }), { class: "button primary" });
  const no = button(s.no, () => actions.tell({ type: "summary", choice: "no" }), { class: "button secondary" });
  const offer = h("div", { class: "choices" }, yes, no);
  const lead = h("p", { class: "lead", text: s.lead, attrs: { tabindex: -1 } });
  const boxes = h("div", { class: "review-boxes" });
  const right = button(s.right, finish, { class: "button primary" });
  const list = h("div", { class: "summary-list" }, lead, boxes, h("div", { class: "choices" }, right));
  /** @type {Map<string, ReturnType<typeof sentenceBox>>} */
  const fields = new Map();

  function unsaved() {
    return [...fields.values()].filter((field) => field.differs());
  }
  function finish() {
    for (const field of unsaved()) if (!field.save()) return;
    actions.tell({ type: "summary", choice: "yes" });
  }
  function relabel() {
    setLabel(right, unsaved().length ? s.finish : s.right);
  }

  return {
    element: h("div", { class: "summary" }, offer, list),
    /** @param {Model} model */
    update(model) {
      const { view, connection } = model;
      const sentences = view.summary.filter(({ text }) => text);
      const told = sentences.length > 0;
      const may = view.can.has("summary") && (connection.state === "open" || connection.state === "suspect");
      const stood = offer.contains(document.activeElement);
      show(offer, !told);
      show(list, told);
      for (const one of [yes, no, right]) enable(one, may);
      for (const sentence of sentences) {
        const known = fields.get(sentence.prompt_id);
        if (known) known.hear(sentence);
        else {
          const field = sentenceBox(sentence, model, s, actions, relabel);
          fields.set(sentence.prompt_id, field);
          boxes.append(field.element);
        }
      }
      relabel();
      if (told && stood) lead.focus({ preventScroll: true });
    },
  };
}

/**
 * @param {Sentence} first @param {Model} model @param {Words} s @param {Actions} actions
 * @param {() => void} onChange
 */
function sentenceBox(first, model, s, actions, onChange) {
  const id = uniqueId("sentence");
  const draftId = `:summary/${first.prompt_id}`;
  let sentence = first;
  const label = h("label", { text: `${s.question} ${first.number}`, attrs: { for: id } });
  const area = h("textarea", { attrs: { id, rows: 3, maxlength: LONGEST, "aria-describedby": `${id}-news` } });
  const news = h("p", { class: "fine", attrs: { id: `${id}-news`, role: "status" } });
  const keep = button(s.save, () => save(), { class: "button secondary small" });
  const reset = button(s.reset, () => set(sentence.text), { class: "button quiet small" });
  const element = h("section", { class: "card" }, label, area, news, keep, reset);
  area.style.minBlockSize = "5.5rem"; // three lines, also where a screen is low
  writtenIn(area, model.page?.locale ?? null);

  const now = () => sentence.correction || sentence.text;
  const text = () => area.value.trim();
  const differs = () => text() !== "" && text() !== now();
  function draw() {
    const changed = differs();
    show(keep, changed);
    show(reset, text() !== sentence.text);
    attr(element, "data-changed", changed || now() !== sentence.text);
    const saved = !changed && now() !== sentence.text;
    setText(news, changed ? s.unsaved : saved ? s.saved : "");
    onChange();
  }
  function save() {
    const sent = actions.tell({ type: "correct_summary", prompt_id: sentence.prompt_id, text: text() });
    if (!sent) setText(news, s.tooSoon);
    return sent;
  }
  /** @param {string} words */
  function set(words) {
    area.value = words;
    change();
    area.focus();
  }
  function change() {
    actions.keep(draftId, differs() ? area.value : "");
    draw();
  }
  /** What the server has by now; what is being typed stays. @param {Sentence} newer */
  function hear(newer) {
    if (newer === sentence) return;
    const untouched = !differs();
    sentence = newer;
    if (untouched) area.value = now();
    if (!differs()) actions.keep(draftId, "");
    draw();
  }
  area.value = actions.kept(draftId) || now();
  area.addEventListener("input", change);
  queueMicrotask(draw); // what is around it is still being made
  return { element, differs, save, hear };
}
