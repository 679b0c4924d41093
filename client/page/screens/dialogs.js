import { button, enable, h, setText, show, uniqueId } from "../dom.js";
import { deviceChoice } from "./device-choice.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */
/** @typedef {import("../../sdk/messages.js").Pace} Pace */

/** A modal dialog: the browser keeps the focus inside and gives it back. @param {string} title @param {...(Node | string)} children */
function modal(title, ...children) {
  const id = uniqueId("dialog");
  const element = h(
    "dialog",
    { attrs: { "aria-labelledby": id } },
    h("h2", { text: title, attrs: { id } }),
    ...children,
  );
  return element;
}

/** @param {Strings} strings @param {Actions} actions */
export function leaveDialog(strings, actions) {
  const s = strings.leave;
  const problem = h("p", { class: "failure", attrs: { role: "alert" } });
  const stay = button(s.cancel, () => element.close(), { class: "button primary" });
  const pause = button(
    s.pause,
    () => {
      element.close();
      actions.command("pause");
    },
    { class: "button secondary" },
  );
  const leave = button(
    s.confirm,
    () => {
      element.close();
      actions.leave();
    },
    { class: "button danger" },
  );
  const element = modal(
    s.title,
    h("p", { text: s.text }),
    h("p", { text: s.hint }),
    problem,
    h("div", { class: "actions" }, stay, pause, leave),
  );
  return {
    element,
    open: () => element.open || element.showModal(),
    close: () => element.close(),
    /** @param {Model} model */
    update(model) {
      const connected = model.connection.state === "open" || model.connection.state === "suspect";
      setText(problem, connected ? "" : strings.call.notConnected);
      enable(leave, connected);
      enable(pause, connected && model.view.can.has("pause"));
      show(pause, model.view.stage !== "paused");
    },
  };
}

/** @param {Strings} strings @param {Actions} actions */
export function optionsDialog(strings, actions) {
  const s = strings.options;
  const name = uniqueId("pace");
  /** @type {Map<string, HTMLInputElement>} */
  const radios = new Map();
  const paces = Object.entries(s.paces).map(([pace, [title = "", text = ""]]) => {
    const id = uniqueId("pace");
    const radio = h("input", {
      attrs: { type: "radio", name, value: pace, id },
      on: { change: () => actions.pace(/** @type {Pace} */ (pace)) },
    });
    radios.set(pace, radio);
    return h(
      "label",
      { class: "choice", attrs: { for: id } },
      radio,
      h("span", {}, h("strong", { text: title }), " ", h("span", { class: "fine", text: text })),
    );
  });
  const captions = h("input", {
    attrs: { type: "checkbox" },
    on: { change: () => actions.captions(captions.checked) },
  });
  const microphone = deviceChoice(s.microphone, strings.check.unnamedDevice, actions.chooseMicrophone);
  const failure = h("p", { class: "failure", attrs: { role: "alert" } });
  const close = button(s.close, () => element.close(), { class: "button primary" });
  const element = modal(
    s.title,
    h("fieldset", {}, h("legend", { text: s.pace }), h("p", { class: "fine", text: s.paceHelp }), ...paces),
    h("label", { class: "choice" }, captions, h("span", { text: s.captions })),
    microphone.element,
    failure,
    h("div", { class: "actions" }, close),
  );
  return {
    element,
    /** @param {"microphone"} [which] what the candidate came for */
    open(which) {
      if (element.open) return;
      element.showModal();
      if (which) microphone.select.focus();
      else [...radios.values()].find((radio) => radio.checked)?.focus();
    },
    close: () => element.close(),
    /** @param {Model} model */
    update(model) {
      const chosen = radios.get(model.view.pace);
      if (chosen && !chosen.checked) chosen.checked = true;
      if (captions.checked !== model.captions) captions.checked = model.captions;
      const none = { id: "", label: s.noMicrophone };
      setText(failure, model.notice); // said where the candidate is: the page behind is out of reach
      // One that has gone is none of them. Whichever is taken then is another choice.
      const device = ["ended", "blocked"].includes(model.microphoneTrouble) ? null : model.check.microphoneId;
      microphone.update([...model.check.microphones, none], model.hasMicrophone ? device : "");
    },
  };
}
