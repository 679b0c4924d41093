/** What is said when the interview is over, in German: loaded then, and ahead of it. */

const n = (/** @type {number} */ count, /** @type {string} */ one, /** @type {string} */ many) =>
  `${count} ${count === 1 ? one : many}`;

/** @type {import("./en.js").AfterWords} */
export const words = {
  answers: "Ihre Antworten",
  noAnswer: "Keine Antwort.",
  download: "Als Text herunterladen",
  file: "interview-antworten.txt",
  question: "Frage",
  followUp: "Nachfrage zu Frage",
  practice: "Probe",
  candidateQuestions: "Ihre Fragen",
  pending: "Ihre letzten Worte werden noch aufgeschrieben.",
  erased: "Ihre Worte waren für begrenzte Zeit gespeichert und sind gelöscht.",
  elsewhere: "Ihre Worte werden nur in dem Fenster gezeigt, in dem Sie sie gesagt haben.",
  notHere: "Was Sie in einem anderen Fenster gesagt haben, wird hier nicht gezeigt.",
  corrected: "Ihre Korrektur",
  takenBack: "Zurückgenommen",
  reviewAsk: (minutes) =>
    `Sie können Ihre Worte prüfen und berichtigen, bevor sie übergeben werden. Verbleibende Zeit: ${n(minutes, "Minute", "Minuten")}.`,
  reviewOpen: "Ihre Worte prüfen",
  reviewDone: "Sie haben Ihre Worte geprüft. Sie sind übergeben.",
  reviewOver: "Die Zeit zum Prüfen ist vorbei. Ihre Worte werden so übergeben, wie sie verstanden wurden.",
  reviewNotSent: "Das wurde nicht gesendet. Ihre Korrekturen sind noch hier; bitte versuchen Sie es noch einmal.",
  going: {
    goingOn: (site, seconds) => `In ${n(seconds, "Sekunde", "Sekunden")} geht es weiter zu ${site}.`,
    announced: (site) => `Gleich geht es weiter zu ${site}. Sie können auch hier bleiben.`,
    goOn: (site) => `Weiter zu ${site}`,
    stay: "Hier bleiben",
  },
};
