/**
 * What the page shows at one moment. The controller makes one, the screens draw it; nothing else
 * passes between them, so that every state can be drawn without a server.
 */
import { EMPTY_VIEW, isOpenedAgain } from "../sdk/index.js";
import { readingMs } from "./lingering.js";

/** @typedef {import("../sdk/api.js").PageInfo} PageInfo */
/** @typedef {import("../sdk/devices.js").MicrophoneProblem} MicrophoneProblem */
/** @typedef {import("../sdk/devices.js").Device} Device */
/** @typedef {import("../sdk/store.js").InterviewView} InterviewView */
/** @typedef {import("../sdk/types.js").ConnectionInfo} ConnectionInfo */

/**
 * Why nothing is heard from the microphone in the call: it is gone, the browser does not give it any
 * more, the system has muted it, or it gives nothing though it is on.
 * @typedef {"" | "ended" | "blocked" | "muted" | "silent"} MicrophoneTrouble
 */

/** @typedef {"loading" | "welcome" | "declined" | "check" | "call" | "waiting" | "paused" | "parked" | "finished" | "review" | "problem"} ScreenName */

/**
 * @typedef {object} CheckModel
 * @property {"idle" | "asking" | "on" | "problem"} microphone
 * @property {MicrophoneProblem | null} problem
 * @property {"waiting" | "heard" | "silent" | "muted"} sound
 * @property {Device[]} microphones
 * @property {Device[]} speakers
 * @property {string} microphoneId
 * @property {string} speakerId
 * @property {"idle" | "playing" | "played" | "failed"} tone
 * @property {boolean} returning the interview has begun before
 * @property {import("../sdk/rehearsal.js").RehearsalView | null} rehearsal null: none was asked for
 * @property {import("../sdk/messages.js").Pace | ""} pace chosen, and not told to the server yet
 */

/**
 * @typedef {object} Problem
 * @property {string} kind key of `strings.problem.kinds`
 * @property {string} detail the server's own words, or ""
 * @property {"none" | "retry" | "auto" | "takeOver" | "consent"} action
 * @property {number} retryInS seconds until it is tried again by itself
 */

/**
 * @typedef {object} Model
 * @property {ScreenName} screen
 * @property {PageInfo | null} page
 * @property {boolean} busy a request that the candidate waits for
 * @property {string} failure what went wrong with it
 * @property {CheckModel} check
 * @property {InterviewView} view
 * @property {ConnectionInfo} connection
 * @property {"" | "checking" | "open" | "blocked" | "unknown"} connectivity whether sound gets through, as the check before the start has found
 * @property {boolean} connectedOnce
 * @property {number} backUntilMs until when it is said that a lost connection is back
 * @property {boolean} muted
 * @property {boolean} hasMicrophone
 * @property {MicrophoneTrouble} microphoneTrouble
 * @property {boolean} typing the typing panel is open
 * @property {boolean} typingByClick the candidate has opened it: the next key belongs to the text
 * @property {"" | "notSent" | "tooLong" | "broughtBack" | "checking" | "notArrived"} typingProblem key of `strings.call`: why typed text was not sent, or did not arrive
 * @property {number | null} unconfirmedSinceMs when the oldest answer was sent of which the server has said nothing
 * @property {string} draft typed for the question on the screen, and not sent yet
 * @property {boolean} soundLocked
 * @property {boolean} captions
 * @property {string} notice a short sentence about a click that did nothing
 * @property {boolean} adviceDismissed the candidate has read the advice on the screen
 * @property {boolean} closingTurn Done was pressed and the server has not answered yet
 * @property {number} retryAtMs when the next call will be tried
 * @property {number} nowMs
 * @property {number | null} microphoneLevelMs when the microphone was measured last; null: it is not
 * @property {number | null} serverLevelMs when the server last said how loud it hears us; null: it did not
 * @property {Problem | null} problem
 * @property {import("../sdk/errors.js").Waiting | null} waiting there is no place yet; null: nobody waits for one
 * @property {{state: "waiting" | "sending" | "sent" | "failed", leftS: number} | null} decline "I do not agree", and for how long it can be undone
 * @property {boolean} finishedHere it has ended in this window, and not before it was opened
 * @property {Ended | null} ended what the server has of an interview that is over
 * @property {Readonly<Record<string, string>>} reviewDrafts corrections that are not handed over yet, by prompt
 */

