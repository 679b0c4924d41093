/** What is said when the interview is over, in English: loaded then, and ahead of it. */

const n = (/** @type {number} */ count, /** @type {string} */ one, /** @type {string} */ many) =>
  `${count} ${count === 1 ? one : many}`;

export const words = {
  answers: "Your answers",
  noAnswer: "No answer.",
  download: "Download as text",
  file: "interview-answers.txt",
  question: "Question",
  followUp: "Follow-up to question",
  practice: "Practice",
  candidateQuestions: "Your questions",
  pending: "Your last words are still being written down.",
  erased: "Your words were kept for a limited time and have been deleted.",
  elsewhere: "Your words are shown only in the window where you said them.",
  notHere: "What you said in another window is not shown here.",
  corrected: "Your correction",
  takenBack: "Taken back",
  reviewAsk: (/** @type {number} */ minutes) =>
    `You can check your words and correct them before they are handed over. Time left: ${n(minutes, "minute", "minutes")}.`,
  reviewOpen: "Check your words",
  reviewDone: "You have checked your words. They have been handed over.",
  reviewOver: "The time to check is over. Your words are handed over as they were heard.",
  reviewNotSent: "This hasn’t been sent. Your corrections are still here; please try again.",
  going: {
    goingOn: (/** @type {string} */ site, /** @type {number} */ seconds) =>
      `In ${n(seconds, "second", "seconds")} you go on to ${site}.`,
    announced: (/** @type {string} */ site) => `You will be taken to ${site} in a moment. You can also stay here.`,
    goOn: (/** @type {string} */ site) => `Continue to ${site}`,
    stay: "Stay here",
  },
};

/** @typedef {typeof words} AfterWords */
