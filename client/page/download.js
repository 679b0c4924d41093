import { asText } from "../sdk/index.js";
import { unclearWords } from "./model.js";
import { noteOf } from "./screens/finished.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").Strings} Strings */
/** @typedef {import("../strings/after/en.js").AfterWords} AfterWords */

/**
 * Give the candidate their own words as a text file, which says what is not in it.
 * @param {Model} model @param {Strings} strings @param {AfterWords} s
 */
export function downloadAnswers(model, strings, s) {
  const title = model.page?.title ?? strings.appName;
  const note = noteOf(model, s);
  const answers = asText(model.view, {
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
    corrected: s.corrected,
    takenBack: s.takenBack,
  });
  const text = note ? `${answers}\n(${note})\n` : answers;
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = s.file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
