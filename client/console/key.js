import { enable, h, setLabel, setText } from "../page/dom.js";
import { failureLine } from "./bits.js";

/**
 * Where the key is typed in.
 * @param {{title: string, lead: string, label: string, show: string, open: string, opening: string, hint: string}} s
 * @param {(key: string) => Promise<void>} open rejects where the key opens nothing
 * @param {(error: unknown) => string} sentenceOf what that means @param {string} [said] what is wrong at once
 */
export function keyScreen(s, open, sentenceOf, said = "") {
  const input = h("input", {
    attrs: { id: "key", type: "password", required: true, autocomplete: "off", spellcheck: "false", maxlength: 4096 },
  });
  const visible = h("input", { attrs: { id: "visible", type: "checkbox" } });
  visible.addEventListener("change", () => input.setAttribute("type", visible.checked ? "text" : "password"));
  const failure = failureLine();
  setText(failure, said);
  const submit = h("button", { class: "button primary large", attrs: { type: "submit" } });
  submit.append(h("span", { class: "button-label", text: s.open }));
  const form = h(
    "form",
    { class: "card key-form" },
    h("div", { class: "field" }, h("label", { text: s.label, attrs: { for: "key" } }), input),
    h("label", { class: "check", attrs: { for: "visible" } }, visible, h("span", { text: s.show })),
    failure,
    submit,
    h("p", { class: "fine", text: s.hint }),
  );
  const tried = async () => {
    setText(failure, "");
    setLabel(submit, s.opening);
    enable(submit, false);
    try {
      await open(input.value.trim());
    } catch (error) {
      setText(failure, sentenceOf(error));
      setLabel(submit, s.open);
      enable(submit, true);
      input.focus();
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (submit.getAttribute("aria-disabled") !== "true") void tried();
  });
  const lead = h("p", { class: "lead", text: s.lead });
  return { element: h("div", { class: "screen narrow" }, h("h1", { text: s.title }), lead, form), input };
}
