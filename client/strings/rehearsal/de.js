/** @type {import("./en.js").RehearsalWords} */
export const words = {
  phases: {
    connecting: "Verbindung wird hergestellt…",
    preparing: "Einen Augenblick…",
    speaking: "Hören Sie zu: Der Satz wird Ihnen vorgesprochen.",
    listening: "Jetzt Sie. Bitte lesen Sie ihn vor.",
    hearing: "Wir hören Sie.",
    judging: "Einen Augenblick…",
    playing: "So klingen Sie bei uns.",
    failed: "Die Probe hat diesmal nicht geklappt. Sie können ohne sie beginnen.",
    full: "Gerade ist viel los, deshalb geht keine Probe. Sie können ohne sie beginnen.",
  },
  skipVoice: "Jetzt vorlesen",
  read: "Ich bin fertig",
  good: "Sie sind gut zu verstehen.",
  understood: "Verstanden haben wir:",
  wordsWaiting: "Ihre Worte werden aufgeschrieben…",
  wordsLate: "Das Aufschreiben dauert gerade länger. Sie müssen nicht darauf warten.",
  wordsNone: "Wir konnten keine Worte erkennen. Versuchen Sie es noch einmal, oder tippen Sie im Interview.",
  findings: {
    nothing: [
      "Bei uns kommt kein Ton an.",
      "Ist das Mikrofon an und nicht stummgeschaltet? Oder wählen Sie oben ein anderes.",
    ],
    no_speech: [
      "Wir hören etwas, aber keine Sprache.",
      "Gehen Sie näher ans Mikrofon, oder wählen Sie oben ein anderes.",
    ],
    too_quiet: [
      "Sie sind sehr leise.",
      "Gehen Sie näher heran, oder stellen Sie das Mikrofon in den Toneinstellungen lauter.",
    ],
    too_loud: [
      "Sie sind für das Mikrofon zu laut.",
      "Gehen Sie etwas zurück, oder stellen Sie es in den Toneinstellungen leiser.",
    ],
    gaps: [
      "Ein Teil kam nicht bei uns an.",
      "Gehen Sie näher an den Router, oder beenden Sie Downloads und andere Anrufe.",
    ],
    echo: ["Ihr Lautsprecher ist im Mikrofon zu hören.", "Nehmen Sie Kopfhörer, oder stellen Sie den Ton leiser."],
    other_voice: [
      "Wir hören noch eine Stimme.",
      "Suchen Sie einen ruhigeren Ort, oder schalten Sie Radio und Fernseher aus.",
    ],
    noise: [
      "Um Sie herum ist es laut.",
      "Schließen Sie das Fenster, schalten Sie den Lüfter aus, oder suchen Sie einen ruhigeren Ort.",
    ],
  },
  pace: "Wie lang darf eine Pause sein?",
  paceHelp: "Nach so viel Stille gilt Ihre Antwort als fertig. Später ändern Sie das unter Optionen.",
  seconds: (/** @type {string} */ seconds) => `${seconds} Sekunden`,
};
