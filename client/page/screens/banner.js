import { attr, button, h, rebuild, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { microphoneWords } from "../model.js";
import { adviceFor } from "../problems.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Model} Model */
/** @typedef {import("../model.js").Strings} Strings */

/** From here on "one moment" would be a lie. */
const LONG_OUTAGE_MS = 30_000;

/**
 * @typedef {object} Notice what the banner says
 * @property {string} key
 * @property {string} icon
 * @property {string} title
 * @property {string} text
 * @property {string} [countdown] changes each second, hence never announced
 * @property {string} [action]
 * @property {() => void} [act]
 */

/** @param {Strings} strings @param {Actions} actions @param {Model} model @returns {Notice | null} */
export function noticeOf(strings, actions, model) {
  if (!["call", "paused"].includes(model.screen)) return null;
  return ofConnection(strings, actions, model) ?? ofSound(strings, actions, model);
}

/** @param {Strings} strings @param {Actions} actions @param {Model} model @returns {Notice | null} */
function ofConnection(strings, actions, model) {
  const { banner: s, network } = strings;
  const { connection } = model;
  const unconfirmed = model.unconfirmedSinceMs !== null;
  const now = { action: s.tryNow, act: () => actions.retry() };
  const waiting = Math.ceil(Math.max(0, model.retryAtMs - model.nowMs) / 1000);
  const again = { countdown: connection.retryInMs > 0 && waiting > 0 ? s.tryingIn(waiting) : s.trying, ...now };
  if (connection.blocked && connection.transport === "media" && connection.state !== "open") {
    const type = { action: network.type, act: () => actions.typeOverWeb() };
    return { key: "blocked", icon: "offline", title: network.bannerTitle, text: network.bannerText, ...type };
  }
  if (connection.state === "suspect") {
    const text = unconfirmed ? s.suspectUnconfirmed : s.suspectText;
    return { key: "suspect", icon: "offline", title: s.suspectTitle, text, ...now };
  }
  if (connection.state === "reconnecting") {
    const awayMs = model.nowMs - (connection.lostAtMs ?? model.nowMs);
    if (awayMs >= LONG_OUTAGE_MS) {
      const text = unconfirmed ? s.longUnconfirmed : s.longText;
      return { key: "long", icon: "offline", title: s.longTitle, text, ...again };
    }
    // Planned, and over in a second: nothing to worry about and nothing to press, unless it fails.
    if (connection.reason === "moved" && connection.attempt <= 2) {
      const text = unconfirmed ? s.lostUnconfirmed : s.movedText;
      return { key: "moved", icon: "clock", title: s.movedTitle, text };
    }
    if (connection.reason === "microphone" && connection.attempt <= 2) {
      return { key: "switching", icon: "mic", title: s.switchingTitle, text: s.switchingText };
    }
    const text = unconfirmed ? s.lostUnconfirmed : s.lostText;
    return { key: "lost", icon: "offline", title: s.lostTitle, text, ...again };
  }
  if (connection.state === "connecting" && connection.error) {
    const { kind } = connection.error;
    const text = kind === "media" ? s.firstText : adviceFor(strings, kind);
    return { key: "first", icon: "offline", title: s.firstTitle, text, ...again };
  }
  if (connection.state === "open" && model.nowMs < model.backUntilMs) {
    return { key: "back", icon: "check", title: s.backTitle, text: s.backText };
  }
  return null;
}

/** @param {Strings} strings @param {Actions} actions @param {Model} model @returns {Notice | null} */
function ofSound(strings, actions, model) {
  const s = strings.banner;
  if (model.soundLocked) {
    const unlock = { action: s.soundOn, act: () => actions.unlockSound() };
    return { key: "sound", icon: "speaker", title: s.soundTitle, text: s.soundText, ...unlock };
  }
  const wrong = microphoneWords(model, strings);
  if (!wrong) return null;
  const choose = { action: s.chooseMic, act: () => actions.openOptions("microphone") };
  return { key: "mic", icon: "micOff", title: wrong.name, text: wrong.text, ...choose };
}

/** @param {Strings} strings @param {Actions} actions */
export function banner(strings, actions) {
  const sign = h("span", { class: "banner-icon" });
  const title = h("strong");
  const text = h("span");
  const countdown = h("span", { class: "countdown" });
  const action = button("", () => current?.act?.(), { class: "button secondary" });
  const element = h(
    "aside",
    { class: "banner" },
    sign,
    h("p", { class: "banner-words" }, title, text, countdown),
    action,
  );
  /** @type {Notice | null} */
  let current = null;
  return {
    element,
    /** @param {Model} model @returns {Notice | null} */
    update(model) {
      current = noticeOf(strings, actions, model);
      show(element, current !== null);
      if (!current) return null;
      const { icon: name } = current;
      attr(element, "data-kind", current.key);
      rebuild(sign, name, () => [icon(name)]);
      setText(title, current.title);
      setText(text, current.text);
      setText(countdown, current.countdown ?? "");
      show(action, Boolean(current.action));
      if (current.action) setText(/** @type {Element} */ (action.firstElementChild), current.action);
      return current;
    },
  };
}
