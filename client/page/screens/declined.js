import { button, enable, h, rebuild, setLabel, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { waysOn } from "../ways.js";
import { badge } from "./simple.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Screen} Screen */
/** @typedef {import("../model.js").Strings} Strings */

/** @param {Strings} strings @param {Actions} actions @returns {Screen} */
export function declinedScreen(strings, actions) {
  const s = strings.declined;
  const e = strings.endings;
  const heading = h("h1", { text: s.title, attrs: { tabindex: -1 } });
  const ask = h("p", { text: e.undoAsk });
  const undo = button("", () => actions.undoDecline(), { class: "button secondary large", icon: icon("undo") });
  const news = h("p", { attrs: { role: "status" } });
  const next = h("p", { text: s.next });
  const ways = h("div");
  const element = h(
    "div",
    { class: "screen narrow centered" },
    badge("heart"),
    heading,
    h("p", { class: "lead", text: s.text }),
    ask,
    h("div", { class: "actions stacked" }, undo),
    news,
    next,
    ways,
  );
  return {
    element,
    heading,
    update({ decline, page }) {
      const waiting = decline?.state === "waiting";
      if (undo.matches(":focus") && !waiting) heading.focus({ preventScroll: true }); // it is about to go
      show(ask, waiting);
      show(undo, waiting);
      enable(undo, waiting);
      setLabel(undo, e.undo(decline?.leftS ?? 0));
      setText(news, decline?.state === "failed" ? e.declineNotSent : decline?.state === "sent" ? e.declineSent : "");
      show(next, !page?.contact && !page?.alternative_url);
      rebuild(ways, JSON.stringify(page), () => [waysOn(page, strings, { alternative: true })]);
    },
  };
}