/**
 * @typedef {object} Ended
 * @property {"kept" | "erased" | "elsewhere"} words
 * @property {number} pending stretches of speech whose words are still to come
 * @property {{status: "open" | "done" | "over", untilMs: number} | null} review
 * @property {readonly import("../sdk/api.js").OwnAnswer[]} answers
 */

/** @type {Model} */
export const INITIAL = {
  screen: "loading",
  page: null,
  busy: false,
  failure: "",
  check: {
    microphone: "idle",
    problem: null,
    sound: "waiting",
    microphones: [],
    speakers: [],
    microphoneId: "",
    speakerId: "",
    tone: "idle",
    returning: false,
    rehearsal: null,
    pace: "",
  },
  view: EMPTY_VIEW,
  connection: {
    state: "idle",
    reason: "",
    lostAtMs: null,
    attempt: 0,
    retryInMs: 0,
    error: null,
    transport: "media",
    blocked: false,
  },
  connectivity: "",
  connectedOnce: false,
  backUntilMs: 0,
  muted: false,
  hasMicrophone: false,
  microphoneTrouble: "",
  typing: false,
  typingByClick: false,
  typingProblem: "",
  unconfirmedSinceMs: null,
  draft: "",
  soundLocked: false,
  captions: true,
  notice: "",
  adviceDismissed: false,
  closingTurn: false,
  retryAtMs: 0,
  nowMs: 0,
  microphoneLevelMs: null,
  serverLevelMs: null,
  problem: null,
  waiting: null,
  decline: null,
  finishedHere: false,
  ended: null,
  reviewDrafts: {},
};

/**
 * What a candidate can do on the page.
 * @typedef {object} Actions
 * @property {(accepted: boolean) => void} consent
 * @property {() => void} askMicrophone
 * @property {(id: string) => void} chooseMicrophone
 * @property {(choose: () => void) => void} mendMicrophone by itself, else by a choice
 * @property {(id: string) => void} chooseSpeaker
 * @property {() => void} playTone
 * @property {() => void} rehearse
 * @property {() => void} nextInRehearsal I begin to read, or have read it
 * @property {() => void} endRehearsal
 * @property {(pace: import("../sdk/messages.js").Pace) => void} choosePace before the call
 * @property {(withMicrophone: boolean) => void} start
 * @property {(what: "done" | "notFinished" | "repeat" | "rephrase" | "skip" | "think" | "undoSkip" | "pause" | "resume") => void} command
 * @property {(choice: "yes" | "no" | "answer") => void} confirm
 * @property {() => void} checkNetwork
 * @property {() => void} typeOverWeb go on in writing, where no sound gets through
 * @property {() => void} dismissAdvice
 * @property {() => void} toggleMute
 * @property {() => void} toggleTyping
 * @property {(text: string) => void} draft what is typed so far, at every change
 * @property {(text: string) => void} answer
 * @property {() => void} leave
 * @property {(pace: import("../sdk/messages.js").Pace) => void} pace
 * @property {(on: boolean) => void} captions
 * @property {() => void} unlockSound
 * @property {() => void} retry
 * @property {() => void} download
 * @property {() => void} undoDecline
 * @property {(url: string) => void} goTo leave this page
 * @property {() => void} openReview
 * @property {() => void} closeReview
 * @property {(prompt: string, text: string | null) => void} reviewDraft null: as it was heard
 * @property {(texts: Record<string, string>) => void} sendReview
 * @property {(which?: "microphone") => void} openOptions "microphone": something is wrong with it
 * @property {() => void} openHistory
 * @property {(text: string) => void} notice
 * @property {(message: import("../sdk/messages.js").ClientMessage) => boolean} tell false: not connected
 * @property {(id: string, text: string) => void} keep what is typed somewhere, in this tab; "": nothing
 * @property {(id: string) => string} kept
 */

