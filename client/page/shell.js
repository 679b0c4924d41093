import { currentQuestion, secondsLeft } from "../sdk/index.js";
import { attr, h, rebuild, setText, show } from "./dom.js";
import { icon } from "./icons.js";
import { banner } from "./screens/banner.js";
import { callScreen } from "./screens/call.js";
import { checkScreen } from "./screens/check.js";
import { leaveDialog, optionsDialog } from "./screens/dialogs.js";
import { activityOf } from "./screens/presence.js";
import {
  declinedScreen,
  finishedScreen,
  loadingScreen,
  parkedScreen,
  pausedScreen,
  problemScreen,
} from "./screens/simple.js";
import { welcomeScreen } from "./screens/welcome.js";

/** @typedef {import("./model.js").Actions} Actions */
/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").Screen} Screen */
/** @typedef {import("./model.js").ScreenName} ScreenName */
/** @typedef {import("./model.js").Strings} Strings */

const SHOW_TIME_BELOW_S = 300;

/**
 * The frame around every screen: header, banner, announcements, dialogs. `update` draws a model;
 * the same model drawn twice changes nothing.
 * @param {HTMLElement} root @param {Strings} strings @param {Omit<Actions, "openOptions">} given
 */
export function createShell(root, strings, given) {
  const leave = leaveDialog(strings, { ...given, openOptions: () => {} });
  /** @type {Actions} */
  const actions = { ...given, openOptions: () => options.open() };
  const options = optionsDialog(strings, actions);
  const warn = banner(strings, actions);
  const header = pageHeader(strings);
  const announcer = h("div", { class: "visually-hidden", attrs: { role: "status" } });
  const main = h("main", { attrs: { id: "main" } });
  root.replaceChildren(
    h("a", { class: "skip-link", text: strings.skipToContent, attrs: { href: "#main" } }),
    header.element,
    warn.element,
    main,
    announcer,
    leave.element,
    options.element,
  );
  document.documentElement.lang = strings.lang;

  const askToLeave = () => leave.open();
  /** @type {Record<ScreenName, () => Screen>} */
  const makers = {
    loading: () => loadingScreen(strings),
    welcome: () => welcomeScreen(strings, actions),
    declined: () => declinedScreen(strings),
    check: () => checkScreen(strings, actions),
    call: () => callScreen(strings, actions, askToLeave),
    paused: () => pausedScreen(strings, actions, askToLeave),
    parked: () => parkedScreen(strings, actions),
    finished: () => finishedScreen(strings, actions),
    problem: () => problemScreen(strings, actions),
  };
  /** @type {ScreenName | ""} */
  let name = "";
  /** @type {Screen | null} */
  let screen = null;
  let said = "";

  return {
    /** @param {Model} model */
    update(model) {
      const changed = model.screen !== name;
      if (changed || !screen) {
        screen = makers[model.screen]();
        main.replaceChildren(screen.element);
        document.body.setAttribute("data-screen", model.screen);
      }
      screen.update(model);
      header.update(model);
      const notice = warn.update(model);
      leave.update(model);
      options.update(model);
      if (changed) {
        if (model.screen !== "call" && model.screen !== "paused") {
          leave.close();
          options.close();
        }
        // The first screen comes with the page; a later one is a change the candidate must notice.
        if (name && name !== "loading") {
          screen.heading.focus({ preventScroll: true });
          globalThis.scrollTo?.(0, 0);
        }
        name = model.screen;
        document.title = titleOf(strings, model, screen);
      }
      const news = newsOf(strings, model, notice ? `${notice.title}. ${notice.text}` : "");
      if (news !== said) {
        said = news;
        setText(announcer, news); // cleared too: the same news later is news again
      }
    },
    /** @param {"microphone" | "interviewer"} which @param {number} fraction */
    level(which, fraction) {
      screen?.level?.(which, fraction);
    },
  };
}

/**
 * What a screen reader is told unasked. The interviewer's voice is not repeated: two voices at once
 * help nobody, and the microphone would hear the second one.
 * @param {Strings} strings @param {Model} model @param {string} notice
 */
export function newsOf(strings, model, notice) {
  const { view } = model;
  if (notice) return notice;
  if (model.screen !== "call") return "";
  if (model.notice) return model.notice;
  if (view.caption && !view.caption.spoken && !view.caption.ended) return view.caption.text;
  if (view.hint) return view.hint.text;
  const shown = activityOf(model);
  const question = currentQuestion(view);
  const place = question ? `${strings.call.question(question.number, view.questionsTotal)}.` : "";
  if (shown === "listening") return `${place} ${strings.call.announceListening}`;
  if (shown === "typing") return `${place} ${question?.text ?? ""} ${strings.call.announceTyping}`;
  return "";
}

/** @param {Strings} strings @param {Model} model @param {Screen} screen */
function titleOf(strings, model, screen) {
  const own = model.screen === "call" ? model.page?.title : screen.heading.textContent;
  return [own, strings.appName].filter(Boolean).join(" – ");
}

/** @param {Strings} strings */
function pageHeader(strings) {
  const s = strings.call;
  const title = h("span", { class: "brand-title" });
  const steps = h("ol", { class: "progress-steps", attrs: { "aria-hidden": "true" } });
  const progress = h("div", { class: "progress" }, steps);
  const time = h("p", { class: "time with-icon" }, icon("clock"), h("span"));
  const element = h(
    "header",
    { class: "top" },
    h("p", { class: "brand" }, icon("chat", "icon brand-icon"), title),
    time,
    progress,
  );
  return {
    element,
    /** @param {Model} model */
    update(model) {
      const { view } = model;
      const live = model.screen === "call" || model.screen === "paused";
      setText(title, model.page?.title || strings.appName);
      const number = currentQuestion(view)?.number ?? 0;
      const total = view.questionsTotal;
      show(progress, live && total > 0 && number > 0);
      rebuild(steps, `${number}/${total}`, () =>
        total > 12
          ? []
          : Array.from({ length: total }, (_, index) => {
              const state = index + 1 < number ? "past" : index + 1 === number ? "now" : "next";
              return h("li", { attrs: { "data-state": state } });
            }),
      );
      const left = live ? secondsLeft(view, model.nowMs) : null;
      show(time, left !== null && left < SHOW_TIME_BELOW_S && view.stage !== "wrap_up");
      if (left !== null && time.lastElementChild) setText(time.lastElementChild, s.timeLeft(Math.floor(left / 60)));
      attr(element, "data-live", live);
    },
  };
}
