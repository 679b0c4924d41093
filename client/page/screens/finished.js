import { answerTo } from "../../sdk/index.js";
import { button, h, rebuild, setText, show, writtenIn } from "../dom.js";
import { icon } from "../icons.js";
import { placeName, unclearWords } from "../model.js";
import { saidLines } from "./said.js";
import { badge } from "./simple.js";

/** @typedef {import("../model.js").Actions} Actions */
/** @typedef {import("../model.js").Screen} Screen */
/** @typedef {import("../model.js").Strings} Strings */

/** @param {Strings} strings @param {Actions} actions @returns {Screen} */
export function finishedScreen(strings, actions) {
  const s = strings.finished;
  const heading = h("h1", { attrs: { tabindex: -1 } });
  const lead = h("p", { class: "lead" });
  const list = h("ol", { class: "answers" });
  const answers = h("section", { class: "card" }, h("h2", { text: s.answers }), list);
  const download = button(s.download, () => actions.download(), {
    class: "button secondary large",
    icon: icon("download"),
  });
  const element = h(
    "div",
    { class: "screen narrow finished" },
    h("div", { class: "centered" }, badge("check"), heading, lead, h("p", { text: s.next })),
    answers,
    h("div", { class: "actions" }, download),
  );
  return {
    element,
    heading,
    update(model) {
      const { completed, questions, questionsTotal } = model.view;
      const left = completed?.status === "ended_by_candidate";
      setText(heading, left ? s.titleLeft : s.title);
      setText(lead, left ? s.textLeft : s.text(completed?.answered ?? 0, completed?.of ?? questionsTotal));
      const asked = questions.filter((question) => question.text);
      show(answers, asked.length > 0);
      show(download, asked.length > 0);
      writtenIn(list, model.page?.locale ?? null);
      const unclear = unclearWords(model, strings);
      rebuild(list, JSON.stringify(asked), () =>
        asked.map((question) => {
          return h(
            "li",
            {},
            question.kind === "question"
              ? null
              : h("p", { class: "eyebrow", text: placeName(question, questionsTotal, strings) }),
            h("h3", { text: question.text }),
            ...saidLines(question, strings, unclear),
            answerTo(question, unclear) ? null : h("p", { class: "fine", text: s.noAnswer }),
          );
        }),
      );
    },
  };
}
