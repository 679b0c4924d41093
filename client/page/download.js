import { asText } from "../sdk/index.js";
import { unclearWords } from "./model.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").Strings} Strings */

/** Give the candidate their own words as a text file. @param {Model} model @param {Strings} strings */
export function downloadAnswers(model, strings) {
  const s = strings.finished;
  const title = model.page?.title ?? strings.appName;
  const text = asText(model.view, {
    title,
    question: s.question,
    followUp: s.followUp,
    practice: s.practice,
    candidateQuestions: s.candidateQuestions,
    summary: strings.call.summary,
    noAnswer: s.noAnswer,
    unclear: unclearWords(model, strings),
    asked: strings.words.asked,
    replied: strings.words.replied,
    corrected: strings.endings.corrected,
    takenBack: strings.endings.takenBack,
  });
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = s.file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
