const n = (/** @type {number} */ count, /** @type {string} */ one, /** @type {string} */ many) =>
  `${count} ${count === 1 ? one : many}`;

/** @type {import("./en.js").ReportWords} */
export const words = {
  lang: "de",
  report: "Interviewbericht",
  untitled: "Gespräch",
  loading: "Der Bericht wird geöffnet…",
  skip: "Zu den Antworten springen",
  contents: "Fragen",

  standing: {
    complete: ["Abgeschlossen", "Das Interview wurde bis zum Ende geführt."],
    partial: [
      "Noch nicht endgültig",
      "Das Interview ist vorbei, ein Teil des Ergebnisses wird noch aufgeschrieben. Aktualisieren Sie in einigen Minuten.",
    ],
    waiting: [
      "Noch nicht endgültig",
      "Die Kandidatin oder der Kandidat darf das Aufgeschriebene noch berichtigen. Die Aufnahme zeigt, was gesagt wurde.",
    ],
    running: ["Läuft gerade", "Das Interview läuft noch. So weit ist es bisher."],
    not_begun: ["Nicht begonnen", "Das Interview hat noch nicht begonnen."],
    declined: ["Abgelehnt", "Dem Interview wurde nicht zugestimmt. Es wurde nichts aufgenommen."],
    left: ["Vorzeitig beendet", "Das Interview wurde vor der letzten Frage auf Wunsch beendet."],
    abandoned: [
      "Abgebrochen",
      "Die Kandidatin oder der Kandidat kam nicht zurück. Was bis dahin gesagt wurde, steht hier.",
    ],
    expired: [
      "Abgelaufen",
      "Die Zeit war vorbei, bevor das Interview fertig war. Was bis dahin gesagt wurde, steht hier.",
    ],
    cancelled: ["Abgesagt", "Das Interview wurde abgesagt. Was bis dahin gesagt wurde, steht hier."],
    failed: ["Fehlgeschlagen", "Ein Fehler hat das Interview beendet. Was bis dahin gesagt wurde, steht hier."],
  },

  head: {
    candidate: "Kandidat/in",
    date: "Datum",
    duration: "Dauer",
    status: "Stand",
    unknown: "nicht angegeben",
    answered: "Beantwortete Fragen",
    of: (some, all) => `${some} von ${all}`,
    followUps: "Nachfragen",
    speaking: "Sprechzeit",
    words: "Wörter",
    unsure: "Unsichere Wörter",
  },

  quality: {
    title: "Qualität der Belege",
    good: "Nichts an Aufnahme oder Text schränkt die Verwendung ein.",
    notes: "Als Beleg verwendbar. Was Sie wissen sollten:",
    bad: "Nicht als alleiniger Beleg geeignet",
    badText: "Entscheiden Sie nicht allein nach diesen Antworten. Die Gründe:",
    reasons: {
      loss: (value) => `${value} des Tons ging unterwegs verloren.`,
      lost_audio: (value) => `${value} der Antworten kamen nie an; dort können Wörter fehlen.`,
      quiet: (value) => `Das Mikrofon war sehr leise (${value}); Wörter können falsch verstanden sein.`,
      late_words: (value) => `${value} Wörter kamen, nachdem ihre Antwort abgeschlossen war.`,
      low_confidence: (value) => `Bei ${value} der Wörter war die Spracherkennung unsicher.`,
      untranscribed: (value) => `${value} Sprache konnten nicht aufgeschrieben werden.`,
      rejected_text: (value) => `An ${value} Stellen wurde Text weggelassen, den niemand gesagt haben kann.`,
      not_recorded: () => "Die Stimme wurde nicht aufgenommen; die Wörter lassen sich nicht nachhören.",
      unkept_audio: (value) => `${value} Ton fehlen in der Aufnahme.`,
      damaged_recording: () => "Ein Teil der Aufnahme ist nicht lesbar.",
      stand_in: () => "Eine Ersatz-Spracherkennung wurde verwendet: etwa die Hälfte der Wörter kann falsch sein.",
    },
  },

  overview: {
    title: "Das ganze Interview",
    label: (duration, turns, lost, concealed) =>
      `Lautstärke über ${duration}: ${n(turns, "Redebeitrag", "Redebeiträge")}, ${n(lost, "verlorener Abschnitt", "verlorene Abschnitte")}, ${n(concealed, "kurze überbrückte Lücke", "kurze überbrückte Lücken")}.`,
    wave: (from, to) => `Lautstärke von ${from} bis ${to}.`,
  },

  legend: {
    title: "So lesen Sie es",
    candidate: "Kandidat/in",
    interviewer: "Interviewerin",
    unsure: "Wort",
    unsureText: "unsicher: es kann ein anderes Wort sein",
    lost: "verloren: kam nie an",
    concealed: "kurze Lücke, überbrückt",
    pause: "Interview unterbrochen",
    absent: "niemand verbunden",
    play: "Wählen Sie ein Wort, um es zu hören. Mit der Tastatur: Tab zum Text, Pfeiltasten zum Wort, Eingabetaste.",
  },

  answers: {
    title: "Antworten",
    question: (number) => `Frage ${number}`,
    followUp: (number) => `Nachfrage ${number}`,
    practice: "Probefrage",
    practiceNote: "Vor der ersten Frage, zum Ausprobieren des Mikrofons. Kein Teil der Antworten.",
    theirs: "Eigene Fragen der Kandidatin oder des Kandidaten",
    theirsAsked: "Zeit für eigene Fragen",
    opening: "Beginn",
    closing: "Schluss",
    none: "Es wurde keine Frage gestellt.",
    audio: "Ton sichern",
    playQuestion: (name) => `${name}: die Frage abspielen`,
    playFrom: (at) => `Ab ${at} abspielen`,
    hint: "Pfeiltasten gehen von Wort zu Wort, die Eingabetaste spielt ab dort.",
    words: (count) => n(count, "Wort", "Wörter"),
    speaking: (time) => `${time} gesprochen`,
    status: {
      not_asked: "Nicht gestellt",
      open: "Wird gerade beantwortet",
      answered: "Beantwortet",
      no_answer: "Keine Antwort",
      skipped: "Übersprungen",
      cut_short: "Abgeschnitten",
    },
    lost: (time) => `${time} verloren`,
    concealed: (time) => `${time} überbrückt`,
  },

  turn: {
    typed: "Getippt",
    request: "Bitte, kein Teil der Antwort",
    echo: "Echo der Interviewerin, kein Teil der Antwort",
    backchannel: "Über die Frage gesprochen, kein Teil der Antwort",
    untranscribed: "Ein Teil davon konnte nicht aufgeschrieben werden. Hören Sie ihn an.",
    untranscribedNoSound: "Ein Teil davon konnte nicht aufgeschrieben werden.",
    rejected: "Weggelassen, weil es niemand gesagt haben kann:",
    corrected: "Nach dem Interview berichtigt",
    correctedText: "Nie gesprochen: Das Gehörte steht darüber.",
    takenBack: "Diese Antwort wurde zurückgenommen.",
    noWords: "Keine Wörter",
    interviewer: "Interviewerin",
    unheard: "nicht zu Ende gehört",
  },

  requests: {
    title: "Bitten",
    clicked: "per Knopf",
    answered: "Aus Ihren FAQ beantwortet:",
    other: "Andere Bitte",
    intents: {
      repeat: "Frage wiederholen",
      repeat_last: "Letzten Teil wiederholen",
      rephrase: "Anders formulieren",
      slower: "Langsamer sprechen",
      louder: "Lauter sprechen",
      cannot_hear: "Hört die Interviewerin nicht",
      skip: "Frage überspringen",
      no_idea: "Weiß es nicht",
      think: "Zeit zum Nachdenken",
      not_finished: "War noch nicht fertig",
      pause: "Unterbrechung",
      leave: "Interview beenden",
      human: "Mit einem Menschen sprechen",
      interviewer_question: "Frage an den Arbeitgeber",
      trouble: "Technische Schwierigkeit",
    },
  },

  player: {
    title: "Wiedergabe",
    play: "Abspielen",
    pause: "Anhalten",
    back: "10 s zurück",
    position: "Stelle",
    positionAt: (at, of) => `${at} von ${of}`,
    listen: "Zu hören",
    both: "Wie es war",
    alone: "Nur Kandidat/in",
    speed: "Tempo",
    skip: "Stille überspringen",
    follow: "Zur Stelle gehen",
    none: "Hier ist kein Ton zu hören: Es wurde keiner behalten, oder dieser Link ist nur zum Lesen.",
    refused: (title) =>
      `${title}. Die Wörter bleiben hier; zum Anhören bitten Sie, wer den Link geschickt hat, um einen neuen.`,
    gone: "Die Aufnahme wurde gelöscht. Die Wörter bleiben.",
    clip: "Zu einem Teil dessen, was die Interviewerin sagte, gibt es keinen Ton mehr. Die Wörter bleiben.",
    network: "Der Ton konnte nicht geladen werden. Prüfen Sie die Verbindung und spielen Sie noch einmal ab.",
  },

  downloads: {
    title: "Zum Mitnehmen",
    csv: "Tabelle (CSV)",
    json: "Daten (JSON)",
    vtt: "Untertitel (WebVTT)",
    txt: "Nur Text",
    audio: "Ton, beide Seiten",
    candidate_audio: "Ton, nur Kandidat/in",
    bundle: "Beweispaket (ZIP)",
    print: "Drucken oder als PDF sichern",
    busy: "Die Datei wird vorbereitet…",
    failed:
      "Die Datei war nicht zu bekommen. Versuchen Sie es noch einmal; ist der Link abgelaufen, bitten Sie um einen neuen.",
  },

  foot: {
    id: (id) => `Kennung ${id}`,
    printed: (at) => `Stand ${at}`,
    until: (at) => `Dieser Link gilt bis ${at}.`,
    times: "Zeiten sind Minuten und Sekunden der Aufnahme.",
  },

  fresh: {
    asOf: (at) => `Stand ${at}.`,
    refresh: "Aktualisieren",
    busy: "Wird aktualisiert…",
    failed: "Das Aktualisieren ist nicht gelungen. Versuchen Sie es in einer Minute noch einmal.",
  },

  problem: {
    noToken: [
      "Der Link ist nicht vollständig",
      "Öffnen Sie den ganzen Link, wie er Ihnen geschickt wurde: Der Teil nach # wird gebraucht. Er gilt in dem Tab, in dem er geöffnet wurde.",
    ],
    expired: ["Dieser Link ist abgelaufen", "Bitten Sie, wer ihn geschickt hat, um einen neuen."],
    revoked: [
      "Dieser Link wurde zurückgezogen",
      "Er öffnet den Bericht nicht mehr. Wenn Sie ihn noch brauchen, bitten Sie, wer ihn geschickt hat, um einen neuen.",
    ],
    other: [
      "Dieser Link gehört zu einem anderen Interview",
      "Die Adresse und der Teil nach # gehören nicht zusammen. Öffnen Sie den ganzen Link, wie er Ihnen geschickt wurde.",
    ],
    token: [
      "Dieser Link öffnet den Bericht nicht",
      "Ein Teil davon fehlt oder wurde verändert. Öffnen Sie den ganzen Link, wie er Ihnen geschickt wurde, oder bitten Sie um einen neuen.",
    ],
    erased: [
      "Dieses Interview wurde gelöscht",
      "Die Aufnahme, die Wörter und dieser Bericht sind endgültig fort. Wer Ihnen den Link geschickt hat, kann sagen, warum.",
    ],
    gone: [
      "Diesen Bericht gibt es nicht",
      "Das Interview wurde gelöscht, oder der Link hat einen Fehler. Fragen Sie, wer ihn geschickt hat.",
    ],
    damaged: [
      "Der Bericht ist nicht lesbar",
      "Was von diesem Interview gespeichert ist, ist beschädigt. Mehr weiß, wer den Server betreibt.",
    ],
    full: ["Der Server ist ausgelastet", "Versuchen Sie es in einer Minute noch einmal."],
    network: ["Der Server ist nicht erreichbar", "Prüfen Sie die Verbindung und versuchen Sie es noch einmal."],
    server: [
      "Der Bericht ließ sich nicht öffnen",
      "Auf dem Server ging etwas schief. Versuchen Sie es in einer Minute noch einmal.",
    ],
    again: "Noch einmal versuchen",
  },
};
