import { h, setText, show } from "../page/dom.js";
import { failureLine, sentenceOf } from "./parts.js";
import { follow } from "./stream.js";
import { words } from "./words.js";

/** @typedef {import("./stream.js").StreamEvent} StreamEvent */

const MOST_LINES = 200;

/**
 * An interview as it happens. `stop` ends it.
 * @param {import("./api.js").ConsoleApi} api @param {string} id
 * @param {{withWords: boolean, onEvent: (name: string) => void}} options
 */
export function watchPanel(api, id, { withWords, onEvent }) {
  const s = words.watch;
  const heading = h("h2", { text: s.title, attrs: { tabindex: -1 } });
  const state = h("p", { class: "fine", attrs: { role: "status" } });
  const failure = failureLine();
  const events = h("ol", { class: "events" });
  const talk = talkPart();
  const here = h("p", { class: "fine" });
  const element = h(
    "section",
    { class: "card watch" },
    h("div", { class: "row between" }, heading, state),
    failure,
    withWords ? h("div", { class: "talk-part" }, h("h3", { text: s.talk }), here, talk.element) : null,
    h("div", {}, h("h3", { text: s.events }), events),
  );
  const controller = new AbortController();
  /** @param {StreamEvent} event */
  const take = (event) => {
    if (event.name === "words.available") setText(here, event.data.available ? s.here : s.notHere);
    else if (event.name.startsWith("words.")) talk.take(event);
    else if (event.name in s.names) addEvent(events, event);
    onEvent(event.name);
  };
  follow(api, id, withWords, take, (name) => setText(state, s.states[name]), controller.signal).catch((error) => {
    setText(state, "");
    setText(failure, sentenceOf(error));
  });
  return { element, heading, stop: () => controller.abort() };
}

/** @param {HTMLElement} list @param {StreamEvent} event */
function addEvent(list, event) {
  const names = /** @type {Record<string, string>} */ (words.watch.names);
  const about = event.data.data?.prompt_id ?? event.data.data?.ended_reason ?? "";
  const at = new Date(event.data.timestamp).toLocaleTimeString(words.lang);
  const item = h(
    "li",
    {},
    h("time", { text: at, attrs: { datetime: event.data.timestamp } }),
    h("span", { text: names[event.name] ?? event.name }),
    about ? h("span", { class: "about", text: about }) : null,
  );
  list.prepend(item);
}

/** What both say. The open segment grows in its place until its final comes. */
function talkPart() {
  const s = words.watch;
  const element = h("ol", { class: "talk", attrs: { tabindex: 0, "aria-label": s.talk } });
  const nothing = h("li", { class: "fine", text: s.nothing });
  element.append(nothing);
  /** @type {Map<string, HTMLElement>} */
  const open = new Map();
  /** @param {string} who @param {string} text @param {string} side */
  const line = (who, text, side) => {
    show(nothing, false);
    const said = h("span", { class: "said", text });
    element.append(h("li", { attrs: { "data-side": side } }, h("span", { class: "who", text: who }), said));
    while (element.children.length > MOST_LINES) element.firstElementChild?.nextElementSibling?.remove();
    element.scrollTop = element.scrollHeight;
    return said;
  };
  return {
    element,
    /** @param {StreamEvent} event */
    take({ name, data }) {
      if (name === "words.caption") line(s.interviewer, data.text, "interviewer");
      else if (name === "words.typed") line(s.typed, data.text, "candidate");
      else if (name === "words.interim" || name === "words.final") {
        const known = open.get(data.segment) ?? line(s.candidate, "", "candidate");
        setText(known, data.text || s.unclear);
        known.classList.toggle("open", name === "words.interim");
        if (name === "words.interim") open.set(data.segment, known);
        else open.delete(data.segment);
      }
    },
  };
}
