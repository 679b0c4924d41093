/** Words of a rehearsal on the check screen: fetched when there is one. */
export const words = {
  phases: {
    connecting: "Connecting…",
    preparing: "One moment…",
    speaking: "Listen: the interviewer says it first.",
    listening: "Your turn. Please read it aloud.",
    hearing: "We hear you.",
    judging: "One moment…",
    playing: "This is how you sound to us.",
    failed: "The try-out didn’t work this time. You can begin without it.",
    full: "We’re busy right now, so there is no try-out. You can begin without it.",
  },
  skipVoice: "Read it now",
  read: "I’ve read it",
  good: "You come through well.",
  understood: "We understood:",
  wordsWaiting: "Writing down your words…",
  wordsLate: "Writing down words takes longer right now. You don’t have to wait for it.",
  wordsNone: "We couldn’t make out any words. Try it again, or type in the interview.",
  findings: {
    nothing: ["No sound reaches us.", "Check that your microphone is on and not muted, or choose another one above."],
    no_speech: ["We hear sound, but no speech.", "Move closer to the microphone, or choose another one above."],
    too_quiet: ["You are very quiet.", "Move closer, or raise the microphone’s volume in your sound settings."],
    too_loud: [
      "You are too loud for the microphone.",
      "Move back a little, or lower its volume in your sound settings.",
    ],
    gaps: ["Parts of it didn’t reach us.", "Move closer to your router, or stop downloads and other calls."],
    echo: ["Your loudspeaker comes back through the microphone.", "Use headphones, or turn the volume down."],
    other_voice: ["We hear another voice.", "Find a quieter place, or switch off radio and television."],
    noise: ["There is noise around you.", "Close the window, switch the fan off, or find a quieter place."],
  },
  pace: "How long may a pause be?",
  paceHelp: "After this much silence, we take your answer as complete. You can change it later in Options.",
  seconds: (/** @type {string} */ seconds) => `${seconds} seconds`,
};

/** @typedef {typeof words} RehearsalWords */
