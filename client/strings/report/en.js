/** Every word of the report page, in English. The other languages are files of this shape beside it. */

const n = (/** @type {number} */ count, /** @type {string} */ one, /** @type {string} */ many) =>
  `${count} ${count === 1 ? one : many}`;

export const words = {
  lang: "en",
  report: "Interview report",
  untitled: "Interview",
  loading: "Opening the report…",
  skip: "Skip to the answers",
  contents: "Questions",

  standing: {
    complete: ["Complete", "The interview was completed."],
    partial: [
      "Not final yet",
      "The interview is over, and parts of the result are still being written down. Refresh in a few minutes.",
    ],
    waiting: [
      "Not final yet",
      "The candidate may still correct what was written down. The recording shows what was said.",
    ],
    running: ["In progress", "The interview is going on now. This is how far it has come."],
    not_begun: ["Not begun", "The candidate has not begun the interview."],
    declined: ["Declined", "The candidate did not agree to the interview. Nothing was recorded."],
    left: ["Ended early", "The candidate ended the interview before the last question."],
    abandoned: ["Abandoned", "The candidate did not come back. What was said until then is here."],
    expired: [
      "Expired",
      "The time for the interview was over before it was completed. What was said until then is here.",
    ],
    cancelled: ["Cancelled", "The interview was cancelled. What was said until then is here."],
    failed: ["Failed", "A fault ended the interview. What was said until then is here."],
  },

  head: {
    candidate: "Candidate",
    date: "Date",
    duration: "Duration",
    status: "Status",
    unknown: "not given",
    answered: "Questions answered",
    of: (/** @type {number} */ some, /** @type {number} */ all) => `${some} of ${all}`,
    followUps: "Follow-ups asked",
    speaking: "Time speaking",
    words: "Words",
    unsure: "Uncertain words",
  },

  quality: {
    title: "Quality of the evidence",
    good: "Nothing in the recording or the words limits their use.",
    notes: "Usable as evidence. What to know:",
    bad: "Not usable as sole evidence",
    badText: "Do not decide on these answers alone. The reasons:",
    reasons: {
      loss: (/** @type {string} */ value) => `${value} of the sound was lost on the way.`,
      lost_audio: (/** @type {string} */ value) => `${value} of the answers never arrived; words may be missing there.`,
      quiet: (/** @type {string} */ value) => `The microphone was very quiet (${value}); words may be misheard.`,
      late_words: (/** @type {string} */ value) => `${value} words came after their answer had been closed.`,
      low_confidence: (/** @type {string} */ value) => `The recogniser was uncertain of ${value} of the words.`,
      untranscribed: (/** @type {string} */ value) => `${value} of speech could not be written down.`,
      rejected_text: (/** @type {string} */ value) =>
        `${value} pieces of text were left out because they cannot have been said.`,
      not_recorded: () => "The voice was not recorded, so the words cannot be checked by listening.",
      unkept_audio: (/** @type {string} */ value) => `${value} of sound is missing from the recording.`,
      damaged_recording: () => "A part of the recording cannot be read.",
      stand_in: () => "A stand-in recogniser was used: about half the words may be wrong.",
    },
  },

  overview: {
    title: "The whole interview",
    label: (
      /** @type {string} */ duration,
      /** @type {number} */ turns,
      /** @type {number} */ lost,
      /** @type {number} */ concealed,
    ) =>
      `Loudness over ${duration}: ${n(turns, "turn", "turns")} of the candidate, ${n(lost, "stretch", "stretches")} lost, ${n(concealed, "short gap", "short gaps")} filled in.`,
    wave: (/** @type {string} */ from, /** @type {string} */ to) => `Loudness from ${from} to ${to}.`,
  },

  legend: {
    title: "How to read it",
    candidate: "Candidate",
    interviewer: "Interviewer",
    unsure: "word",
    unsureText: "uncertain: it may be another word",
    lost: "lost: never arrived",
    concealed: "short gap, filled in",
    pause: "interview paused",
    absent: "no connection",
    play: "Select a word to hear it. With the keyboard: Tab to the text, arrow keys to a word, Enter.",
  },

  answers: {
    title: "Answers",
    question: (/** @type {string} */ number) => `Question ${number}`,
    followUp: (/** @type {string} */ number) => `Follow-up ${number}`,
    practice: "Practice",
    practiceNote: "Before the first question, to try the microphone. Not part of the answers.",
    theirs: "The candidate’s questions",
    theirsAsked: "Time for the candidate’s own questions",
    summed: {
      name: "Summary",
      status: {
        offered: "The candidate was offered a summary; the interview ended there.",
        told: "The candidate received a summary and did not get to confirm it.",
        confirmed: "The candidate confirmed the summary.",
        declined: "The candidate did not want a summary.",
        no_reply: "The candidate did not reply to the summary.",
      },
      corrected: (/** @type {number} */ count) => `Corrected: ${n(count, "answer", "answers")}.`,
      said: "Corrected by voice in the summary",
      written: "Corrected in writing in the summary",
      original: "In place of:",
    },
    opening: "Opening",
    closing: "Closing",
    none: "No questions were asked.",
    audio: "Save the sound",
    playQuestion: (/** @type {string} */ name) => `${name}: play the question`,
    playFrom: (/** @type {string} */ at) => `Play from ${at}`,
    hint: "Arrow keys move from word to word, Enter plays from there.",
    words: (/** @type {number} */ count) => n(count, "word", "words"),
    speaking: (/** @type {string} */ time) => `${time} speaking`,
    status: {
      not_asked: "Not asked",
      open: "Being answered now",
      answered: "Answered",
      no_answer: "No answer",
      skipped: "Skipped",
      cut_short: "Cut short",
    },
    lost: (/** @type {string} */ time) => `${time} lost`,
    concealed: (/** @type {string} */ time) => `${time} filled in`,
  },

  turn: {
    typed: "Typed",
    request: "Request, not part of the answer",
    echo: "Echo of the interviewer, not part of the answer",
    backchannel: "Said over the question, not part of the answer",
    untranscribed: "A part of this could not be written down. Listen to it.",
    untranscribedNoSound: "A part of this could not be written down.",
    rejected: "Left out, because it cannot have been said:",
    corrected: "Corrected by the candidate after the interview",
    correctedText: "Never said: the words as heard stand above.",
    takenBack: "The candidate has taken this answer back.",
    noWords: "No words",
    interviewer: "Interviewer",
    unheard: "not heard to the end",
  },

  requests: {
    title: "Requests",
    clicked: "by button",
    answered: "Answered from your FAQ:",
    other: "Another request",
    intents: {
      repeat: "Repeat the question",
      repeat_last: "Repeat the last part",
      rephrase: "Say it in other words",
      slower: "Speak more slowly",
      louder: "Speak louder",
      cannot_hear: "Cannot hear the interviewer",
      skip: "Skip the question",
      no_idea: "Does not know",
      think: "Time to think",
      not_finished: "Was not finished",
      pause: "Pause",
      leave: "End the interview",
      human: "Speak to a person",
      interviewer_question: "Question to the employer",
      trouble: "Technical trouble",
    },
  },

  player: {
    title: "Player",
    play: "Play",
    pause: "Pause",
    back: "Back 10 s",
    position: "Position",
    positionAt: (/** @type {string} */ at, /** @type {string} */ of) => `${at} of ${of}`,
    listen: "Listen to",
    both: "As it was",
    alone: "Candidate alone",
    speed: "Speed",
    skip: "Skip silence",
    follow: "Show what plays",
    none: "There is no sound to play: none was kept, or this link is for reading only.",
    refused: (/** @type {string} */ title) =>
      `${title}. The words stay here; to listen, ask whoever sent the link for a new one.`,
    gone: "The recording has been erased. The words stay.",
    clip: "A part of what the interviewer said has no sound any more. The words stay.",
    network: "The sound could not be loaded. Check your connection and press Play again.",
  },

  downloads: {
    title: "Downloads",
    csv: "Table (CSV)",
    json: "Data (JSON)",
    vtt: "Captions (WebVTT)",
    txt: "Text",
    audio: "Sound, both sides",
    candidate_audio: "Sound, candidate alone",
    bundle: "Evidence bundle (ZIP)",
    print: "Print or save as PDF",
    busy: "Preparing the file…",
    failed: "The file could not be fetched. Try again; if the link has expired, ask for a new one.",
  },

  foot: {
    id: (/** @type {string} */ id) => `Interview ${id}`,
    printed: (/** @type {string} */ at) => `As of ${at}`,
    until: (/** @type {string} */ at) => `This link is valid until ${at}.`,
    times: "Times are minutes and seconds of the candidate’s recording.",
  },

  fresh: {
    asOf: (/** @type {string} */ at) => `As of ${at}.`,
    refresh: "Refresh",
    busy: "Refreshing…",
    failed: "It could not be refreshed. Try again in a minute.",
  },

  problem: {
    noToken: [
      "The link is not complete",
      "Open the whole link as it was sent to you: the part after # is needed. It works in the tab it was opened in.",
    ],
    expired: ["This link has expired", "Ask whoever sent it for a new one."],
    revoked: [
      "This link was withdrawn",
      "It no longer opens the report. If you still need it, ask whoever sent it for a new one.",
    ],
    other: [
      "This link belongs to another interview",
      "The address and the part after # do not belong together. Open the whole link as it was sent to you.",
    ],
    token: [
      "This link does not open the report",
      "A part of it is missing or was changed. Open the whole link as it was sent to you, or ask for a new one.",
    ],
    erased: [
      "This interview was deleted",
      "Its recording, its words and this report are gone for good. Whoever sent you the link can say why.",
    ],
    gone: ["There is no such report", "The interview was erased, or the link has a mistake. Ask whoever sent it."],
    damaged: [
      "The report cannot be read",
      "What is stored of this interview is damaged. Whoever runs the server can say more.",
    ],
    full: ["The server is busy", "Try again in a minute."],
    network: ["The server cannot be reached", "Check your connection, then try again."],
    server: ["The report could not be opened", "Something went wrong on the server. Try again in a minute."],
    again: "Try again",
  },
};

/** @typedef {typeof words} ReportWords */
