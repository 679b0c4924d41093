/** @type {import("./en.js").WaitingWords} */
export const words = {
  place: "Im Moment sind alle Plätze belegt. Wenn jemand geht, kommt die nächste Person herein.",
  load: "Unser Server ist gerade ausgelastet. Er lässt eine Person nach der anderen herein.",
  next: "Sie sind als Nächstes dran.",
  ahead: (people) => (people === 1 ? "Eine Person ist vor Ihnen dran." : `${people} Personen sind vor Ihnen dran.`),
  soon: "Es dauert voraussichtlich weniger als eine Minute.",
  about: (minutes) => `Es dauert voraussichtlich etwa ${minutes} Minuten.`,
  unknown: "Wie lange es dauert, können wir noch nicht sagen.",
  joins: "Sobald ein Platz frei ist, beginnt das Gespräch automatisch.",
  microphone: "Ihr Mikrofon bleibt so eingestellt, wie es ist.",
  leave: "Sie können diese Seite auch schließen und später mit demselben Link wiederkommen.",
  turn: "Ihr Platz in der Reihe gehört Ihnen noch etwa eine Minute.",
};
