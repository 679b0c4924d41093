import { button, enable, h, rebuild, setLabel, setText, show, writtenIn } from "../dom.js";
import { icon } from "../icons.js";
import { waysOn } from "../ways.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Screen} Screen */
/** @typedef {import("../model.js").Strings} Strings */

/** @typedef {import("../../sdk/api.js").PageInfo} PageInfo */

/**
 * What will happen, and the consent that is asked for.
 * @param {Strings} strings @param {Actions} actions @returns {Screen}
 */
export function welcomeScreen(strings, actions) {
  const s = strings.welcome;
  const heading = h("h1", { attrs: { tabindex: -1 } });
  const intro = h("p", { class: "lead" });
  const steps = s.steps.map(([title = "", text = ""]) =>
    h("li", {}, h("strong", { text: title }), h("span", { text })),
  );
  const notices = noticeCard(strings);
  const consent = consentCard(strings);
  const ways = h("div");
  const failure = h("p", { class: "failure", attrs: { role: "alert" } });
  const accept = button(s.accept, () => actions.consent(true), { class: "button primary large" });
  const decline = button(s.decline, () => actions.consent(false), { class: "button quiet large" });
  const element = h(
    "div",
    { class: "screen narrow welcome" },
    h("p", { class: "eyebrow", text: s.eyebrow }),
    heading,
    intro,
    h("section", { class: "card" }, h("h2", { text: s.whatHappens }), h("ol", { class: "steps" }, ...steps)),
    notices.element,
    consent.element,
    failure,
    h("div", { class: "actions" }, accept, decline),
    ways,
  );

  return {
    element,
    heading,
    update({ page, failure: problem, busy }) {
      if (!page) return;
      setText(heading, page.title);
      writtenIn(heading, page.locale);
      setText(intro, s.intro(page.questions_total, page.minutes));
      const asks = page.consent.required && !page.consent.given;
      show(consent.element, asks);
      show(decline, asks);
      consent.update(page);
      notices.update(page.notices);
      rebuild(ways, JSON.stringify(page), () => [waysOn(page, strings, { alternative: true })]);
      setText(failure, problem);
      setLabel(accept, busy ? s.saving : asks ? s.accept : s.proceed);
      enable(accept, !busy);
      enable(decline, !busy);
    },
  };
}

/** The text that is agreed to, word for word, and whether sound is kept. @param {Strings} strings */
function consentCard(strings) {
  const s = strings.welcome;
  const text = h("div", { class: "consent-text" });
  const recorded = h("p", { class: "with-icon" });
  const version = h("p", { class: "fine" });
  const watching = h("p", { class: "with-icon" }, icon("eye"), h("span", { text: s.watching }));
  const title = h("h2", { text: s.consentTitle });
  const element = h("section", { class: "card consent" }, title, text, recorded, watching, version);
  return {
    element,
    /** @param {PageInfo} page */
    update({ consent, record_audio: records, watching: mayWatch }) {
      show(watching, mayWatch === true);
      rebuild(text, consent.text, () => consent.text.split(/\n+/).map((part) => h("p", { text: part })));
      writtenIn(text, consent.locale);
      rebuild(recorded, String(records), () => [
        icon(records ? "mic" : "micOff"),
        h("span", { text: records ? s.recorded : s.notRecorded }),
      ]);
      setText(version, s.version(consent.version));
    },
  };
}

/** @param {Strings} strings */
function noticeCard(strings) {
  const element = h("div", { class: "notices" });
  return {
    element,
    /** @param {string[]} notices */
    update(notices) {
      show(element, notices.length > 0);
      rebuild(element, notices.join("\n"), () => {
        const title = h("span", { text: strings.welcome.noticesTitle });
        const head = h("h2", { class: "with-icon" }, icon("info"), title);
        return [h("section", { class: "card note" }, head, ...notices.map(notice))];
      });
    },
  };
}

/** The server's own words, which are English. @param {string} text */
function notice(text) {
  const element = h("p", { text });
  writtenIn(element, "en");
  return element;
}
