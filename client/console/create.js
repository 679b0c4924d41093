import { enable, h, setLabel, setText, show } from "../page/dom.js";
import { ApiProblem } from "./api.js";
import { MAIN, MORE } from "./fields.js";
import { fieldOf, placeFaults, put } from "./form.js";
import { failureLine, go, SERVER_SAYS, sentenceOf } from "./parts.js";
import { questionsPart } from "./questions.js";
import { words } from "./words.js";

/** @typedef {import("./api.js").ConsoleApi} ConsoleApi */
/** @typedef {import("./form.js").Shown} Shown */

const TEMPLATES = "/v1/templates";
const OF_CANDIDATE = "/candidate/";

/** A new interview, from a template or field by field. @param {ConsoleApi} api @returns {import("./app.js").Screen} */
export function createScreen(api) {
  const s = words.create;
  const heading = h("h1", { text: s.title, attrs: { tabindex: -1 } });
  const main = MAIN.map(fieldOf);
  const groups = MORE.map(({ title, fields }) => ({ title, fields: fields.map(fieldOf) }));
  const questions = questionsPart();
  const more = h("details", { class: "card more" }, h("summary", { text: s.more }), ...groups.map(groupOf));
  const template = templatePart(api, (chosen) => {
    for (const field of main) show(field.element, !chosen || field.pointer.startsWith(OF_CANDIDATE));
    show(questions.element, !chosen);
    show(more, !chosen);
  });
  const failure = failureLine();
  const rest = h("ul", { class: "reasons" });
  const submit = h("button", { class: "button primary large", attrs: { type: "submit" } });
  submit.append(h("span", { class: "button-label", text: s.submit }));
  const first = h("section", { class: "card" }, ...main.map(({ element }) => element));
  const form = h("form", { class: "column", attrs: { novalidate: true } });
  form.append(template.element, first, questions.element, more, failure, rest, h("div", { class: "actions" }, submit));
  const all = () => [...main, ...questions.shown(), ...groups.flatMap(({ fields }) => fields)];
  let [key, sent] = ["", ""];
  const send = async () => {
    const unread = all().filter(({ element, control }) => !element.hidden && control.validity.badInput);
    for (const field of all()) field.fault(unread.includes(field) ? s.unread : "");
    if (unread[0]) {
      setText(failure, s.faults(unread.length));
      rest.replaceChildren();
      return focusOn(unread[0]);
    }
    const body = bodyOf(
      main,
      groups.flatMap(({ fields }) => fields),
      questions.value(),
      template.chosen(),
    );
    const content = JSON.stringify(body);
    if (content !== sent) [key, sent] = [idempotencyKey(), content]; // another content, another interview
    setText(failure, "");
    rest.replaceChildren();
    setLabel(submit, s.submitting);
    enable(submit, false);
    try {
      const made = await api.create(body, key);
      api.warnings.set(made.id, made.warnings ?? []);
      go(`interview/${encodeURIComponent(made.id)}`);
    } catch (error) {
      showFaults(error, all(), failure, rest);
      setLabel(submit, s.submit);
      enable(submit, true);
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (submit.getAttribute("aria-disabled") !== "true") void send();
  });
  return { element: h("div", { class: "screen wide create" }, heading, form), title: s.title };
}

/** @param {{title: string, fields: Shown[]}} group */
function groupOf({ title, fields }) {
  return h("fieldset", {}, h("legend", { text: title }), ...fields.map(({ element }) => element));
}

/**
 * @param {Shown[]} main @param {Shown[]} more @param {unknown[]} questions @param {string} template its id, or ""
 */
function bodyOf(main, more, questions, template) {
  /** @type {Record<string, any>} */
  const body = template ? { template } : { questions };
  for (const field of template ? main.filter(({ pointer }) => pointer.startsWith(OF_CANDIDATE)) : [...main, ...more]) {
    const value = field.value();
    if (value !== undefined) put(body, field.pointer, value);
  }
  return body;
}

/** @param {unknown} error @param {Shown[]} fields @param {HTMLElement} failure @param {HTMLElement} list */
function showFaults(error, fields, failure, list) {
  const s = words.create;
  const faults = error instanceof ApiProblem ? error.errors : [];
  const { rest, hit } = placeFaults(fields, faults);
  list.replaceChildren(
    ...rest.map(({ pointer, message }) => h("li", { text: `${pointer}: ${message}`, attrs: SERVER_SAYS })),
  );
  const [first] = hit;
  setText(failure, first ? s.faults(hit.length) : rest.length ? s.elsewhere : sentenceOf(error));
  if (first) focusOn(first);
}

/** @param {Shown} field */
function focusOn({ element, control }) {
  const folded = element.closest("details");
  if (folded) folded.open = true;
  control.focus();
}

/** `crypto.randomUUID` is there with https only. */
function idempotencyKey() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
}

/** @param {ConsoleApi} api @param {(chosen: boolean) => void} onChoice */
function templatePart(api, onChoice) {
  const s = words.create;
  const choice = h("select", { attrs: { id: "template" } }, h("option", { text: s.scratch, attrs: { value: "" } }));
  const hint = h("p", { class: "fine", text: s.templateHint });
  const element = h(
    "section",
    { class: "card" },
    h("div", { class: "field" }, h("label", { text: s.from, attrs: { for: "template" } }), choice, hint),
  );
  choice.addEventListener("change", () => {
    show(hint, choice.value !== "");
    onChoice(choice.value !== "");
  });
  show(element, false);
  show(hint, false);
  const fill = async () => {
    if (!api.has(TEMPLATES)) return;
    const { templates } = await api.templates();
    choice.append(
      ...templates.map(({ id, name, questions_total: count }) =>
        h("option", { text: s.template(name, count), attrs: { value: id } }),
      ),
    );
    show(element, templates.length > 0);
  };
  fill().catch(() => {}); // without them there is the form
  return { element, chosen: () => choice.value };
}
