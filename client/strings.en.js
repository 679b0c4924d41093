/** Every word the page says, in English. Another locale is another file of this shape. */

const n = (/** @type {number} */ count, /** @type {string} */ one, /** @type {string} */ many) =>
  `${count} ${count === 1 ? one : many}`;

export const en = {
  lang: "en",
  appName: "Voice interview",
  skipToContent: "Skip to the content",
  loading: { title: "Opening your interview…" },

  landing: {
    title: "An interview by voice, with an AI",
    lead: "Talk through a few questions in your browser. You hear the interviewer, see every word in writing, and may type instead of speaking at any time.",
    points: [
      ["Three questions, a few minutes", "You can pause, repeat or skip, and come back if the connection drops."],
      ["A microphone helps, but is not needed", "Without one you read or listen, and type your answers."],
      ["You see what it heard", "Your words appear while you speak, and you can keep a copy at the end."],
    ],
    start: "Start the demo interview",
    starting: "Preparing the interview…",
    failed: "The demo could not be started.",
  },

  welcome: {
    eyebrow: "Before we begin",
    intro: (/** @type {number} */ questions, /** @type {number} */ minutes) =>
      `${n(questions, "question", "questions")}, about ${n(minutes, "minute", "minutes")}.`,
    whatHappens: "What will happen",
    steps: [
      ["Check your sound", "We make sure that you hear the interviewer and that your microphone works."],
      ["Answer by speaking", "An AI asks one question at a time. Take your time: pauses to think are fine."],
      ["Stay in control", "Repeat, skip or pause whenever you like, or type instead of speaking."],
      ["Keep your words", "Your answers are written down as you go, and you can download them at the end."],
    ],
    consentTitle: "Your consent",
    recorded: "Your voice is recorded and kept with your answers.",
    notRecorded:
      "Your voice is not recorded. It is erased as soon as your words are written down, and within two days of the interview at the latest; only the written words are kept.",
    version: (/** @type {string} */ version) => `Consent text, version ${version}`,
    noticesTitle: "Good to know",
    accept: "I agree, continue",
    proceed: "Continue",
    decline: "I do not agree",
    saving: "One moment…",
    failed: "Your decision could not be saved.",
  },

  declined: {
    title: "Thank you for letting us know",
    text: "You did not agree, so the interview does not take place. Your microphone was not used and nothing you might have said was captured.",
    next: "If you would like another way to take part, please reply to the person who invited you. You can close this page.",
  },

  check: {
    title: "Check your sound",
    titleBack: "Welcome back",
    leadBack: "Your answers so far are saved. The interview goes on at the same question.",
    lead: "Two short checks, then we begin.",
    hearTitle: "Can you hear us?",
    hearText: "Play two soft notes. Headphones give the clearest sound.",
    playTone: "Play test sound",
    playingTone: "Playing…",
    playedTone: "Heard nothing? Turn up the volume, or choose another output, and play it again.",
    toneFailed: "The sound could not be played. Check that this page is not muted, then try again.",
    speaker: "Loudspeaker",
    speakTitle: "Can we hear you?",
    speakText: "Your browser will ask whether this page may use your microphone.",
    useMicrophone: "Use my microphone",
    asking: "Please answer your browser’s question…",
    microphone: "Microphone",
    unnamedDevice: (/** @type {number} */ index) => `Device ${index}`,
    level: "Microphone level",
    waiting: "Say a few words: “Hello, this is a test.”",
    heard: "We hear you well.",
    silent: "We cannot hear anything from this microphone.",
    silentMend:
      "Is it switched on and not muted? Move closer, raise its volume in your system’s sound settings, or choose another one above.",
    mutedBySystem: "Your microphone is muted by your device.",
    mutedMend: "Look for a mute key or switch on your headset or keyboard, or check your system’s sound settings.",
    tryAgain: "Try again",
    start: "Start the interview",
    startBack: "Continue the interview",
    without: "Continue without a microphone – I will type",
    withoutBack: "Continue without a microphone – I will type",
    withoutNote: "You will hear and read the questions and type your answers.",
    problems: {
      insecure: [
        "This address is not secure",
        "Browsers allow microphones only on pages that begin with https://. Open the link you were sent exactly as it is, or ask for a secure one.",
      ],
      unsupported: [
        "This browser cannot use a microphone here",
        "Open the link in a current version of Chrome, Edge, Firefox or Safari. Browsers inside other apps often cannot use a microphone.",
      ],
      denied: [
        "The microphone is blocked",
        "Select the icon left of the address, set Microphone to “Allow”, and try again. If it is allowed there, check your system’s privacy settings for the browser.",
      ],
      dismissed: [
        "The question was closed",
        "Your browser asked for the microphone, but the question was closed without an answer. Try again and choose “Allow”.",
      ],
      missing: ["No microphone was found", "Plug one in or switch your headset on, then try again."],
      busy: [
        "The microphone is in use",
        "Another program or tab holds it, such as a video call. Close that, then try again.",
      ],
      constraint: [
        "That microphone is no longer there",
        "It may have been unplugged. Choose another one and try again.",
      ],
      unknown: [
        "The microphone could not be started",
        "Unplug it and plug it in again, or restart the browser, then try again.",
      ],
    },
  },

  call: {
    question: (/** @type {number} */ number, /** @type {number} */ of) => `Question ${number} of ${of}`,
    followUp: (/** @type {number} */ number, /** @type {number} */ of) => `Follow-up to question ${number} of ${of}`,
    practice: "Practice",
    candidateQuestions: "Your questions",
    backTo: (/** @type {number} */ number) => `Back to question ${number}`,
    backToFollowUp: (/** @type {number} */ number) => `Back to the follow-up to question ${number}`,
    backToPractice: "Back to practice",
    backToYourQuestions: "Back to your questions",
    progress: "Progress of the interview",
    connecting: "Connecting…",
    greeting: "Welcome",
    wrapUp: "Thank you",
    activity: {
      idle: "Getting ready",
      connecting: "Connecting",
      speaking: "Speaking",
      listening: "Listening",
      thinking: "Thinking",
      muted: "You are muted",
      typing: "Your turn",
    },
    notes: {
      idle: "The interview begins in a moment.",
      connecting: "This takes a second or two.",
      speaking: "You can start to answer at any time.",
      greeting: "A short introduction first.",
      wrapUp: "That was the last question.",
      listening: "Speak when you are ready. Pauses are fine.",
      hearing: "We hear you.",
      waiting: "Waiting for more.",
      thinking: "One moment.",
      muted: "Unmute to answer by speaking.",
      typing: "Type your answer when you are ready.",
    },
    interviewer: "Interviewer",
    notSpoken: "Shown in writing only",
    yourAnswer: "Your answer",
    interimNote: "Words in italics may still change.",
    emptyVoice: "Your words appear here while you speak.",
    emptyText: "Your answer appears here.",
    unclear: "[not understood]",
    unclearRecorded: "[not understood; the recording is kept]",
    typed: "typed",
    done: "I’m done",
    notFinished: "Not finished",
    repeat: "Repeat",
    rephrase: "Say it differently",
    skip: "Skip",
    skipped: (/** @type {number} */ number) => `Question ${number} skipped.`,
    skippedFollowUp: "Follow-up skipped.",
    skippedOther: "Skipped.",
    undo: "Undo",
    confirmYes: "Yes",
    confirmNo: "No, I go on",
    confirmAnswer: "It is my answer",
    lastHeard: (/** @type {string} */ words) => `Last heard: “${words}”`,
    dismiss: "Got it",
    pause: "Pause",
    mute: "Mute",
    unmute: "Unmute",
    type: "Type instead",
    typeClose: "Close typing",
    options: "Options",
    leave: "Leave",
    controls: "Interview controls",
    typeLabel: "Type your answer",
    typeHelp: "Press Ctrl and Enter to send.",
    send: "Send answer",
    tooLong: "This is too long to send in one piece. Please shorten it.",
    notSent: "You are not connected at the moment. Your text stays here; send it when the connection is back.",
    unconfirmed: "Your answer was sent and is not confirmed yet. Its text is kept until it is.",
    broughtBack:
      "The connection was lost before your answer was confirmed. Your text is back here; once you are connected again we will say whether it has arrived.",
    checking: "We are checking whether your text has arrived. If it is still here in a moment, send it again.",
    notArrived: "Your answer did not arrive. Your text is still here: please send it again.",
    notConnected: "You are not connected at the moment. Please try again in a second.",
    timeLeft: (/** @type {number} */ minutes) =>
      minutes < 1 ? "Less than a minute left" : `About ${n(minutes, "minute", "minutes")} left`,
    announceListening: "Listening. Your turn.",
    announceTyping: "Your turn to answer.",
    announceUndo: "You can undo this for a few seconds.",
    announceConfirm: "You can also choose an answer on the page.",
  },

  banner: {
    suspectTitle: "The connection is weak",
    suspectText: "We have not heard from the server for some seconds. Your answers so far are saved.",
    suspectUnconfirmed:
      "We have not heard from the server for some seconds. Your last answer is not confirmed yet; its text is kept until it is.",
    lostTitle: "Connection lost",
    lostText: "Your answers so far are saved, and the interview will go on at the same question.",
    lostUnconfirmed:
      "Your last answer may not have arrived. Its text is kept, and the interview will go on at the same question.",
    longTitle: "Still no connection",
    longText:
      "Your answers are saved and we keep trying. Check your internet connection, or come back later with the same link.",
    longUnconfirmed:
      "Your last answer may not have arrived. Its text is kept on this page, and we keep trying. Check your internet connection.",
    movedTitle: "One moment",
    movedText: "We are moving you to another server. Your answers so far are saved.",
    switchingTitle: "One moment",
    switchingText: "We are changing your microphone.",
    backTitle: "You are back",
    backText: "We go on where we were.",
    firstTitle: "Still connecting",
    firstText: "The call could not be set up yet. Some office networks and VPNs block calls; another network may help.",
    trying: "Trying again now…",
    tryingIn: (/** @type {number} */ seconds) => `Trying again in ${n(seconds, "second", "seconds")}.`,
    tryNow: "Try now",
    soundTitle: "Sound is off",
    soundText: "Your browser needs one more click before it plays the interviewer’s voice.",
    soundOn: "Turn on sound",
    micEndedTitle: "Your microphone was disconnected",
    micEndedText: "Plug it in again or choose another one. You can also type.",
    micMutedTitle: "Your microphone is muted by your device",
    micMutedText: "Look for a mute key or switch on your headset or keyboard. You can also type.",
    chooseMic: "Choose a microphone",
  },

  leave: {
    title: "Leave the interview?",
    text: "This ends the interview for good. The answers you have given are kept; questions that were not asked stay open.",
    hint: "Do you only need a break? Pause instead, or close this page and open your link again later.",
    confirm: "Leave for good",
    cancel: "Stay",
    pause: "Pause instead",
  },

  options: {
    title: "Options",
    pace: "How long I wait for you",
    paceHelp: "After a pause of this length your answer counts as complete.",
    paces: {
      faster: ["Shorter", "for quick answers"],
      normal: ["Normal", "about two seconds"],
      slower: ["Longer", "time to think while speaking"],
    },
    captions: "Show the interviewer’s words",
    microphone: "Microphone",
    noMicrophone: "None – I will type",
    close: "Close",
  },

  paused: {
    title: "Paused",
    text: "Nobody is listening. Your answers so far are saved.",
    draftKept: "What you have typed is still there after Resume. Send it then.",
    remaining: (/** @type {number} */ minutes) =>
      minutes < 1 ? "Less than a minute of pause is left." : `${n(minutes, "minute", "minutes")} of pause left.`,
    after: "After that the interview is set aside, and your link brings you back.",
    resume: "Resume",
    leave: "Leave the interview",
  },

  parked: {
    title: "Your interview is set aside",
    text: "It was paused for a while, so we put it away safely. Your answers are saved, and it goes on at the same question.",
    resume: "Continue the interview",
  },

  finished: {
    title: "Thank you, that is everything",
    titleLeft: "You have left the interview",
    text: (/** @type {number} */ answered, /** @type {number} */ of) =>
      `${answered} of ${n(of, "question", "questions")} answered. Your answers have been saved.`,
    textLeft: "The answers you gave have been saved. Thank you for your time.",
    next: "You can close this page.",
    answers: "Your answers",
    noAnswer: "No answer.",
    download: "Download as text",
    file: "interview-answers.txt",
    question: "Question",
    followUp: "Follow-up to question",
    practice: "Practice",
    candidateQuestions: "Your questions",
  },

  problem: {
    retry: "Try again",
    retryIn: (/** @type {number} */ seconds) => `Trying again by itself in ${n(seconds, "second", "seconds")}.`,
    retrying: "Trying again…",
    kinds: {
      link: [
        "This link does not work",
        "It may be incomplete, or it was withdrawn. Copy the whole link from your invitation, or ask the person who invited you for a new one.",
      ],
      over: [
        "This interview is over",
        "It was completed, or its time has run out. If you think this is a mistake, contact the person who invited you.",
      ],
      expired: [
        "This interview has expired",
        "Its time has run out. What you said until then is kept. Contact the person who invited you if you would like to go on.",
      ],
      cancelled: [
        "This interview was cancelled",
        "The organiser has ended it. What you said until then is kept. Contact the person who invited you if you have questions.",
      ],
      deleted: [
        "This interview was deleted",
        "Its owner has deleted it, and what you said with it. Contact the person who invited you if you have questions.",
      ],
      failed: [
        "The interview had to stop",
        "Something went wrong on our side. What you said until then is kept. Please contact the person who invited you.",
      ],
      damaged: [
        "This interview cannot be opened",
        "What the server has saved of it is damaged, and trying again does not help. You have done nothing wrong. Please contact the person who invited you.",
      ],
      superseded: [
        "The interview is open in another window",
        "It was opened in another window or on another device and goes on there; this window has been switched off. To use this one instead, open the interview here.",
      ],
      full: [
        "All places are taken right now",
        "You have lost nothing. Stay on this page: we keep trying and let you in as soon as there is room.",
      ],
      network: ["The server cannot be reached", "Check your internet connection. We keep trying."],
      server: ["The server has a problem", "You have done nothing wrong. We keep trying."],
      rejected: ["The call could not be started", "The server did not accept it. Try again, or use another browser."],
      consent: [
        "Consent is needed first",
        "The text you agreed to has changed, or your answer was not saved. Please look at it again.",
      ],
      browser: [
        "This browser is too old for a voice interview",
        "Open your link in a current version of Chrome, Edge, Firefox or Safari.",
      ],
    },
    takeOver: "Use this window",
    again: "Look at it again",
  },
};

/** @typedef {typeof en} Strings */

/** Strings for a BCP 47 tag; English until a locale has a file. @param {string} [_locale] @returns {Strings} */
export function stringsFor(_locale) {
  return en;
}
