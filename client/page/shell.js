import { h, writtenIn } from "./dom.js";
import { pageHeader } from "./header.js";
import { announcements } from "./news.js";
import { historyOnDemand } from "./on-demand.js";
import { banner } from "./screens/banner.js";
import { callScreen } from "./screens/call.js";
import { checkScreen } from "./screens/check.js";
import { declinedScreen } from "./screens/declined.js";
import { leaveDialog, optionsDialog } from "./screens/dialogs.js";
import { fetchAhead, finishedScreen } from "./screens/finished.js";
import { laterFile, laterScreen } from "./screens/later.js";
import { loadingScreen, parkedScreen, pausedScreen, problemScreen, waitingScreen } from "./screens/simple.js";
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
  const actions = {
    ...given,
    openOptions: (which) => (which ? given.mendMicrophone(() => options.open(which)) : options.open()),
    openHistory: () => void history.open(),
  };
  const options = optionsDialog(strings, actions);
  const leave = leaveDialog(strings, actions);
  const warn = banner(strings, actions);
  const header = pageHeader(strings);
  const say = announcements(strings);
  const stage = createStage(makersOf(strings, actions, () => leave.open()));
  const skip = h("a", { class: "skip-link", text: strings.skipToContent, attrs: { href: "#main" } });
  const around = [leave.element, options.element];
  root.replaceChildren(skip, header.element, warn.element, stage.element, ...say.elements, ...around);
  writtenIn(document.documentElement, strings.lang);
  for (const dialog of [leave.element, options.element]) {
    // What opened it may be gone by now, and with it the place to which the browser gives the focus.
    dialog.addEventListener("close", () => {
      const at = document.activeElement;
      if (at === document.body || dialog.contains(at)) stage.focus();
    });
  }
  const history = historyOnDemand(root, strings, () => actions.notice(strings.words.historyFailed));

  return {
    /** @param {Model} model */
    update(model) {
      const turned = stage.update(model);
      header.update(model);
      const inBanner = warn.element.contains(document.activeElement);
      const notice = warn.update(model);
      if (inBanner && !notice) stage.focus();
      leave.update(model);
      options.update(model);
      history.update(model);
      if (model.screen === "call" && model.connectedOnce) fetchAhead(model, strings);
      if (turned && model.screen !== "call" && model.screen !== "paused") {
        leave.close();
        options.close();
        history.close();
      }
      if (turned) {
        turned();
        document.title = titleOf(strings, model, stage.heading());
      }
      say.update(model, notice ? `${notice.title}. ${notice.text}` : "");
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
    waiting: () => waitingScreen(strings, laterFile("waiting", strings, actions)),
    paused: () => pausedScreen(strings, actions, askToLeave),
    parked: () => parkedScreen(strings, actions),
    finished: () => finishedScreen(strings, actions),
    review: () => laterScreen(strings.endings.reviewTitle, laterFile("review", strings, actions)),
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
    focus: () => screen?.heading.focus({ preventScroll: true }),
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

/** @param {Strings} strings @param {Model} model @param {string} heading */
function titleOf(strings, model, heading) {
  const own = model.screen === "call" ? model.page?.title : heading;
  return [own, strings.appName].filter(Boolean).join(" – ");
}
