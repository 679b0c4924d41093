import { button, h, setLabel, setText, show } from "../dom.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").CheckModel} CheckModel */
/** @typedef {import("../model.js").Strings} Strings */

/**
 * An offer to try one sentence. What comes of it has code, words and styles of its own, fetched
 * when it is taken; the one button stays where it is, and with it the focus.
 * @param {Strings} strings @param {Actions} actions
 */
export function rehearsalOffer(strings, actions) {
  const s = strings.rehearsal;
  const text = h("p", { text: s.text });
  const go = button(s.start, () => (running() ? actions.endRehearsal() : actions.rehearse()), {
    class: "button secondary",
  });
  const place = h("div");
  const element = h("section", { class: "card" }, h("h2", { text: s.title }), text, place, h("div", {}, go));
  /** @type {ReturnType<typeof import("./rehearsal-card.js").rehearsalCard> | null} */
  let card = null;
  let loading = false;
  let tries = 0;
  /** @type {CheckModel | null} */
  let shown = null;
  const running = () => !["done", "failed"].includes(shown?.rehearsal?.phase ?? "done");

  async function load() {
    loading = true;
    tries += 1;
    try {
      const again = tries > 1 ? `?try=${tries}` : "";
      /** @type {[typeof import("./rehearsal-card.js"), {words: import("../../strings/rehearsal/en.js").RehearsalWords}]} */
      const [{ rehearsalCard }, { words }] = await Promise.all([
        import(`./rehearsal-card.js${again}`),
        import(`../../strings/rehearsal/${strings.lang}.js${again}`),
      ]);
      card = rehearsalCard(strings, words, actions);
      place.replaceWith(card.element);
      if (shown) card.update(shown);
    } catch {
      loading = false; // tried again at the next click
      setText(text, s.failed);
      actions.endRehearsal();
    }
  }

  return {
    element,
    /** @param {CheckModel} check */
    update(check) {
      shown = check;
      show(element, check.microphone === "on" || check.rehearsal !== null);
      setLabel(go, running() ? s.stop : check.rehearsal ? s.again : s.start);
      show(text, check.rehearsal === null);
      if (check.rehearsal && !card && !loading) void load();
      card?.update(check);
    },
  };
}
