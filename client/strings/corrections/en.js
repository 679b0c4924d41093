/** Words of correcting: in the summary at the end, and in the review after it. Fetched when they are needed. */
export const words = {
  review: {
    lead: "Change what was misheard. What was heard stays beside it.",
    left: (/** @type {number} */ minutes) =>
      `${minutes} ${minutes === 1 ? "minute" : "minutes"} left. After that, your words are handed over as they were heard.`,
    heard: "As heard:",
    reset: "Back to what was heard",
    sendAsIs: "All correct, hand over",
    send: (/** @type {number} */ count) => `Hand over with ${count} ${count === 1 ? "correction" : "corrections"}`,
    back: "Not now",
  },

  summary: {
    yes: "Yes, tell me",
    no: "No, thank you",
    lead: "In your own words. Change what is wrong; what you said stays as it is.",
    question: "Question",
    save: "Save this change",
    saved: "Saved",
    unsaved: "Not saved yet",
    right: "That’s right",
    finish: "Save and finish",
    reset: "Back to what I understood",
    tooSoon: "You are not connected right now. Your changes are kept here.",
  },
};

/** @typedef {typeof words} CorrectionWords */
