/** Every word the page says, in English. The other languages are files of this shape beside it. */

const n = (/** @type {number} */ count, /** @type {string} */ one, /** @type {string} */ many) =>
  `${count} ${count === 1 ? one : many}`;

export const en = {
  lang: "en",
  dir: "ltr",
  appName: "Voice interview",
  skipToContent: "Skip to the content",
  loading: { title: "Opening your interview…" },

  welcome: {
    eyebrow: "Before we begin",
    intro: (/** @type {number} */ questions, /** @type {number} */ minutes) =>
      `${n(questions, "question", "questions")}, about ${n(minutes, "minute", "minutes")}.`,
    whatHappens: "What will happen",
    steps: [
      ["Check your sound", "We make sure you can hear the interviewer and your microphone works."],
      ["Answer by speaking", "An AI asks one question at a time. Take your time: pauses to think are fine."],
      ["Stay in control", "Repeat, skip or pause whenever you like, or type instead of speaking."],
      ["Get a copy", "Your answers are written down as you go, and you can download them at the end."],
    ],
    consentTitle: "Your consent",
    recorded: "Your voice is recorded and kept with your answers.",
    notRecorded:
      "Your voice is not recorded. It is erased as soon as your words are written down, and within two days of the interview at the latest; only the written words are kept.",
    watching: "People of the organisation that invited you may follow this interview live, in writing.",
    version: (/** @type {string} */ version) => `Consent text, version ${version}`,
    noticesTitle: "Good to know",
    accept: "I agree, continue",
    proceed: "Continue",
    decline: "I do not agree",
    saving: "One moment…",
    failed: "We couldn’t save your choice. Please try again.",
  },

  declined: {
    title: "Thank you for letting us know",
    text: "You chose not to take part. Nothing was recorded.",
    next: "If you’d like to take part another way, reply to the person who invited you. You can close this page.",
  },

  check: {
    title: "Check your sound",
    titleBack: "Welcome back",
    leadBack: "Your answers so far are saved. We’ll go on at the same question.",
    lead: "Two short checks, then we begin.",
    hearTitle: "Can you hear us?",
    hearText: "Play two soft notes. Headphones give the clearest sound.",
    playTone: "Play test sound",
    playingTone: "Playing…",
    playedTone: "Heard nothing? Turn up the volume or choose another output, then play it again.",
    toneFailed: "The sound could not be played. Check that this page isn’t muted, then try again.",
    speaker: "Loudspeaker",
    speakTitle: "Can we hear you?",
    speakText: "Your browser will ask whether this page may use your microphone.",
    useMicrophone: "Use my microphone",
    asking: "Please allow the microphone in your browser…",
    microphone: "Microphone",
    unnamedDevice: (/** @type {number} */ index) => `Device ${index}`,
    level: "Microphone level",
    waiting: "Say a few words: “Hello, this is a test.”",
    heard: "We hear you well.",
    silent: "We can’t hear anything from this microphone.",
    silentMend:
      "Is it on, and not muted? Move closer, raise its volume in your sound settings, or choose another one above.",
    mutedBySystem: "Your microphone is muted by your device.",
    mutedMend: "Look for a mute key on your headset or keyboard, or check your sound settings.",
    tryAgain: "Try again",
    start: "Start the interview",
    startBack: "Continue the interview",
    without: "Continue without a microphone and type",
    withoutBack: "Continue without a microphone and type",
    withoutNote: "You’ll hear and read the questions, and type your answers.",
    problems: {
      insecure: [
        "This address is not secure",
        "Browsers allow a microphone only on pages that begin with https://. Open your link exactly as it was sent, or ask for a secure one.",
      ],
      unsupported: [
        "This browser cannot use a microphone here",
        "Open the link in a current version of Chrome, Edge, Firefox or Safari. Browsers inside other apps often cannot use a microphone.",
      ],
      framed: [
        "This page may not use your microphone here",
        "The website around it does not pass your microphone on, or you have blocked it there. Open the interview in a tab of its own, or type instead.",
      ],
      denied: [
        "The microphone is blocked",
        "Select the icon left of the address, set Microphone to “Allow”, and try again. If it is allowed there, check your system’s privacy settings for the browser.",
      ],
      dismissed: [
        "The permission prompt was closed",
        "Your browser asked for the microphone and got no answer. Try again and choose “Allow”.",
      ],
      missing: ["No microphone was found", "Plug one in or switch your headset on, then try again."],
      busy: [
        "The microphone is in use",
        "Another program or tab is using it, such as a video call. Close that, then try again.",
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
    candidate_questions: "Your questions",
    summary: "What I understood",
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
      reading: "Please read",
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
      muted: "Unmute to speak your answer.",
      typing: "Type your answer when you are ready.",
    },
    interviewer: "Interviewer",
    notSpoken: "Shown in writing only",
    yourAnswer: "Your answer",
    interimNote: "Words in italics may still change.",
    emptyVoice: "Your words appear here while you speak.",
    emptyText: "Your answer appears here.",
    unclear: "[unclear]",
    unclearRecorded: "[unclear; the recording is kept]",
    typed: "typed",
    done: "I’m done",
    notFinished: "I wasn’t finished",
    repeat: "Repeat",
    rephrase: "Rephrase",
    skip: "Skip",
    skipped: (/** @type {number} */ number) => `Question ${number} skipped.`,
    skippedFollowUp: "Follow-up skipped.",
    skippedOther: "Skipped.",
    undo: "Undo",
    confirmYes: "Yes",
    confirmNo: "No, I’ll go on",
    confirmAnswer: "That’s my answer",
    watched: "Somebody is following this interview live.",
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
    tooLong: "This is too long to send at once. Please shorten it.",
    notSent: "You’re not connected right now. Your text stays here; send it when the connection is back.",
    unconfirmed: "Your answer was sent but isn’t confirmed yet. We keep the text until it is.",
    broughtBack:
      "The connection was lost before your answer was confirmed. Your text is back here. Once you’re connected again, we’ll tell you whether it arrived.",
    checking: "We’re checking whether your text arrived. If it is still here in a moment, send it again.",
    notArrived: "Your answer didn’t arrive. Your text is still here: please send it again.",
    notConnected: "You’re not connected right now. Please try again in a second.",
    timeLeft: (/** @type {number} */ minutes) =>
      minutes < 1 ? "Less than a minute left" : `About ${n(minutes, "minute", "minutes")} left`,
    announceListening: "Listening. Your turn.",
    announceTyping: "Your turn to answer.",
    announceUndo: "You can undo this for a few seconds.",
    announceConfirm: "You can also choose an answer on the page.",
  },

  banner: {
    suspectTitle: "The connection is weak",
    suspectText: "We haven’t heard from the server for a few seconds. Your answers so far are saved.",
    suspectUnconfirmed:
      "We haven’t heard from the server for a few seconds. Your last answer isn’t confirmed yet; we keep its text until it is.",
    lostTitle: "Connection lost",
    lostText: "Your answers so far are saved, and we’ll go on at the same question.",
    lostUnconfirmed: "Your last answer may not have arrived. We keep its text, and we’ll go on at the same question.",
    longTitle: "Still no connection",
    longText:
      "Your answers are saved and we keep trying. Check your internet connection, or come back later with the same link.",
    longUnconfirmed:
      "Your last answer may not have arrived. Its text is kept on this page, and we keep trying. Check your internet connection.",
    movedTitle: "One moment",
    movedText: "We’re moving you to another server. Your answers so far are saved.",
    switchingTitle: "One moment",
    switchingText: "We’re changing your microphone.",
    backTitle: "You’re back",
    backText: "Let’s pick up where we left off.",
    firstTitle: "Still connecting",
    firstText: "We couldn’t set up the call yet. Some office networks and VPNs block calls; another network may help.",
    trying: "Trying again now…",
    tryingIn: (/** @type {number} */ seconds) => `Trying again in ${n(seconds, "second", "seconds")}.`,
    tryNow: "Try now",
    soundTitle: "Sound is off",
    soundText: "Your browser needs one more click before it can play the interviewer’s voice.",
    soundOn: "Turn on sound",
    chooseMic: "Choose a microphone",
  },

  leave: {
    title: "Leave the interview?",
    text: "This ends the interview for good. Your answers so far are kept; questions we haven’t asked stay open.",
    hint: "Just need a break? Pause instead, or close this page and open your link again later.",
    confirm: "Leave for good",
    cancel: "Stay",
    pause: "Pause instead",
  },

  options: {
    title: "Options",
    pace: "Pause before I move on",
    paceHelp: "After this much silence, we take your answer as complete.",
    paces: {
      faster: ["Quick", "for short answers"],
      normal: ["Normal", "about two seconds"],
      slower: ["Relaxed", "time to think as you speak"],
    },
    captions: "Show the interviewer’s words",
    microphone: "Microphone",
    noMicrophone: "Type instead",
    close: "Close",
  },

  paused: {
    title: "Paused",
    text: "Your microphone is off. Take the time you need. Your answers so far are saved.",
    draftKept: "What you typed will still be here after Resume. Send it then.",
    remaining: (/** @type {number} */ minutes) =>
      minutes < 1 ? "Less than a minute of pause is left." : `${n(minutes, "minute", "minutes")} of pause left.`,
    after: "After that we set the interview aside, and your link brings you back.",
    resume: "Resume",
    leave: "Leave the interview",
  },

  parked: {
    title: "Your interview is set aside",
    text: "It was paused for a while, so we put it away safely. Your answers are saved, and we’ll go on at the same question.",
    resume: "Continue the interview",
  },

  finished: {
    title: "Thank you, that’s everything",
    titleLeft: "You’ve left the interview",
    text: (/** @type {number} */ answered, /** @type {number} */ of) =>
      `${answered} of ${n(of, "question", "questions")} answered. Your answers are saved.`,
    textLeft: "Your answers so far are saved. Thank you for your time.",
    next: "You can close this page.",
  },

  endings: {
    undoAsk: "Changed your mind?",
    undo: (/** @type {number} */ seconds) => `Undo (${seconds})`,
    declineSent: "Your decision is saved.",
    declineNotSent: "Your decision hasn’t reached us yet. Keep this page open; we keep trying.",
    alternative: "Prefer another way?",
    contact: (/** @type {string} */ address) => `Questions? ${address}`,
    privacy: "Privacy notice",
    goOn: "Continue",
    newTab: "(opens in a new tab)",
    thanks: "Thank you for your time.",
    notNow: "This can’t be loaded right now. Please try again in a moment.",
    reviewTitle: "Check your words",
  },

  problem: {
    waiting: "You’re waiting for a place",
    retry: "Try again",
    retryIn: (/** @type {number} */ seconds) => `Trying again in ${n(seconds, "second", "seconds")}.`,
    retrying: "Trying again…",
    kinds: {
      link: [
        "This link does not work",
        "It may be incomplete, or it was withdrawn. Copy the whole link from your invitation, or ask for a new one.",
      ],
      over: [
        "This interview is over",
        "It was completed, or its time ran out. If that seems wrong, contact the person who invited you.",
      ],
      expired: [
        "This interview has expired",
        "Its time ran out. What you said until then is kept. To go on, contact the person who invited you.",
      ],
      cancelled: [
        "This interview was cancelled",
        "The organiser ended it. What you said until then is kept. If you have questions, contact the person who invited you.",
      ],
      deleted: [
        "This interview was deleted",
        "Its owner deleted it, along with what you said. If you have questions, contact the person who invited you.",
      ],
      failed: [
        "The interview had to stop",
        "Something went wrong on our side. What you said until then is kept. Please contact the person who invited you.",
      ],
      damaged: [
        "This interview cannot be opened",
        "The saved interview is damaged, and trying again won’t help. You did nothing wrong. Please contact the person who invited you.",
      ],
      superseded: [
        "The interview is open in another window",
        "The interview is running in your other window. You can continue here instead.",
      ],
      full: [
        "All places are taken right now",
        "Nothing is lost. Keep this page open; we’ll let you in as soon as there is room.",
      ],
      network: ["We can’t reach the server", "Check your internet connection. We keep trying."],
      server: ["The server has a problem", "You did nothing wrong. We keep trying."],
      rejected: ["The call could not be started", "The server didn’t accept it. Try again, or use another browser."],
      consent: [
        "Consent is needed first",
        "The text you agreed to has changed, or your choice wasn’t saved. Please look at it again.",
      ],
      browser: [
        "This browser is too old for a voice interview",
        "Open your link in a current version of Chrome, Edge, Firefox or Safari.",
      ],
    },
    takeOver: "Continue here",
    again: "Look at it again",
  },

  words: {
    asked: "You asked",
    replied: "You replied",
    before: "You said",
    history: "Conversation",
    historyTitle: "The conversation so far",
    historyEmpty: "Nothing has been said yet.",
    historyFailed: "The conversation could not be opened. Please try again in a moment.",
    close: "Close",
    moment: "I need a moment",
    skipGreeting: "Skip introduction",
    notArriving: "Nothing is reaching us right now.",
    tooLongBy: (/** @type {number} */ characters) =>
      `This is too long to send in one piece. Please shorten it by about ${n(characters, "character", "characters")}.`,
  },

  network: {
    checking: "Checking your connection…",
    open: "Your connection lets sound through.",
    blockedTitle: "Your network blocks the call",
    blockedText:
      "Sound doesn’t get through. Some office networks and VPNs do that; another network, such as your phone’s, may help. You can also type the whole interview over the normal web connection.",
    unknown: "We couldn’t check your connection.",
    type: "Type over the web connection",
    again: "Check again",
    bannerTitle: "Sound doesn’t get through",
    bannerText:
      "Your network seems to block the call. Another network may help, or type over the normal web connection.",
  },

  rehearsal: {
    title: "Try one sentence",
    text: "Read a sentence aloud, hear yourself, and see what we understood. It takes half a minute, and none of it is kept.",
    start: "Try a sentence",
    stop: "Stop",
    again: "Try it again",
    failed: "The try-out didn’t load. You can begin without it, or try again.",
  },

  /** What is wrong with a microphone in the call: the name stands in banner, headline and button. */
  microphones: {
    ended: { name: "Microphone unplugged", text: "Plug it in again or choose another one. You can also type." },
    blocked: { name: "Microphone blocked", text: "Allow it for this page in your browser. You can also type." },
    muted: {
      name: "Muted by your device",
      text: "Look for a mute key on your headset or keyboard. You can also type.",
    },
    silent: {
      name: "Microphone silent",
      text: "Nothing comes from it. If you are speaking, check that it is switched on, or choose another one.",
    },
    nowUsing: (/** @type {string} */ name) => `Your microphone is now: ${name}`,
  },

  embed: {
    openTab: "Open in a new tab",
  },
};

/** @typedef {typeof en} Strings */
