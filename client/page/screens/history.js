import { button, h, rebuild, show, uniqueId, writtenIn } from "../dom.js";
import { placeName, unclearWords } from "../model.js";
import { saidLines } from "./said.js";

/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */

/**
 * The conversation so far: each question, what was answered, what was asked for beside it. Loaded
 * when it is first asked for. The browser keeps the focus inside and gives it back.
 * @param {Strings} strings
 */
export function historyDialog(strings) {
  const s = strings.words;
  const id = uniqueId("history");
  const title = h("h2", { text: s.historyTitle, attrs: { id } });
  // It is scrolled with the keyboard: it takes the focus, and begins with the newest.
  const list = h("ol", { class: "answers history", attrs: { tabindex: 0, "aria-labelledby": id } });
  const empty = h("p", { text: s.historyEmpty });
  const close = button(s.close, () => element.close(), { class: "button primary" });
  const element = h(
    "dialog",
    { class: "history-dialog", attrs: { "aria-labelledby": id } },
    title,
    empty,
    list,
    h("div", { class: "actions" }, close),
  );
  return {
    element,
    /** @param {Model} model */
    open(model) {
      if (element.open) return;
      this.update(model);
      element.showModal();
      (list.hidden ? close : list).focus();
      list.scrollTop = list.scrollHeight;
    },
    close: () => element.close(),
    /** @param {Model} model */
    update(model) {
      const asked = model.view.questions.filter((one) => one.text);
      const unclear = unclearWords(model, strings);
      const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
      writtenIn(list, model.page?.locale ?? null);
      const changed = rebuild(list, JSON.stringify(asked), () =>
        asked.map((one) => {
          const place = h("p", { class: "eyebrow", text: placeName(one, model.view.questionsTotal, strings) });
          writtenIn(place, strings.lang);
          return h("li", {}, place, h("h3", { text: one.text }), ...saidLines(one, strings, unclear));
        }),
      );
      if (changed && atEnd) list.scrollTop = list.scrollHeight;
      show(list, asked.length > 0);
      show(empty, asked.length === 0);
    },
  };
}
