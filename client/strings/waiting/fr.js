/** @type {import("./en.js").WaitingWords} */
export const words = {
  place: "Toutes les places sont prises pour le moment. Quand une personne part, la suivante entre.",
  load: "Notre serveur est très occupé en ce moment. Il fait entrer les personnes l’une après l’autre.",
  next: "Vous êtes la prochaine personne à entrer.",
  ahead: (people) => (people === 1 ? "Une personne est avant vous." : `${people} personnes sont avant vous.`),
  soon: "Cela devrait prendre moins d’une minute.",
  about: (minutes) => `Cela devrait prendre environ ${minutes} minutes.`,
  unknown: "Nous ne pouvons pas encore dire combien de temps cela prendra.",
  joins: "Vous entrerez automatiquement dès qu’une place sera libre.",
  microphone: "Votre microphone reste réglé comme il l’est.",
  leave: "Vous pouvez aussi fermer cette page et revenir plus tard avec le même lien.",
  turn: "Votre tour reste le vôtre pendant une minute environ.",
};
