import { currentQuestion } from "../sdk/index.js";
import { h, setText, writtenIn } from "./dom.js";
import { pageHeader } from "./header.js";
import { isHeard, placeNow, skippedName } from "./model.js";
import { historyOnDemand } from "./on-demand.js";
import { banner } from "./screens/banner.js";
import { callScreen } from "./screens/call.js";
import { checkScreen } from "./screens/check.js";
import { declinedScreen } from "./screens/declined.js";
import { leaveDialog, optionsDialog } from "./screens/dialogs.js";
import { finishedScreen } from "./screens/finished.js";
import { laterScreen } from "./screens/later.js";
import { heardLast } from "./screens/notes.js";
import { activityOf } from "./screens/presence.js";
import { loadingScreen, parkedScreen, pausedScreen, problemScreen } from "./screens/simple.js";
import { welcomeScreen } from "./screens/welcome.js";

/** @typedef {import("./model.js").Actions} Actions */
/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").Screen} Screen */
/** @typedef {import("./model.js").ScreenName} ScreenName */
/** @typedef {import("./model.js").Strings} Strings */

/**
 * The frame around every screen: header, banner, announcements, dialogs. `update` draws a model;
 * the same model drawn twice changes nothing.
 * @param {HTMLElement} root @param {Strings} strings @param {Omit<Actions, "openOptions" | "openHistory">} given
 */
export function createShell(root, strings, given) {
  /** @type {Actions} */
  const actions = { ...given, openOptions: () => options.open(), openHistory: () => void history.open() };
  const options = optionsDialog(strings, actions);
  const leave = leaveDialog(strings, actions);
  const warn = banner(strings, actions);
  const header = pageHeader(strings);
  const say = announcer();
  const sayAside = announcer();
  const stage = createStage(makersOf(strings, actions, () => leave.open()));
  const skip = h("a", { class: "skip-link", text: strings.skipToContent, attrs: { href: "#main" } });
  const around = [leave.element, options.element];
  root.replaceChildren(skip, header.element, warn.element, stage.element, say.element, sayAside.element, ...around);
  writtenIn(document.documentElement, strings.lang);
  const history = historyOnDemand(root, strings, () => actions.notice(strings.words.historyFailed));

  return {
    /** @param {Model} model */
    update(model) {
      const turned = stage.update(model);
      header.update(model);
      const notice = warn.update(model);
      leave.update(model);
      options.update(model);
      history.update(model);
      if (turned && model.screen !== "call" && model.screen !== "paused") {
        leave.close();
        options.close();
        history.close();
      }
      if (turned) {
        turned();
        document.title = titleOf(strings, model, stage.heading());
      }
      say.update(newsOf(strings, model, notice ? `${notice.title}. ${notice.text}` : ""));
      sayAside.update(choiceNews(strings, model));
    },
    level: stage.level,
  };
}

/**
 * How each screen is made.
 * @param {Strings} strings @param {Actions} actions @param {() => void} askToLeave
 * @returns {Record<ScreenName, () => Screen>}
 */
function makersOf(strings, actions, askToLeave) {
  return {
    loading: () => loadingScreen(strings),
    welcome: () => welcomeScreen(strings, actions),
    declined: () => declinedScreen(strings, actions),
    check: () => checkScreen(strings, actions),
    call: () => callScreen(strings, actions, askToLeave),
    paused: () => pausedScreen(strings, actions, askToLeave),
    parked: () => parkedScreen(strings, actions),
    finished: () => finishedScreen(strings, actions),
    review: () =>
      laterScreen(strings.endings.reviewTitle, strings.endings.notNow, async (attempt) => {
        /** @type {typeof import("./screens/review.js")} */
        const { reviewBody } = await import(`./screens/review.js${attempt > 1 ? `?try=${attempt}` : ""}`);
        return () => reviewBody(strings, actions);
      }),
    problem: () => problemScreen(strings, actions),
  };
}

/** Where one screen stands at a time. @param {Record<ScreenName, () => Screen>} makers */
function createStage(makers) {
  const element = h("main", { attrs: { id: "main" } });
  /** @type {ScreenName | ""} */
  let name = "";
  /** @type {Screen | null} */
  let screen = null;
  return {
    element,
    heading: () => screen?.heading.textContent ?? "",
    /**
     * Draw; a new screen answers what moves the focus to it, for when all around it is drawn.
     * @param {Model} model @returns {(() => void) | null}
     */
    update(model) {
      const before = name;
      const shown = screen && model.screen === before ? screen : makers[model.screen]();
      const turned = shown !== screen;
      if (turned) {
        element.replaceChildren(shown.element);
        document.body.setAttribute("data-screen", model.screen);
      }
      screen = shown;
      name = model.screen;
      shown.update(model);
      return turned ? () => focusOn(shown, before) : null;
    },
    /** @param {"microphone" | "interviewer"} which @param {number} fraction */
    level(which, fraction) {
      screen?.level?.(which, fraction);
    },
  };
}

/** The first screen comes with the page; a later one is a change the candidate must notice. @param {Screen} screen @param {ScreenName | ""} before */
function focusOn(screen, before) {
  if (!before || before === "loading") return;
  screen.heading.focus({ preventScroll: true });
  globalThis.scrollTo?.(0, 0);
}

/** What a screen reader says. */
function announcer() {
  const element = h("div", { class: "visually-hidden", attrs: { role: "status" } });
  let said = "";
  return {
    element,
    /** @param {string} news */
    update(news) {
      if (news === said) return;
      said = news;
      setText(element, news); // cleared too: the same news later is news again
    },
  };
}

/**
 * What a screen reader says unasked. The interviewer's voice is not repeated: two voices at once
 * help nobody, and the microphone would hear the second one.
 * @param {Strings} strings @param {Model} model @param {string} notice
 */
export function newsOf(strings, model, notice) {
  const { view } = model;
  if (notice) return notice;
  if (model.screen === "problem" && model.busy) return strings.problem.retrying;
  if (model.screen !== "call") return "";
  if (model.notice) return model.notice;
  if (view.caption && view.caption !== view.unspoken && !isHeard(model) && !view.caption.ended)
    return view.caption.text;
  if (view.hint) return heardLast(model, strings) || view.hint.text; // what was lost is asked for aloud
  const shown = activityOf(model);
  const question = currentQuestion(view);
  const place = question ? `${placeNow(view, question, strings)}.` : "";
  if (shown === "listening") return `${place} ${strings.call.announceListening}`;
  if (shown === "typing") return `${place} ${question?.text ?? ""} ${strings.call.announceTyping}`;
  return "";
}

/**
 * What can be chosen for a moment, in a voice of its own: it must not push aside whose turn it is,
 * nor be said again when that changes. A question back is spoken; it is announced when that is over.
 * @param {Strings} strings @param {Model} model
 */
export function choiceNews(strings, model) {
  const { view } = model;
  const s = strings.call;
  if (model.screen !== "call") return "";
  if (view.confirm) return ["listening", "typing"].includes(activityOf(model)) ? s.announceConfirm : "";
  if (view.can.has("undo_skip")) return `${skippedName(view, strings)} ${s.announceUndo}`;
  if (view.advice && !model.adviceDismissed) return view.advice.text;
  return view.unspoken?.text ?? "";
}

/** @param {Strings} strings @param {Model} model @param {string} heading */
function titleOf(strings, model, heading) {
  const own = model.screen === "call" ? model.page?.title : heading;
  return [own, strings.appName].filter(Boolean).join(" – ");
}
