/** @type {import("./en.js").CorrectionWords} */
export const words = {
  review: {
    lead: "Changez ce qui a été mal compris. Ce qui a été entendu reste à côté.",
    left: (minutes) =>
      `Il reste ${minutes} ${minutes === 1 ? "minute" : "minutes"}. Ensuite, vos paroles sont remises telles qu’entendues.`,
    heard: "Entendu :",
    reset: "Revenir à ce qui a été entendu",
    sendAsIs: "Tout est juste, remettre",
    send: (count) => `Remettre avec ${count} ${count === 1 ? "correction" : "corrections"}`,
    back: "Pas maintenant",
  },

  summary: {
    yes: "Oui, volontiers",
    no: "Non, merci",
    lead: "Avec vos propres mots. Changez ce qui n’est pas juste ; ce que vous avez dit reste tel quel.",
    question: "Question",
    save: "Enregistrer la modification",
    saved: "Enregistré",
    unsaved: "Pas encore enregistré",
    right: "C’est juste",
    finish: "Enregistrer et terminer",
    reset: "Revenir à ce qui a été compris",
    tooSoon: "Vous n’êtes pas connecté en ce moment. Vos modifications restent ici.",
  },
};
