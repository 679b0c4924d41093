/** @type {import("./en.js").CorrectionWords} */
export const words = {
  review: {
    lead: "Ändern Sie, was falsch verstanden wurde. Das Gehörte bleibt daneben stehen.",
    left: (minutes) =>
      `Noch ${minutes} ${minutes === 1 ? "Minute" : "Minuten"}. Danach werden Ihre Worte so übergeben, wie sie verstanden wurden.`,
    heard: "Verstanden wurde:",
    reset: "Zurück zum Gehörten",
    sendAsIs: "Alles richtig, übergeben",
    send: (count) => `Mit ${count} ${count === 1 ? "Korrektur" : "Korrekturen"} übergeben`,
    back: "Nicht jetzt",
  },

  summary: {
    yes: "Ja, bitte",
    no: "Nein, danke",
    lead: "In Ihren eigenen Worten. Ändern Sie, was nicht stimmt; was Sie gesagt haben, bleibt, wie es ist.",
    question: "Frage",
    save: "Änderung speichern",
    saved: "Gespeichert",
    unsaved: "Noch nicht gespeichert",
    right: "Das stimmt",
    finish: "Speichern und beenden",
    reset: "Zurück zum Verstandenen",
    tooSoon: "Sie sind gerade nicht verbunden. Ihre Änderungen bleiben hier.",
  },
};
