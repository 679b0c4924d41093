/** Words for who waits for a place: fetched when somebody does. */
export const words = {
  place: "All places are taken right now. When somebody leaves, whoever is next gets in.",
  load: "Our server is busy right now. It lets people in one after another.",
  next: "You are next.",
  /** @param {number} people */
  ahead: (people) => (people === 1 ? "One person is ahead of you." : `${people} people are ahead of you.`),
  soon: "It should take less than a minute.",
  /** @param {number} minutes */
  about: (minutes) => `It should take about ${minutes} minutes.`,
  unknown: "We can’t say yet how long it will take.",
  joins: "You’ll join automatically as soon as there is a place.",
  microphone: "Your microphone stays as you set it up.",
  leave: "You may also close this page and come back later with the same link.",
  turn: "Your turn stays yours for about a minute.",
};

/** @typedef {typeof words} WaitingWords */
