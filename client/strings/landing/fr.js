/** @type {import("./en.js").LandingWords} */
export const words = {
  title: "Un entretien à voix haute, avec une IA",
  lead: "Répondez à quelques questions dans votre navigateur. Vous entendez les questions, lisez chaque mot et pouvez écrire au lieu de parler à tout moment.",
  points: [
    [
      "Trois questions, quelques minutes",
      "Vous pouvez faire une pause, réécouter ou passer une question, et revenir si la connexion se coupe.",
    ],
    ["Un micro est utile, pas obligatoire", "Sans micro, vous écoutez ou lisez, et vous écrivez vos réponses."],
    [
      "Vous voyez ce qui a été compris",
      "Vos mots s’affichent pendant que vous parlez, et vous pouvez en garder une copie à la fin.",
    ],
  ],
  start: "Commencer l’entretien de démonstration",
  starting: "Préparation de l’entretien…",
  failed: "La démonstration n’a pas pu démarrer.",
};
