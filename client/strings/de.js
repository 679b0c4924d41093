/** Every word the page says, in German. */

const n = (/** @type {number} */ count, /** @type {string} */ one, /** @type {string} */ many) =>
  `${count} ${count === 1 ? one : many}`;

/** @type {import("./en.js").Strings} */
export const de = {
  lang: "de",
  dir: "ltr",
  appName: "Sprachinterview",
  skipToContent: "Zum Inhalt springen",
  loading: { title: "Ihr Interview wird geöffnet…" },

  welcome: {
    eyebrow: "Bevor es losgeht",
    intro: (questions, minutes) => `${n(questions, "Frage", "Fragen")}, etwa ${n(minutes, "Minute", "Minuten")}.`,
    whatHappens: "So läuft es ab",
    steps: [
      ["Ton prüfen", "Wir stellen sicher, dass Sie die Fragen hören und Ihr Mikrofon funktioniert."],
      [
        "Sprechend antworten",
        "Eine KI stellt eine Frage nach der anderen. Lassen Sie sich Zeit: Denkpausen sind in Ordnung.",
      ],
      [
        "Sie bestimmen",
        "Wiederholen, überspringen oder pausieren Sie, wann Sie möchten, oder tippen Sie statt zu sprechen.",
      ],
      ["Kopie erhalten", "Ihre Antworten werden laufend mitgeschrieben, und am Ende können Sie sie herunterladen."],
    ],
    consentTitle: "Ihre Einwilligung",
    recorded: "Ihre Stimme wird aufgezeichnet und mit Ihren Antworten gespeichert.",
    notRecorded:
      "Ihre Stimme wird nicht aufgezeichnet. Sie wird gelöscht, sobald Ihre Worte aufgeschrieben sind, spätestens zwei Tage nach dem Interview; nur der Text bleibt gespeichert.",
    watching: "Menschen der Organisation, die Sie eingeladen hat, können dieses Interview live als Text mitlesen.",
    version: (version) => `Einwilligungstext, Version ${version}`,
    noticesTitle: "Gut zu wissen",
    accept: "Ich stimme zu, weiter",
    proceed: "Weiter",
    decline: "Ich stimme nicht zu",
    saving: "Einen Moment…",
    failed: "Ihre Entscheidung konnte nicht gespeichert werden. Bitte versuchen Sie es noch einmal.",
  },

  declined: {
    title: "Danke, dass Sie uns Bescheid geben",
    text: "Sie nehmen nicht teil. Es wurde nichts aufgezeichnet.",
    next: "Möchten Sie auf anderem Weg teilnehmen? Antworten Sie der Person, die Sie eingeladen hat. Sie können diese Seite schließen.",
  },

  check: {
    title: "Ton prüfen",
    titleBack: "Willkommen zurück",
    leadBack: "Ihre bisherigen Antworten sind gespeichert. Wir machen bei derselben Frage weiter.",
    lead: "Zwei kurze Prüfungen, dann geht es los.",
    hearTitle: "Hören Sie uns?",
    hearText: "Spielen Sie zwei leise Töne ab. Mit Kopfhörern klingt es am klarsten.",
    playTone: "Testton abspielen",
    playingTone: "Läuft…",
    playedTone:
      "Nichts gehört? Stellen Sie lauter oder wählen Sie eine andere Ausgabe und spielen Sie den Ton noch einmal ab.",
    toneFailed:
      "Der Ton konnte nicht abgespielt werden. Prüfen Sie, ob diese Seite stummgeschaltet ist, und versuchen Sie es noch einmal.",
    speaker: "Lautsprecher",
    speakTitle: "Hören wir Sie?",
    speakText: "Ihr Browser fragt, ob diese Seite Ihr Mikrofon verwenden darf.",
    useMicrophone: "Mein Mikrofon verwenden",
    asking: "Bitte erlauben Sie das Mikrofon im Browser…",
    microphone: "Mikrofon",
    unnamedDevice: (index) => `Gerät ${index}`,
    level: "Mikrofonpegel",
    waiting: "Sagen Sie ein paar Worte: „Hallo, das ist ein Test.“",
    heard: "Wir hören Sie gut.",
    silent: "Von diesem Mikrofon hören wir nichts.",
    silentMend:
      "Ist es eingeschaltet und nicht stumm? Gehen Sie näher heran, stellen Sie es in den Toneinstellungen lauter oder wählen Sie oben ein anderes.",
    mutedBySystem: "Ihr Mikrofon ist am Gerät stummgeschaltet.",
    mutedMend: "Suchen Sie eine Stummtaste an Headset oder Tastatur, oder prüfen Sie die Toneinstellungen.",
    tryAgain: "Noch einmal versuchen",
    start: "Interview starten",
    startBack: "Interview fortsetzen",
    without: "Ohne Mikrofon fortfahren und tippen",
    withoutBack: "Ohne Mikrofon fortfahren und tippen",
    withoutNote: "Sie hören und lesen die Fragen und tippen Ihre Antworten.",
    problems: {
      insecure: [
        "Diese Adresse ist nicht sicher",
        "Browser erlauben ein Mikrofon nur auf Seiten, die mit https:// beginnen. Öffnen Sie Ihren Link genau so, wie er kam, oder bitten Sie um einen sicheren.",
      ],
      unsupported: [
        "Dieser Browser kann hier kein Mikrofon verwenden",
        "Öffnen Sie den Link in einer aktuellen Version von Chrome, Edge, Firefox oder Safari. Browser in anderen Apps können oft kein Mikrofon verwenden.",
      ],
      framed: [
        "Diese Seite darf Ihr Mikrofon hier nicht nutzen",
        "Die Website drumherum gibt Ihr Mikrofon nicht weiter, oder es ist für sie blockiert. Öffnen Sie das Interview in einem eigenen Tab, oder tippen Sie.",
      ],
      denied: [
        "Das Mikrofon ist blockiert",
        "Klicken Sie auf das Symbol links von der Adresse, stellen Sie Mikrofon auf „Zulassen“ und versuchen Sie es noch einmal. Ist es dort erlaubt, prüfen Sie die Datenschutzeinstellungen des Systems für den Browser.",
      ],
      dismissed: [
        "Die Abfrage wurde geschlossen",
        "Ihr Browser hat nach dem Mikrofon gefragt und keine Antwort bekommen. Versuchen Sie es noch einmal und wählen Sie „Zulassen“.",
      ],
      missing: [
        "Kein Mikrofon gefunden",
        "Schließen Sie eines an oder schalten Sie Ihr Headset ein, und versuchen Sie es noch einmal.",
      ],
      busy: [
        "Das Mikrofon ist belegt",
        "Ein anderes Programm oder ein anderer Tab verwendet es, etwa ein Videoanruf. Schließen Sie das und versuchen Sie es noch einmal.",
      ],
      constraint: [
        "Dieses Mikrofon ist nicht mehr da",
        "Vielleicht wurde es ausgesteckt. Wählen Sie ein anderes und versuchen Sie es noch einmal.",
      ],
      unknown: [
        "Das Mikrofon konnte nicht gestartet werden",
        "Stecken Sie es aus und wieder ein oder starten Sie den Browser neu, und versuchen Sie es noch einmal.",
      ],
    },
  },

  call: {
    question: (number, of) => `Frage ${number} von ${of}`,
    followUp: (number, of) => `Nachfrage zu Frage ${number} von ${of}`,
    practice: "Probe",
    candidate_questions: "Ihre Fragen",
    summary: "Was ich verstanden habe",
    backTo: (number) => `Zurück zu Frage ${number}`,
    backToFollowUp: (number) => `Zurück zur Nachfrage zu Frage ${number}`,
    backToPractice: "Zurück zur Probe",
    backToYourQuestions: "Zurück zu Ihren Fragen",
    progress: "Fortschritt des Interviews",
    connecting: "Verbindung wird aufgebaut…",
    greeting: "Willkommen",
    wrapUp: "Vielen Dank",
    activity: {
      idle: "Gleich geht es los",
      connecting: "Verbindet",
      speaking: "Spricht",
      listening: "Hört zu",
      thinking: "Denkt nach",
      muted: "Sie sind stumm",
      typing: "Sie sind dran",
      reading: "Bitte lesen",
    },
    notes: {
      idle: "Das Interview beginnt gleich.",
      connecting: "Das dauert ein, zwei Sekunden.",
      speaking: "Sie können jederzeit anfangen zu antworten.",
      greeting: "Zuerst eine kurze Einführung.",
      wrapUp: "Das war die letzte Frage.",
      listening: "Sprechen Sie, wenn Sie so weit sind. Pausen sind in Ordnung.",
      hearing: "Wir hören Sie.",
      waiting: "Wir warten, ob noch etwas kommt.",
      thinking: "Einen Moment.",
      muted: "Schalten Sie das Mikrofon ein, um zu sprechen.",
      typing: "Tippen Sie Ihre Antwort, wenn Sie so weit sind.",
    },
    interviewer: "Interview-KI",
    notSpoken: "Nur als Text",
    yourAnswer: "Ihre Antwort",
    interimNote: "Kursive Worte können sich noch ändern.",
    emptyVoice: "Ihre Worte erscheinen hier, während Sie sprechen.",
    emptyText: "Ihre Antwort erscheint hier.",
    unclear: "[unverständlich]",
    unclearRecorded: "[unverständlich; die Aufnahme bleibt erhalten]",
    typed: "getippt",
    done: "Ich bin fertig",
    notFinished: "Ich war noch nicht fertig",
    repeat: "Wiederholen",
    rephrase: "Anders sagen",
    skip: "Überspringen",
    skipped: (number) => `Frage ${number} übersprungen.`,
    skippedFollowUp: "Nachfrage übersprungen.",
    skippedOther: "Übersprungen.",
    undo: "Rückgängig",
    confirmYes: "Ja",
    confirmNo: "Nein, ich mache weiter",
    confirmAnswer: "Das ist meine Antwort",
    watched: "Gerade liest jemand dieses Interview live mit.",
    lastHeard: (words) => `Zuletzt gehört: „${words}“`,
    dismiss: "Verstanden",
    pause: "Pause",
    mute: "Stumm schalten",
    unmute: "Mikrofon an",
    type: "Lieber tippen",
    typeClose: "Tippen schließen",
    options: "Optionen",
    leave: "Verlassen",
    controls: "Steuerung des Interviews",
    typeLabel: "Antwort tippen",
    typeHelp: "Mit Strg und Enter absenden.",
    send: "Antwort senden",
    tooLong: "Das ist zu lang, um es auf einmal zu senden. Bitte kürzen Sie es.",
    notSent:
      "Sie sind gerade nicht verbunden. Ihr Text bleibt hier; senden Sie ihn, wenn die Verbindung wieder da ist.",
    unconfirmed: "Ihre Antwort ist gesendet, aber noch nicht bestätigt. Der Text bleibt bis dahin erhalten.",
    broughtBack:
      "Die Verbindung brach ab, bevor Ihre Antwort bestätigt war. Ihr Text steht wieder hier. Sobald Sie verbunden sind, sagen wir Ihnen, ob er angekommen ist.",
    checking: "Wir prüfen, ob Ihr Text angekommen ist. Steht er gleich noch hier, senden Sie ihn noch einmal.",
    notArrived: "Ihre Antwort ist nicht angekommen. Ihr Text steht noch hier: Bitte senden Sie ihn noch einmal.",
    notConnected: "Sie sind gerade nicht verbunden. Bitte versuchen Sie es gleich noch einmal.",
    timeLeft: (minutes) =>
      minutes < 1 ? "Weniger als eine Minute übrig" : `Noch etwa ${n(minutes, "Minute", "Minuten")}`,
    announceListening: "Wir hören zu. Sie sind dran.",
    announceTyping: "Sie sind dran.",
    announceUndo: "Sie können das einige Sekunden lang rückgängig machen.",
    announceConfirm: "Sie können auch auf der Seite antworten.",
  },

  banner: {
    suspectTitle: "Die Verbindung ist schwach",
    suspectText:
      "Wir haben seit ein paar Sekunden nichts vom Server gehört. Ihre bisherigen Antworten sind gespeichert.",
    suspectUnconfirmed:
      "Wir haben seit ein paar Sekunden nichts vom Server gehört. Ihre letzte Antwort ist noch nicht bestätigt; der Text bleibt bis dahin erhalten.",
    lostTitle: "Verbindung verloren",
    lostText: "Ihre bisherigen Antworten sind gespeichert, und wir machen bei derselben Frage weiter.",
    lostUnconfirmed:
      "Ihre letzte Antwort ist vielleicht nicht angekommen. Der Text bleibt erhalten, und wir machen bei derselben Frage weiter.",
    longTitle: "Noch immer keine Verbindung",
    longText:
      "Ihre Antworten sind gespeichert, und wir versuchen es weiter. Prüfen Sie Ihre Internetverbindung oder kommen Sie später mit demselben Link zurück.",
    longUnconfirmed:
      "Ihre letzte Antwort ist vielleicht nicht angekommen. Der Text bleibt auf dieser Seite, und wir versuchen es weiter. Prüfen Sie Ihre Internetverbindung.",
    movedTitle: "Einen Moment",
    movedText: "Wir verbinden Sie mit einem anderen Server. Ihre bisherigen Antworten sind gespeichert.",
    switchingTitle: "Einen Moment",
    switchingText: "Wir wechseln Ihr Mikrofon.",
    backTitle: "Sie sind wieder da",
    backText: "Machen wir da weiter, wo wir waren.",
    firstTitle: "Verbindung wird noch aufgebaut",
    firstText:
      "Der Anruf kam noch nicht zustande. Manche Firmennetze und VPNs blockieren Anrufe; ein anderes Netz kann helfen.",
    trying: "Neuer Versuch läuft…",
    tryingIn: (seconds) => `Neuer Versuch in ${n(seconds, "Sekunde", "Sekunden")}.`,
    tryNow: "Jetzt versuchen",
    soundTitle: "Der Ton ist aus",
    soundText: "Ihr Browser braucht noch einen Klick, bevor er die Stimme abspielen kann.",
    soundOn: "Ton einschalten",
    chooseMic: "Mikrofon wählen",
  },

  leave: {
    title: "Interview verlassen?",
    text: "Damit endet das Interview endgültig. Ihre bisherigen Antworten bleiben erhalten; nicht gestellte Fragen bleiben offen.",
    hint: "Brauchen Sie nur eine Pause? Dann pausieren Sie, oder schließen Sie die Seite und öffnen Sie Ihren Link später wieder.",
    confirm: "Endgültig verlassen",
    cancel: "Bleiben",
    pause: "Lieber pausieren",
  },

  options: {
    title: "Optionen",
    pace: "Pause, bevor es weitergeht",
    paceHelp: "Nach so langer Stille gilt Ihre Antwort als fertig.",
    paces: {
      faster: ["Zügig", "für kurze Antworten"],
      normal: ["Normal", "etwa zwei Sekunden"],
      slower: ["Entspannt", "Zeit, beim Sprechen nachzudenken"],
    },
    captions: "Gesprochenes als Text zeigen",
    microphone: "Mikrofon",
    noMicrophone: "Lieber tippen",
    close: "Schließen",
  },

  paused: {
    title: "Pause",
    text: "Ihr Mikrofon ist aus. Nehmen Sie sich die Zeit, die Sie brauchen. Ihre bisherigen Antworten sind gespeichert.",
    draftKept: "Was Sie getippt haben, steht nach der Pause noch da. Senden Sie es dann.",
    remaining: (minutes) =>
      minutes < 1 ? "Weniger als eine Minute Pause übrig." : `Noch ${n(minutes, "Minute", "Minuten")} Pause.`,
    after: "Danach legen wir das Interview beiseite, und Ihr Link bringt Sie zurück.",
    resume: "Weitermachen",
    leave: "Interview verlassen",
  },

  parked: {
    title: "Ihr Interview wartet auf Sie",
    text: "Die Pause war lang, darum haben wir es sicher beiseitegelegt. Ihre Antworten sind gespeichert, und wir machen bei derselben Frage weiter.",
    resume: "Interview fortsetzen",
  },

  finished: {
    title: "Vielen Dank, das war alles",
    titleLeft: "Sie haben das Interview verlassen",
    text: (answered, of) => `${answered} von ${n(of, "Frage", "Fragen")} beantwortet. Ihre Antworten sind gespeichert.`,
    textLeft: "Ihre bisherigen Antworten sind gespeichert. Danke für Ihre Zeit.",
    next: "Sie können diese Seite schließen.",
  },

  endings: {
    undoAsk: "Doch anders entschieden?",
    undo: (seconds) => `Rückgängig (${seconds})`,
    declineSent: "Ihre Entscheidung ist gespeichert.",
    declineNotSent:
      "Ihre Entscheidung ist noch nicht bei uns angekommen. Lassen Sie diese Seite offen; wir versuchen es weiter.",
    alternative: "Lieber auf anderem Weg?",
    contact: (address) => `Fragen? ${address}`,
    privacy: "Datenschutzhinweise",
    goOn: "Weiter",
    newTab: "(öffnet einen neuen Tab)",
    thanks: "Danke für Ihre Zeit.",
    notNow: "Das lässt sich gerade nicht laden. Bitte versuchen Sie es gleich noch einmal.",
    reviewTitle: "Ihre Worte prüfen",
  },

  problem: {
    waiting: "Sie warten auf einen Platz",
    retry: "Noch einmal versuchen",
    retryIn: (seconds) => `Neuer Versuch in ${n(seconds, "Sekunde", "Sekunden")}.`,
    retrying: "Neuer Versuch läuft…",
    kinds: {
      link: [
        "Dieser Link funktioniert nicht",
        "Er ist vielleicht unvollständig oder wurde zurückgezogen. Kopieren Sie den ganzen Link aus Ihrer Einladung oder bitten Sie um einen neuen.",
      ],
      over: [
        "Dieses Interview ist vorbei",
        "Es wurde abgeschlossen oder seine Zeit ist abgelaufen. Stimmt das nicht, wenden Sie sich an die Person, die Sie eingeladen hat.",
      ],
      expired: [
        "Dieses Interview ist abgelaufen",
        "Die Zeit ist um. Was Sie bis dahin gesagt haben, bleibt erhalten. Möchten Sie weitermachen, wenden Sie sich an die Person, die Sie eingeladen hat.",
      ],
      cancelled: [
        "Dieses Interview wurde abgesagt",
        "Der Veranstalter hat es beendet. Was Sie bis dahin gesagt haben, bleibt erhalten. Bei Fragen wenden Sie sich an die Person, die Sie eingeladen hat.",
      ],
      deleted: [
        "Dieses Interview wurde gelöscht",
        "Der Veranstalter hat es gelöscht, samt dem, was Sie gesagt haben. Bei Fragen wenden Sie sich an die Person, die Sie eingeladen hat.",
      ],
      failed: [
        "Das Interview musste abbrechen",
        "Auf unserer Seite ist etwas schiefgegangen. Was Sie bis dahin gesagt haben, bleibt erhalten. Bitte wenden Sie sich an die Person, die Sie eingeladen hat.",
      ],
      damaged: [
        "Dieses Interview lässt sich nicht öffnen",
        "Die gespeicherten Daten sind beschädigt, und ein neuer Versuch hilft nicht. Sie haben nichts falsch gemacht. Bitte wenden Sie sich an die Person, die Sie eingeladen hat.",
      ],
      superseded: [
        "Das Interview ist in einem anderen Fenster offen",
        "Das Interview läuft in Ihrem anderen Fenster. Sie können stattdessen hier weitermachen.",
      ],
      full: [
        "Gerade sind alle Plätze belegt",
        "Es ist nichts verloren. Lassen Sie diese Seite offen; wir lassen Sie herein, sobald ein Platz frei ist.",
      ],
      network: ["Wir erreichen den Server nicht", "Prüfen Sie Ihre Internetverbindung. Wir versuchen es weiter."],
      server: ["Der Server hat ein Problem", "Sie haben nichts falsch gemacht. Wir versuchen es weiter."],
      rejected: [
        "Der Anruf konnte nicht gestartet werden",
        "Der Server hat ihn nicht angenommen. Versuchen Sie es noch einmal oder nehmen Sie einen anderen Browser.",
      ],
      consent: [
        "Zuerst brauchen wir Ihre Einwilligung",
        "Der Text, dem Sie zugestimmt haben, wurde geändert, oder Ihre Entscheidung wurde nicht gespeichert. Bitte sehen Sie ihn sich noch einmal an.",
      ],
      browser: [
        "Dieser Browser ist zu alt für ein Sprachinterview",
        "Öffnen Sie Ihren Link in einer aktuellen Version von Chrome, Edge, Firefox oder Safari.",
      ],
    },
    takeOver: "Hier weitermachen",
    again: "Noch einmal ansehen",
  },

  words: {
    asked: "Ihre Bitte",
    replied: "Ihre Rückmeldung",
    before: "Sie sagten",
    history: "Gespräch",
    historyTitle: "Das Gespräch bisher",
    historyEmpty: "Noch wurde nichts gesagt.",
    historyFailed: "Das Gespräch konnte nicht geöffnet werden. Bitte versuchen Sie es gleich noch einmal.",
    close: "Schließen",
    moment: "Einen Moment bitte",
    skipGreeting: "Einleitung überspringen",
    notArriving: "Gerade kommt nichts bei uns an.",
    tooLongBy: (/** @type {number} */ characters) =>
      `Das ist zu lang, um es auf einmal zu senden. Bitte kürzen Sie es um etwa ${n(characters, "Zeichen", "Zeichen")}.`,
  },

  network: {
    checking: "Ihre Verbindung wird geprüft …",
    open: "Ihre Verbindung lässt Ton durch.",
    blockedTitle: "Ihr Netz blockiert den Anruf",
    blockedText:
      "Es kommt kein Ton durch. Manche Firmennetze und VPNs machen das; ein anderes Netz, etwa das Ihres Handys, kann helfen. Sie können das ganze Interview auch über die normale Webverbindung tippen.",
    unknown: "Ihre Verbindung ließ sich nicht prüfen.",
    type: "Über die Webverbindung tippen",
    again: "Noch einmal prüfen",
    bannerTitle: "Es kommt kein Ton durch",
    bannerText:
      "Ihr Netz blockiert offenbar den Anruf. Ein anderes Netz kann helfen, oder Sie tippen über die normale Webverbindung.",
  },

  rehearsal: {
    title: "Ein Satz zur Probe",
    text: "Lesen Sie einen Satz vor, hören Sie sich selbst, und sehen Sie, was wir verstanden haben. Das dauert eine halbe Minute, und nichts davon wird aufbewahrt.",
    start: "Satz ausprobieren",
    stop: "Abbrechen",
    again: "Noch einmal versuchen",
    failed: "Die Probe konnte nicht geladen werden. Sie können ohne sie beginnen oder es noch einmal versuchen.",
  },

  microphones: {
    ended: {
      name: "Mikrofon ausgesteckt",
      text: "Stecken Sie es wieder ein oder wählen Sie ein anderes. Sie können auch tippen.",
    },
    blocked: {
      name: "Mikrofon blockiert",
      text: "Erlauben Sie es für diese Seite im Browser. Sie können auch tippen.",
    },
    muted: {
      name: "Vom Gerät stummgeschaltet",
      text: "Suchen Sie eine Stummtaste an Headset oder Tastatur. Sie können auch tippen.",
    },
    silent: {
      name: "Mikrofon ohne Ton",
      text: "Von ihm kommt nichts. Wenn Sie gerade sprechen, prüfen Sie, ob es eingeschaltet ist, oder wählen Sie ein anderes.",
    },
    nowUsing: (name) => `Ihr Mikrofon ist jetzt: ${name}`,
  },

  embed: {
    openTab: "In neuem Tab öffnen",
  },
};
