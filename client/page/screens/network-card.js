import { attr, button, h, rebuild, show } from "../dom.js";
import { icon } from "../icons.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */

/**
 * What the check of the network has found: a line where all is well, a card with a way on where no
 * sound gets through. @param {Strings} strings @param {Actions} actions
 */
export function networkCard({ network: s }, actions) {
  const words = h("div", { class: "network-words", attrs: { role: "status" } });
  const type = button(s.type, () => actions.typeOverWeb(), { class: "button primary", icon: icon("keyboard") });
  const again = button(s.again, () => actions.checkNetwork(), { class: "button secondary", icon: icon("repeat") });
  const element = h("section", { class: "network" }, words, h("div", { class: "row" }, type, again));
  return {
    element,
    /** @param {Model} model */
    update({ connectivity }) {
      show(element, connectivity !== "");
      attr(element, "data-network", connectivity);
      show(type, connectivity === "blocked");
      show(again, connectivity === "blocked" || connectivity === "unknown");
      rebuild(words, connectivity, () => {
        if (connectivity === "blocked") {
          const title = h("h2", { class: "with-icon" }, icon("warning"), h("span", { text: s.blockedTitle }));
          return [title, h("p", { text: s.blockedText })];
        }
        if (connectivity === "") return [];
        const sign = icon(connectivity === "open" ? "check" : "info");
        return [h("p", { class: "fine with-icon" }, sign, h("span", { text: s[connectivity] }))];
      });
    },
  };
}
