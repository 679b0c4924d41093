import { h, setText, show } from "../page/dom.js";
import { rowOf, tableOf } from "./list.js";
import { lookAgain } from "./looking.js";
import { failureLine, GOING_ON_NOW, SERVER_SAYS, sentenceOf } from "./parts.js";
import { words } from "./words.js";

const EVERY_MS = 5_000;

/** Who is in an interview now, and whether anybody may come. @param {import("./api.js").ConsoleApi} api @returns {import("./app.js").Screen} */
export function nowScreen(api) {
  const s = words.now;
  const heading = h("h1", { text: s.title, attrs: { tabindex: -1 } });
  const places = h("p", { class: "lead" });
  const ready = h("p");
  const reasons = h("ul", { class: "reasons" });
  const failure = failureLine();
  const rows = h("tbody");
  const table = tableOf(rows);
  const none = h("p", { class: "empty", text: s.none });
  const when = h("p", { class: "fine" });
  const look = async () => {
    try {
      const [state, found] = await Promise.all([api.ready(), api.list({ status: GOING_ON_NOW, limit: 100 })]);
      setText(places, s.places(state.live, state.capacity));
      setText(ready, state.ready ? s.ready : s.notReady);
      reasons.replaceChildren(...state.reasons.map((text) => h("li", { text, attrs: SERVER_SAYS })));
      rows.replaceChildren(...found.interviews.map(rowOf));
      show(table, found.interviews.length > 0);
      show(none, found.interviews.length === 0);
      setText(when, s.refreshed(new Date().toLocaleTimeString(words.lang)));
      setText(failure, "");
    } catch (error) {
      setText(failure, sentenceOf(error));
    }
  };
  show(table, false);
  show(none, false);
  const card = h("section", { class: "card" }, places, ready, reasons);
  return {
    element: h("div", { class: "screen wide" }, heading, card, failure, table, none, when),
    title: s.title,
    leave: lookAgain(look, EVERY_MS),
  };
}