/** @typedef {import("../strings/en.js").Strings} Strings */

/**
 * One screen: built once, then updated; `heading` takes the focus when the screen comes.
 * @typedef {object} Screen
 * @property {HTMLElement} element
 * @property {HTMLElement} heading
 * @property {(model: Model) => void} update
 * @property {(which: "microphone" | "interviewer", fraction: number) => void} [level]
 */

/**
 * What stands for words that were not recognised: a recording is named only where one is kept.
 * @param {Model} model @param {Strings} strings
 */
export function unclearWords(model, strings) {
  return model.page?.record_audio ? strings.call.unclearRecorded : strings.call.unclear;
}

/**
 * Where in the interview a prompt stands, such as "Question 1 of 3".
 * @param {import("../sdk/store.js").Asked} asked @param {number} total @param {Strings} strings
 */
export function placeName(asked, total, strings) {
  const s = strings.call;
  if (asked.kind === "question") return s.question(asked.number, total);
  return asked.kind === "follow_up" ? s.followUp(asked.number, total) : s[asked.kind];
}

/**
 * Of the prompt on the table: where it stands, or "Back to question 1" where its answer is open again.
 * @param {InterviewView} view @param {import("../sdk/store.js").Asked} asked @param {Strings} strings
 */
export function placeNow(view, asked, strings) {
  return isOpenedAgain(view) ? backName(asked, strings) : placeName(asked, view.questionsTotal, strings);
}

/** @param {import("../sdk/store.js").Asked} asked @param {Strings} strings */
function backName(asked, strings) {
  const s = strings.call;
  if (asked.kind === "practice") return s.backToPractice;
  if (asked.kind === "candidate_questions") return s.backToYourQuestions;
  return asked.kind === "follow_up" ? s.backToFollowUp(asked.number) : s.backTo(asked.number);
}

/** What was skipped, such as "Question 2 skipped." @param {InterviewView} view @param {Strings} strings */
export function skippedName(view, strings) {
  const s = strings.call;
  const asked = view.questions.find((one) => one.id === view.skippedId);
  if (asked?.kind === "question") return s.skipped(asked.number);
  return asked?.kind === "follow_up" ? s.skippedFollowUp : s.skippedOther;
}

/**
 * What is wrong with the microphone, in the same words wherever it is said; null: nothing.
 * @param {Model} model @param {Strings} strings @returns {{name: string, text: string} | null}
 */
export function microphoneWords({ hasMicrophone, microphoneTrouble }, strings) {
  return hasMicrophone && microphoneTrouble ? strings.microphones[microphoneTrouble] : null;
}

/** The interviewer's words are in writing now. @param {Model} model */
export function isCaptioned(model) {
  return model.view.caption?.ended === false && isWritten(model);
}

/** The interviewer's words are put in writing. @param {Model} model */
function isWritten(model) {
  return model.captions || !isHeard(model);
}

/**
 * What of the interviewer's words is to be shown. Without a voice they end at once, and stay until
 * there was time to read them. The answer to a question of the candidate stays until something else
 * is said.
 * @param {Model} model @param {readonly string[]} elsewhere what stands on the page already
 */
export function captionNow(model, elsewhere) {
  const { caption, unspoken } = model.view;
  const shown = isCaptioned(model) || (caption?.kind === "faq_answer" && isWritten(model));
  if (caption && shown && !elsewhere.includes(caption.text)) return caption;
  const stays = unspoken !== null && model.nowMs < unspoken.startedMs + readingMs(unspoken.text);
  return stays && !elsewhere.includes(unspoken.text) ? unspoken : null;
}

/** What the interviewer says has a sound: not in a call in writing. @param {Model} model */
export function isHeard({ view, connection }) {
  return connection.transport !== "text" && view.caption?.spoken === true;
}
