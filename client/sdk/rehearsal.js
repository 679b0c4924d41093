/**
 * A rehearsal before the interview: a sentence is read, judged, played back and written down. A
 * short call of its own, loaded only when somebody wants one: see `InterviewClient.rehearse`.
 */
import { PeerCall } from "./connection.js";

/** @typedef {import("./messages.js").Pace} Pace */

export const LABEL = "rehearsal.v1";

/**
 * @typedef {object} RehearsalView
 * @property {"connecting" | "preparing" | "speaking" | "listening" | "judging" | "playing" | "done" | "failed"} phase
 * @property {string} sentence to be read aloud
 * @property {string} language of it, BCP 47
 * @property {Record<Pace, number> | null} paceMs how long a pause ends an answer, at each pace
 * @property {boolean} speech the server hears somebody speak
 * @property {readonly string[] | null} findings what is wrong, what matters most first; null: not known yet
 * @property {boolean} judged false: nothing can be said of the sound
 * @property {{status: "understood" | "late" | "none", text: string} | null} words null: not known yet
 * @property {string} over why the server ended it, or the kind of the error; ""
 */

/** @type {RehearsalView} */
export const BEGINNING = {
  phase: "connecting",
  sentence: "",
  language: "",
  paceMs: null,
  speech: false,
  findings: null,
  judged: true,
  words: null,
  over: "",
};

/** The view after one message; the same view where it says nothing new. @param {RehearsalView} view @param {unknown} data @returns {RehearsalView} */
export function after(view, data) {
  let message;
  try {
    message = JSON.parse(String(data));
  } catch {
    return view;
  }
  switch (message?.type) {
    case "ready":
      return { ...view, sentence: message.sentence, language: message.language, paceMs: message.pace_ms };
    case "phase":
      return { ...view, phase: message.phase };
    case "level":
      return view.speech || !message.speech ? view : { ...view, speech: true };
    case "heard":
      return { ...view, findings: message.findings, judged: message.judged };
    case "words":
      return { ...view, words: { status: message.status, text: message.text } };
    case "over":
      return { ...view, over: message.reason };
    default:
      return view;
  }
}

/** The view when the call is over: what was found stays. @param {RehearsalView} view @returns {RehearsalView} */
export function ended(view) {
  if (!view.findings) return { ...view, phase: "failed" };
  return { ...view, phase: "done", words: view.words ?? { status: "late", text: "" } };
}

export class Rehearsal {
  /**
   * @param {Omit<import("./connection.js").CallOptions, "onText" | "onDown" | "label" | "textUrl" | "onDoubt" | "onSlow"> & {
   *   callFactory?: (options: import("./connection.js").CallOptions) => import("./connection.js").Call,
   *   onView: (view: RehearsalView) => void,
   * }} options
   */
  constructor({ callFactory, onView, ...options }) {
    this.view = BEGINNING;
    /** @private */
    this.onView = onView;
    const make = callFactory ?? ((/** @type {import("./connection.js").CallOptions} */ o) => new PeerCall(o));
    /** @private */
    this.call = make({
      ...options,
      label: LABEL,
      textUrl: "",
      onDoubt: () => {}, // too short for that
      onSlow: () => {},
      onText: (data) => this.show(after(this.view, data)),
      onDown: () => this.show(ended(this.view)),
    });
  }

  /** Throws InterviewError. */
  open() {
    return this.call.open();
  }

  /** The sentence need not be said: I begin. */
  listen() {
    this.call.send(JSON.stringify({ type: "listen" }));
  }

  /** I have read it. */
  done() {
    this.call.send(JSON.stringify({ type: "done" }));
  }

  close() {
    return this.call.close();
  }

  /** @param {RehearsalView} view @private */
  show(view) {
    if (view === this.view) return;
    this.view = view;
    this.onView(view);
  }
}
