import { attr, button, enable, h, rebuild, setLabel, setText, show } from "../dom.js";
import { icon } from "../icons.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Screen} Screen */
/** @typedef {import("../model.js").Strings} Strings */

/**
 * What will happen, and the consent that is asked for.
 * @param {Strings} strings @param {Actions} actions @returns {Screen}
 */
export function welcomeScreen(strings, actions) {
  const s = strings.welcome;
  const heading = h("h1", { attrs: { tabindex: -1 } });
  const intro = h("p", { class: "lead" });
  const steps = h(
    "ol",
    { class: "steps" },
    ...s.steps.map(([title = "", text = ""]) => h("li", {}, h("strong", { text: title }), h("span", { text }))),
  );
  const notices = h("div", { class: "notices" });
  const consentTitle = h("h2", { text: s.consentTitle });
  const consentText = h("div", { class: "consent-text" });
  const recorded = h("p", { class: "with-icon" });
  const version = h("p", { class: "fine" });
  const consent = h("section", { class: "card consent" }, consentTitle, consentText, recorded, version);
  const failure = h("p", { class: "failure", attrs: { role: "alert" } });
  const accept = button(s.accept, () => actions.consent(true), { class: "button primary large" });
  const decline = button(s.decline, () => actions.consent(false), { class: "button quiet large" });
  const element = h(
    "div",
    { class: "screen narrow welcome" },
    h("p", { class: "eyebrow", text: s.eyebrow }),
    heading,
    intro,
    h("section", { class: "card" }, h("h2", { text: s.whatHappens }), steps),
    notices,
    consent,
    failure,
    h("div", { class: "actions" }, accept, decline),
  );

  return {
    element,
    heading,
    update(model) {
      const page = model.page;
      if (!page) return;
      setText(heading, page.title);
      setText(intro, s.intro(page.questions_total, page.minutes));
      const asks = page.consent.required && !page.consent.given;
      show(consent, asks);
      show(decline, asks);
      rebuild(consentText, page.consent.text, () => page.consent.text.split(/\n+/).map((text) => h("p", { text })));
      attr(consentText, "lang", page.locale);
      rebuild(recorded, String(page.record_audio), () => [
        icon(page.record_audio ? "mic" : "micOff"),
        h("span", { text: page.record_audio ? s.recorded : s.notRecorded }),
      ]);
      setText(version, s.version(page.consent.version));
      show(notices, page.notices.length > 0);
      rebuild(notices, page.notices.join("\n"), () => [
        h(
          "section",
          { class: "card note" },
          h("h2", { class: "with-icon" }, icon("info"), h("span", { text: s.noticesTitle })),
          ...page.notices.map((text) => h("p", { text })),
        ),
      ]);
      setText(failure, model.failure);
      setLabel(accept, model.busy ? s.saving : asks ? s.accept : s.proceed);
      enable(accept, !model.busy);
      enable(decline, !model.busy);
    },
  };
}
