import { attr, button, enable, h, setLabel, show } from "../dom.js";
import { icon } from "../icons.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */

/**
 * The buttons of the call. What makes no sense now stays where it is and says that it is off.
 * @param {Strings} strings @param {Actions} actions @param {() => void} askToLeave
 */
export function controlsBar(strings, actions, askToLeave) {
  const s = strings.call;
  /** @param {string} name @param {string} label @param {() => void} onClick */
  const tool = (name, label, onClick) => button(label, onClick, { class: "tool", icon: icon(name) });
  const done = button(s.done, () => actions.command("done"), {
    class: "button primary large done",
    icon: icon("check"),
  });
  const notFinished = tool("undo", s.notFinished, () => actions.command("notFinished"));
  const repeat = tool("repeat", s.repeat, () => actions.command("repeat"));
  const rephrase = tool("chat", s.rephrase, () => actions.command("rephrase"));
  const skip = tool("skip", s.skip, () => actions.command("skip"));
  const pause = tool("pause", s.pause, () => actions.command("pause"));
  const mute = tool("mic", s.mute, () => actions.toggleMute());
  const type = tool("keyboard", s.type, () => actions.toggleTyping());
  const options = tool("sliders", s.options, () => actions.openOptions());
  const leave = tool("leave", s.leave, askToLeave);
  const tools = h("div", { class: "tools" }, notFinished, repeat, rephrase, skip, type, mute, pause, options, leave);
  let otherWords = false;
  const element = h("div", { class: "controls", attrs: { role: "group", "aria-label": s.controls } }, done, tools);

  return {
    element,
    /** @param {Model} model */
    update(model) {
      const { can, stage } = model.view;
      const connected = model.connection.state === "open" || model.connection.state === "suspect";
      const may = (/** @type {string} */ name) => connected && can.has(name);
      enable(done, may("done") && !model.closingTurn);
      enable(notFinished, may("not_finished"));
      enable(repeat, may("repeat"));
      enable(rephrase, may("rephrase"));
      // What a question has no other words for is not offered; between the questions nothing changes.
      if (can.has("repeat")) otherWords = can.has("rephrase");
      show(rephrase, otherWords || document.activeElement === rephrase);
      enable(skip, may("skip"));
      enable(pause, may("pause"));
      enable(leave, may("leave") || !connected);
      enable(mute, model.hasMicrophone);
      show(mute, model.hasMicrophone);
      show(done, model.hasMicrophone);
      show(type, model.hasMicrophone);
      setLabel(mute, model.muted ? s.unmute : s.mute);
      attr(mute, "data-on", model.muted);
      setLabel(type, model.typing ? s.typeClose : s.type);
      attr(type, "aria-expanded", model.typing ? "true" : "false");
      show(element, stage !== "wrap_up" && stage !== "ended");
    },
  };
}
