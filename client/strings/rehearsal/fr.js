/** @type {import("./en.js").RehearsalWords} */
export const words = {
  phases: {
    connecting: "Connexion…",
    preparing: "Un instant…",
    speaking: "Écoutez : nous la lisons d’abord.",
    listening: "À vous. Lisez-la à voix haute.",
    hearing: "Nous vous entendons.",
    judging: "Un instant…",
    playing: "Voici comment nous vous entendons.",
    failed: "L’essai n’a pas marché cette fois. Vous pouvez commencer sans lui.",
    full: "Il y a du monde en ce moment, donc pas d’essai. Vous pouvez commencer sans lui.",
  },
  skipVoice: "La lire maintenant",
  read: "Je l’ai lue",
  good: "On vous entend bien.",
  understood: "Nous avons compris :",
  wordsWaiting: "Nous écrivons vos mots…",
  wordsLate: "Écrire les mots prend plus de temps en ce moment. Inutile d’attendre.",
  wordsNone: "Nous n’avons compris aucun mot. Réessayez, ou écrivez pendant l’entretien.",
  findings: {
    nothing: [
      "Aucun son ne nous parvient.",
      "Vérifiez que le micro est allumé et non coupé, ou choisissez-en un autre ci-dessus.",
    ],
    no_speech: [
      "Nous entendons du son, mais pas de voix.",
      "Rapprochez-vous du micro, ou choisissez-en un autre ci-dessus.",
    ],
    too_quiet: [
      "On vous entend très peu.",
      "Rapprochez-vous, ou augmentez le volume du micro dans les réglages du son.",
    ],
    too_loud: [
      "Votre voix est trop forte pour le micro.",
      "Reculez un peu, ou baissez son volume dans les réglages du son.",
    ],
    gaps: [
      "Une partie ne nous est pas parvenue.",
      "Rapprochez-vous de la box, ou arrêtez les téléchargements et les autres appels.",
    ],
    echo: ["Votre haut-parleur revient par le micro.", "Mettez un casque, ou baissez le volume."],
    other_voice: [
      "Nous entendons une autre voix.",
      "Cherchez un endroit plus calme, ou éteignez la radio et la télévision.",
    ],
    noise: [
      "Il y a du bruit autour de vous.",
      "Fermez la fenêtre, éteignez le ventilateur, ou cherchez un endroit plus calme.",
    ],
  },
  pace: "Combien de temps peut durer une pause ?",
  paceHelp: "Après ce silence, nous considérons votre réponse comme terminée. Vous pourrez le changer dans Options.",
  seconds: (/** @type {string} */ seconds) => `${seconds} secondes`,
};
