/** What is said when the interview is over, in French: loaded then, and ahead of it. */

const n = (/** @type {number} */ count, /** @type {string} */ one, /** @type {string} */ many) =>
  `${count} ${count < 2 ? one : many}`;

/** @type {import("./en.js").AfterWords} */
export const words = {
  answers: "Vos réponses",
  noAnswer: "Pas de réponse.",
  download: "Télécharger en texte",
  file: "reponses-entretien.txt",
  question: "Question",
  followUp: "Relance de la question",
  practice: "Essai",
  candidateQuestions: "Vos questions",
  pending: "Vos dernières paroles sont encore en cours de transcription.",
  erased: "Vos paroles ont été gardées un temps limité, puis effacées.",
  elsewhere: "Vos paroles ne sont affichées que dans la fenêtre où vous les avez dites.",
  notHere: "Ce que vous avez dit dans une autre fenêtre n’est pas affiché ici.",
  corrected: "Votre correction",
  takenBack: "Retiré",
  reviewAsk: (minutes) =>
    `Vous pouvez vérifier et corriger vos paroles avant leur remise. Temps restant : ${n(minutes, "minute", "minutes")}.`,
  reviewOpen: "Vérifier mes paroles",
  reviewDone: "Vous avez vérifié vos paroles. Elles ont été remises.",
  reviewOver: "Le temps de vérification est écoulé. Vos paroles sont remises telles qu’entendues.",
  reviewNotSent: "Rien n’a été envoyé. Vos corrections sont toujours là ; réessayez.",
  going: {
    goingOn: (site, seconds) => `Dans ${n(seconds, "seconde", "secondes")}, vous passez à ${site}.`,
    announced: (site) => `Vous allez passer à ${site} dans un instant. Vous pouvez aussi rester ici.`,
    goOn: (site) => `Continuer vers ${site}`,
    stay: "Rester ici",
  },
};
