import { button, enable, h, setText, show } from "../dom.js";
import { announcer } from "../news.js";
import { adviceFor } from "../problems.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */
/** @typedef {import("../../sdk/errors.js").Waiting} Waiting */
/** @typedef {import("../../strings/waiting/en.js").WaitingWords} WaitingWords */

/** From here on every step forward is said aloud; further back it would be chatter. */
const NEAR = 3;

/** Where one stands and for how long, as far as it is known. @param {Waiting} waiting @param {WaitingWords} words */
export function standing({ ahead, expectedS }, words) {
  const turn = ahead === null ? "" : ahead === 0 ? words.next : words.ahead(ahead);
  if (expectedS === null) return [turn, words.unknown].filter(Boolean).join(" ");
  const long = expectedS < 60 ? words.soon : words.about(Math.max(2, Math.round(expectedS / 60)));
  return [turn, long].filter(Boolean).join(" ");
}

/**
 * What is said aloud unasked: the first standing, then what one waits for where that changes, and the
 * last steps. Pure. @param {string} said before @param {Waiting | null} was @param {Waiting} waiting
 * @param {WaitingWords} words
 */
export function spoken(said, was, waiting, words) {
  const near = waiting.ahead !== null && waiting.ahead < NEAR && waiting.ahead !== was?.ahead;
  if (said && !near && was?.waitsFor === waiting.waitsFor) return said;
  return `${words[waiting.waitsFor]} ${standing(waiting, words)}`;
}

/** What is true of this candidate. @param {Model} model @param {WaitingWords} words @returns {[string, string]} */
export function promises({ hasMicrophone, microphoneTrouble, waiting }, words) {
  const microphone = hasMicrophone && !microphoneTrouble;
  const turn = waiting !== null && waiting.ahead !== null;
  return [
    microphone ? `${words.joins} ${words.microphone}` : words.joins,
    turn ? `${words.leave} ${words.turn}` : words.leave,
  ];
}

/** @param {Strings} strings @param {WaitingWords} words @param {Actions} actions */
function waitingPart(strings, words, actions) {
  const why = h("p");
  const where = h("p", { class: "lead" });
  const joins = h("p");
  const trouble = h("p");
  const leave = h("p", { class: "fine" });
  const aloud = announcer(); // it comes with its words: said at once they would not be heard
  const again = h("p", { class: "fine", attrs: { "aria-live": "off" } });
  const now = button(strings.banner.tryNow, () => actions.retry(), { class: "button secondary large" });
  const element = h(
    "div",
    { class: "later" },
    why,
    where,
    joins,
    trouble,
    again,
    h("div", { class: "actions stacked" }, now),
    leave,
    aloud.element,
  );
  let said = "";
  /** @type {Waiting | null} */
  let was = null;
  return {
    element,
    /** @param {Model} model */
    update(model) {
      const { waiting, connection } = model;
      if (!waiting) return;
      setText(why, words[waiting.waitsFor]);
      setText(where, standing(waiting, words));
      const kind = connection.error?.kind ?? "full";
      const told = kind === "full"; // else it is not known how things stand
      setText(trouble, told ? "" : adviceFor(strings, kind));
      show(trouble, !told);
      show(why, told);
      show(where, told);
      const [willJoin, mayLeave] = promises(model, words);
      setText(joins, willJoin);
      setText(leave, mayLeave);
      const seconds = Math.ceil(Math.max(0, model.retryAtMs - model.nowMs) / 1000);
      const pending = connection.retryInMs > 0 && seconds > 0;
      setText(again, pending ? strings.banner.tryingIn(seconds) : strings.banner.trying);
      enable(now, pending);
      said = spoken(said, was, waiting, words);
      was = waiting;
      aloud.say(told ? said : adviceFor(strings, kind));
    },
  };
}

/** @param {Strings} strings @param {Actions} actions @param {string} again */
export async function later(strings, actions, again) {
  /** @type {{words: WaitingWords}} */
  const { words } = await import(`../../strings/waiting/${strings.lang}.js${again}`);
  return () => waitingPart(strings, words, actions);
}
