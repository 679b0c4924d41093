import { attr, button, enable, h, setLabel, show } from "../dom.js";
import { icon } from "../icons.js";
import { microphoneWords } from "../model.js";
import { showOrLeave } from "./choices.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */

/**
 * The buttons of the call: what the turn needs first, then what helps, the way out last and apart.
 * What makes no sense now stays where it is and says that it is off; only Done comes and goes.
 * @param {Strings} strings @param {Actions} actions @param {() => void} askToLeave @param {HTMLElement} heading
 */
export function controlsBar(strings, actions, askToLeave, heading) {
  const b = buttonsOf(strings, actions, askToLeave);
  const main = h("div", { class: "main-actions" }, b.skipGreeting, b.done, b.moment);
  const { notFinished, repeat, rephrase, skip, type, mute, pause, options, leave } = b;
  const tools = h("div", { class: "tools" }, notFinished, repeat, rephrase, skip, type, mute, pause, options, leave);
  const name = strings.call.controls;
  show(rephrase, false);
  const element = h("div", { class: "controls", attrs: { role: "group", "aria-label": name } }, main, tools);
  return {
    element,
    /** @param {Model} model */
    update(model) {
      const { stage } = model.view;
      updateTurn(b, model);
      // Nothing is left to skip: the focus goes where the question will be.
      showOrLeave(b.skipGreeting, stage === "greeting" && may(model, "skip"), heading);
      updateOwn(b, model, strings);
      show(
        main,
        [...main.children].some((one) => !(/** @type {HTMLElement} */ (one).hidden)),
      );
      show(element, stage !== "wrap_up" && stage !== "ended");
    },
  };
}

/** @typedef {ReturnType<typeof buttonsOf>} Buttons */

/** @param {Strings} strings @param {Actions} actions @param {() => void} askToLeave */
function buttonsOf({ call: s, words: w }, actions, askToLeave) {
  /** @param {string} name @param {string} label @param {() => void} onClick @param {string} [className] */
  const tool = (name, label, onClick, className = "tool") =>
    button(label, onClick, { class: className, icon: icon(name) });
  const mute = tool("mic", s.mute, () =>
    mute.hasAttribute("data-wrong") ? actions.openOptions("microphone") : actions.toggleMute(),
  );
  return {
    moment: button(w.moment, () => actions.command("think"), { class: "button secondary moment", icon: icon("clock") }),
    skipGreeting: button(w.skipGreeting, () => actions.command("skip"), {
      class: "button secondary large",
      icon: icon("skip"),
    }),
    done: button(s.done, () => actions.command("done"), { class: "button primary large done", icon: icon("check") }),
    notFinished: tool("undo", s.notFinished, () => actions.command("notFinished")),
    repeat: tool("repeat", s.repeat, () => actions.command("repeat")),
    rephrase: tool("chat", s.rephrase, () => actions.command("rephrase")),
    skip: tool("skip", s.skip, () => actions.command("skip")),
    pause: tool("pause", s.pause, () => actions.command("pause")),
    mute,
    type: tool("keyboard", s.type, () => actions.toggleTyping()),
    options: tool("sliders", s.options, () => actions.openOptions()),
    leave: tool("leave", s.leave, askToLeave, "tool leave"),
  };
}

/** A hidden button loses the focus: who stands on it keeps it. @param {HTMLElement} one @param {boolean} shown */
function showUnlessFocused(one, shown) {
  show(one, shown || document.activeElement === one);
}

/** @param {Model} model */
function isConnected({ connection }) {
  return connection.state === "open" || connection.state === "suspect";
}

/** @param {Model} model @param {string} name of what the server allows now */
function may(model, name) {
  return isConnected(model) && model.view.can.has(name);
}

/** What is asked of the interviewer. @param {Buttons} b @param {Model} model */
function updateTurn({ done, moment, notFinished, repeat, rephrase, skip, pause, leave }, model) {
  const { can, questions } = model.view;
  const allowed = (/** @type {string} */ name) => may(model, name);
  const finishing = allowed("done") && !model.closingTurn;
  const thinking = allowed("think") && !model.closingTurn;
  enable(moment, thinking);
  showUnlessFocused(moment, thinking);
  enable(done, finishing);
  if (model.hasMicrophone) showUnlessFocused(done, finishing);
  else show(done, false);
  attr(notFinished, "data-again", done.hidden && allowed("not_finished"));
  enable(notFinished, allowed("not_finished"));
  enable(repeat, allowed("repeat"));
  enable(rephrase, allowed("rephrase"));
  enable(skip, allowed("skip"));
  // Before the first question there is nothing to ask for again.
  for (const one of [notFinished, repeat, skip]) showUnlessFocused(one, questions.length > 0);
  // What a question has no other words for is not offered; between the questions nothing changes.
  showUnlessFocused(rephrase, can.has("repeat") ? can.has("rephrase") : !rephrase.hidden && questions.length > 0);
  enable(pause, allowed("pause"));
  enable(leave, allowed("leave") || !isConnected(model));
}

/** The candidate's own means. @param {Buttons} b @param {Model} model @param {Strings} strings */
function updateOwn({ mute, type }, model, strings) {
  const s = strings.call;
  const wrong = microphoneWords(model, strings) !== null;
  enable(mute, model.hasMicrophone);
  show(mute, model.hasMicrophone);
  show(type, model.hasMicrophone);
  setLabel(mute, muteLabel(strings, model));
  attr(mute, "data-on", model.muted || wrong);
  attr(mute, "data-wrong", wrong);
  setLabel(type, model.typing ? s.typeClose : s.type);
  attr(type, "aria-expanded", model.typing ? "true" : "false");
}

/** To mute is of no use while nothing comes from the microphone. @param {Strings} strings @param {Model} model */
export function muteLabel(strings, model) {
  return microphoneWords(model, strings)?.name ?? (model.muted ? strings.call.unmute : strings.call.mute);
}
