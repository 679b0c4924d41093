/** @type {import("./en.js").LandingWords} */
export const words = {
  title: "Ein Interview per Sprache, mit einer KI",
  lead: "Sprechen Sie im Browser über ein paar Fragen. Sie hören die Interviewerin, lesen jedes Wort mit und können jederzeit tippen statt sprechen.",
  points: [
    [
      "Drei Fragen, wenige Minuten",
      "Sie können pausieren, wiederholen lassen oder überspringen und nach einem Verbindungsabbruch zurückkommen.",
    ],
    ["Ein Mikrofon hilft, muss aber nicht sein", "Ohne Mikrofon hören oder lesen Sie und tippen Ihre Antworten."],
    [
      "Sie sehen, was verstanden wurde",
      "Ihre Worte erscheinen, während Sie sprechen, und am Ende können Sie eine Kopie behalten.",
    ],
  ],
  start: "Demo-Interview starten",
  starting: "Das Interview wird vorbereitet…",
  failed: "Die Demo konnte nicht gestartet werden.",
};
