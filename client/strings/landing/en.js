/** Words of the landing page alone. */
export const words = {
  title: "An interview by voice, with an AI",
  lead: "Talk through a few questions in your browser. You hear the interviewer, read every word, and can type instead of speaking at any time.",
  points: [
    ["Three questions, a few minutes", "You can pause, repeat or skip, and come back if the connection drops."],
    ["A microphone helps, but is not needed", "Without one you listen or read, and type your answers."],
    ["You see what it heard", "Your words appear while you speak, and you can keep a copy at the end."],
  ],
  start: "Start the demo interview",
  starting: "Preparing the interview…",
  failed: "The demo could not be started.",
};

/** @typedef {typeof words} LandingWords */
