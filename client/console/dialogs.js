import { button, enable, h, setText, uniqueId } from "../page/dom.js";
import { failureLine, sentenceOf } from "./parts.js";
import { words } from "./words.js";

/**
 * Asks before something that cannot be undone; with `type`, only who types that word may go on.
 * @param {{title: string, text: string, type?: string, act: () => Promise<void>}} options
 */
export function ask({ title, text, type = "", act }) {
  const [titleId, fieldId] = [uniqueId("title"), uniqueId("field")];
  const failure = failureLine();
  const input = h("input", { attrs: { id: fieldId, autocomplete: "off", spellcheck: "false", autocapitalize: "off" } });
  const field = h(
    "div",
    { class: "field" },
    h("label", { text: words.detail.eraseType(type), attrs: { for: fieldId } }),
    input,
  );
  const go = button(title, () => void perform(), { class: "button danger" });
  const back = button(words.detail.keep, () => dialog.close(), { class: "button secondary" });
  const dialog = h(
    "dialog",
    { class: "ask", attrs: { "aria-labelledby": titleId } },
    h("h2", { text: title, attrs: { id: titleId } }),
    h("p", { text }),
    type ? field : null,
    failure,
    h("div", { class: "actions" }, back, go),
  );
  const perform = async () => {
    enable(go, false);
    try {
      await act();
      dialog.close();
    } catch (error) {
      setText(failure, sentenceOf(error));
      enable(go, true);
    }
  };
  enable(go, type === "");
  input.addEventListener("input", () => enable(go, input.value.trim().toLowerCase() === type));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
