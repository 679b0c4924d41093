import { currentQuestion } from "../sdk/index.js";
import { h, setText } from "./dom.js";
import { isHeard, placeNow, skippedName } from "./model.js";
import { heardLast } from "./screens/notes.js";
import { activityOf } from "./screens/presence.js";

/**
 * What a screen reader says unasked, each kind in a voice of its own: one must not push another
 * aside, nor have it said again when it is over.
 */

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").Strings} Strings */

/** What comes in a burst, such as the story after a reload, is news when it has come to rest. */
const SETTLE_MS = 400;

/** @param {Strings} strings */
export function announcements(strings) {
  const kinds = [pageNews, turnNews, captionNews, hintNews, choiceNews, watchNews];
  const voices = kinds.map((news) => ({ news, ...announcer() }));
  return {
    elements: voices.map(({ element }) => element),
    /** @param {Model} model @param {string} banner */
    update(model, banner) {
      for (const { news, say } of voices) say(news(strings, model, banner));
    },
  };
}

/** For what is said unasked. */
export function announcer() {
  const element = h("div", { class: "visually-hidden", attrs: { role: "status" } });
  let wanted = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settling;
  return {
    element,
    /** @param {string} news */
    say(news) {
      if (news === wanted) return;
      wanted = news;
      clearTimeout(settling);
      // Cleared too: the same news later is news again. What was gone for a moment only is none.
      settling = setTimeout(() => setText(element, wanted), SETTLE_MS);
    },
  };
}

/**
 * The banner, or what the page answers to a click.
 * @param {Strings} strings @param {Model} model @param {string} banner
 */
export function pageNews(strings, model, banner) {
  if (banner) return banner;
  if (model.screen === "problem") return model.busy ? strings.problem.retrying : "";
  return model.screen === "call" ? model.notice : "";
}

/**
 * Whose turn it is. The interviewer's voice is not repeated: two voices at once help nobody, and
 * the microphone would hear the second one.
 * @param {Strings} strings @param {Model} model
 */
export function turnNews(strings, model) {
  if (model.screen !== "call") return "";
  const { view } = model;
  const shown = activityOf(model);
  const question = currentQuestion(view);
  const place = question ? `${placeNow(view, question, strings)}.` : "";
  // The question itself, where no voice says it.
  const words = shown === "typing" || (view.caption && !isHeard(model)) ? `${question?.text ?? ""} ` : "";
  if (shown === "listening") return `${place} ${words}${strings.call.announceListening}`;
  if (shown === "typing") return `${place} ${words}${strings.call.announceTyping}`;
  return "";
}

/**
 * What the interviewer says, where it may not be heard: the voice has failed, or nobody has set up
 * sound and the page is read. The question is announced when it is to be answered.
 * @param {Strings} _strings @param {Model} model
 */
export function captionNews(_strings, model) {
  const { screen, view, hasMicrophone } = model;
  const { caption, unspoken } = view;
  const said = unspoken ?? (caption?.ended ? null : caption);
  const question = currentQuestion(view)?.text;
  if (screen !== "call" || !said || (question && said.text.includes(question))) return "";
  return said !== unspoken && hasMicrophone && isHeard(model) ? "" : said.text;
}

/** What the server notes beside the conversation. @param {Strings} strings @param {Model} model */
export function hintNews(strings, model) {
  const { hint, caption } = model.view;
  if (model.screen !== "call" || !hint) return "";
  const heard = heardLast(model, strings);
  // What was lost is asked for aloud.
  return heard && caption?.text === hint.text ? heard : [hint.text, heard].filter(Boolean).join(" ");
}

/**
 * What can be chosen for a moment. A question back is spoken; it is announced when that is over.
 * @param {Strings} strings @param {Model} model
 */
export function choiceNews(strings, model) {
  const { view } = model;
  const s = strings.call;
  if (model.screen !== "call") return "";
  if (view.confirm) return ["listening", "typing"].includes(activityOf(model)) ? s.announceConfirm : "";
  if (view.can.has("undo_skip")) return `${skippedName(view, strings)} ${s.announceUndo}`;
  return view.advice && !model.adviceDismissed ? view.advice.text : "";
}

/** That somebody follows the interview: said once, when it begins. @param {Strings} strings @param {Model} model */
export function watchNews(strings, model) {
  return model.screen === "call" && model.view.watched ? strings.call.watched : "";
}
