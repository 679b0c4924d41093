import { afterCaption, afterTurn, noted } from "./hints.js";
import { waitOf } from "./wait.js";

/**
 * What the candidate sees, folded from the messages of the server. Pure: `fold(view, message, nowMs)`
 * answers a new view and never changes the old one.
 *
 * @typedef {import("./messages.js").ServerMessage} ServerMessage
 * @typedef {import("./messages.js").Status} Status
 * @typedef {import("./messages.js").Stage} Stage
 * @typedef {import("./messages.js").Activity} Activity
 * @typedef {import("./messages.js").Pace} Pace
 * @typedef {import("./messages.js").QuestionAsked["kind"]} Kind
 */

/**
 * @typedef {object} Segment a stretch of the candidate's own words
 * @property {string} id
 * @property {string} text
 * @property {boolean} final false: still being recognised
 * @property {string} stable the beginning of `text` that does not change any more; of a final all of it
 * @property {"voice" | "text"} mode
 * @property {boolean} untranscribed it was heard, but no words were recognised
 * @property {string} request what the words asked for, such as `repeat`; then they are no part of the answer
 * @property {number} seq position in the log of its newest words; 0: still being recognised
 * @property {number} order position in the log of its first words; interims come last
 * @property {number} turn of the candidate's turns; 0: servers before it was there
 * @property {number} startS of the words in the turn; what was typed comes last
 */

/**
 * @typedef {object} Asked a prompt (a question, or what is asked beside it) and what was answered
 * @property {string} id
 * @property {Kind} kind
 * @property {number} number of the question that it is, or asks back about; 0: it belongs to none
 * @property {string} text
 * @property {number} seq position in the log of the message that asked it, which is the order of the agenda
 * @property {Segment[]} segments
 * @property {readonly string[]} [corrections] what the candidate said afterwards that it should be; "": nothing of it
 */

/**
 * @typedef {object} BotCaption
 * @property {string} id
 * @property {string} kind
 * @property {string} text
 * @property {boolean} spoken
 * @property {[number, string][]} sentences (offset in ms, sentence)
 * @property {number} startedMs on the caller's clock
 * @property {boolean} ended
 * @property {string} locale of the text, where it is not that of the interview
 */

/**
 * @typedef {object} InterviewView
 * @property {string} title
 * @property {number} questionsTotal
 * @property {readonly string[]} notices
 * @property {Status | ""} status
 * @property {Stage | ""} stage
 * @property {Activity} activity
 * @property {ReadonlySet<string>} can
 * @property {number | null} pausedRemainingS
 * @property {Pace} pace
 * @property {string} promptId of what is being answered or asked, which may be an earlier prompt again
 * @property {string} answering what the server said of that; "": nothing, so it is what was asked last
 * @property {string} skippedId of the prompt that was skipped, while `can` has `undo_skip`
 * @property {string} confirm the server's question about what was said, while `can` has `confirm`
 * @property {boolean} watched somebody follows the words now
 * @property {readonly Asked[]} questions all prompts, in the order of the agenda
 * @property {readonly import("./messages.js").SummarySentence[]} summary what was understood, once it was given
 * @property {BotCaption | null} caption
 * @property {BotCaption | null} unspoken said beside the questions last, where no voice could say it: it ends when it is sent
 * @property {import("./hints.js").Note | null} hint
 * @property {import("./hints.js").Note | null} advice stays until the next question
 * @property {ReadonlySet<string>} advised what was advised before: it is not shown twice
 * @property {{elapsedS: number, limitS: number, atMs: number} | null} time
 * @property {boolean} speaking the server hears the candidate speak
 * @property {import("./wait.js").Wait | null} wait in a pause: how long until the answer counts as complete
 * @property {{status: Status, reason: string, answered: number, of: number} | null} completed
 * @property {{code: string, message: string, recoverable: boolean} | null} error
 */

/**
 * @typedef {object} Words of a text of all answers
 * @property {string} title
 * @property {string} question before its number
 * @property {string} followUp before the number of its question
 * @property {string} practice
 * @property {string} candidateQuestions
 * @property {string} summary
 * @property {string} noAnswer
 * @property {string} unclear
 * @property {string} asked before what was a request
 * @property {string} replied before a yes or no to a question of the interviewer's
 * @property {string} corrected before a correction
 * @property {string} takenBack in place of an empty one
 */

/** @type {InterviewView} */
export const EMPTY_VIEW = Object.freeze({
  title: "",
  questionsTotal: 0,
  notices: [],
  status: "",
  stage: "",
  activity: "idle",
  can: new Set(),
  pausedRemainingS: null,
  pace: "normal",
  promptId: "",
  answering: "",
  skippedId: "",
  confirm: "",
  watched: false,
  questions: [],
  summary: [],
  caption: null,
  unspoken: null,
  hint: null,
  advice: null,
  advised: new Set(),
  time: null,
  speaking: false,
  wait: null,
  completed: null,
  error: null,
});

const INTERIM = Number.MAX_SAFE_INTEGER;
/** Of a prompt whose message has not come yet. */
const UNASKED = Number.MAX_SAFE_INTEGER;

/**
 * @param {InterviewView} view @param {ServerMessage} message @param {number} nowMs
 * @returns {InterviewView}
 */
export function fold(view, message, nowMs) {
  switch (message.type) {
    case "welcome":
      return {
        ...view,
        title: message.title ?? view.title,
        questionsTotal: message.questions_total,
        notices: message.notices ?? [],
        pace: message.pace ?? "normal",
        error: null,
      };
    case "state":
      return state(view, message);
    case "question":
      return question(view, message);
    case "caption":
      return {
        ...view,
        hint: afterCaption(view.hint, message, currentQuestion(view)),
        ...captioned(captionOf(message, nowMs)),
      };
    case "caption_ended":
      if (view.caption?.id !== message.utterance_id) return view;
      return { ...view, caption: { ...view.caption, ended: true } };
    case "transcript":
      return transcript(view, message);
    case "summary_sentence": {
      const others = view.summary.filter(({ prompt_id }) => prompt_id !== message.prompt_id);
      return { ...view, summary: [...others, message].sort((a, b) => a.number - b.number) };
    }
    case "turn":
      return {
        ...view,
        speaking: message.phase === "started" || message.phase === "resumed",
        wait: waitOf(view.wait, message, nowMs),
        hint: afterTurn(view.hint, message.phase),
      };
    case "hint":
      return { ...view, ...noted(view, message, currentQuestion(view)) };
    case "progress":
      return { ...view, time: { elapsedS: message.elapsed_s, limitS: message.limit_s, atMs: nowMs } };
    case "error":
      return {
        ...view,
        error: { code: message.code, message: message.message, recoverable: message.recoverable ?? false },
      };
    case "completed":
      return completed(view, message);
    default:
      return view;
  }
}

/** @param {InterviewView} view @param {import("./messages.js").State} message @returns {InterviewView} */
function state(view, message) {
  const listening = message.activity === "listening";
  const can = new Set(message.can ?? []);
  const answering = message.prompt_id ?? "";
  return {
    ...view,
    answering,
    promptId: promptNow(view.questions, answering),
    skippedId: can.has("undo_skip") ? (message.skipped ?? "") : "",
    confirm: can.has("confirm") ? (message.confirm ?? "") : "",
    watched: message.watched ?? false,
    status: message.status,
    stage: message.stage,
    activity: message.activity,
    can,
    pausedRemainingS: message.paused_remaining_s ?? null,
    speaking: listening && view.speaking,
    wait: listening ? view.wait : null,
    caption: listening && view.caption ? { ...view.caption, ended: true } : view.caption,
  };
}

/**
 * The server says which prompt it is. Where it does not, or that one has not come yet, the newest.
 * @param {readonly Asked[]} questions @param {string} answering
 */
function promptNow(questions, answering) {
  const asked = questions.filter((one) => one.seq < UNASKED);
  return (asked.find((one) => one.id === answering) ?? asked.at(-1))?.id ?? "";
}

/** A question stays in writing anyway. @param {BotCaption} caption */
function captioned(caption) {
  if (caption.kind === "question") return { caption };
  return { caption, unspoken: caption.spoken ? null : caption };
}

/** @param {import("./messages.js").Caption} message @param {number} nowMs */
function captionOf(message, nowMs) {
  return {
    id: message.utterance_id,
    kind: message.kind,
    text: message.text,
    spoken: message.spoken ?? true,
    sentences: message.sentences ?? [],
    startedMs: nowMs,
    ended: false,
    locale: message.locale ?? "",
  };
}

/** @param {InterviewView} view @param {import("./messages.js").Completed} message @returns {InterviewView} */
function completed(view, message) {
  const { status } = message;
  const reason = message.ended_reason ?? "";
  const end = { status, reason, answered: message.answered ?? 0, of: message.of ?? view.questionsTotal };
  return { ...view, status, stage: "ended", activity: "idle", completed: end };
}

/**
 * What a message is about: answers are kept by it. Servers before it was there asked questions only.
 * @param {{prompt_id?: string, question_id: string}} message
 */
export function promptOf(message) {
  return message.prompt_id || message.question_id;
}

/** @param {readonly Asked[]} questions @param {Asked} changed @returns {Asked[]} */
function placed(questions, changed) {
  return [...questions.filter((other) => other.id !== changed.id), changed].sort((a, b) => a.seq - b.seq);
}

/** @param {InterviewView} view @param {import("./messages.js").QuestionAsked} message */
function question(view, message) {
  const id = promptOf(message);
  const known = view.questions.find((asked) => asked.id === id);
  const questions = placed(view.questions, {
    id,
    kind: message.kind ?? "question",
    number: message.number,
    text: message.text,
    seq: Math.min(message.seq, known?.seq ?? UNASKED), // asked again, it stays in its place
    segments: known ? known.segments : [],
  });
  const isNew = !known || known.seq === UNASKED;
  const promptId = promptNow(questions, view.answering);
  const advice = isNew ? null : view.advice;
  return { ...view, questionsTotal: message.of, questions, promptId, hint: null, advice };
}

/** @param {InterviewView} view @param {import("./messages.js").Transcript} message @returns {InterviewView} */
function transcript(view, message) {
  const id = promptOf(message);
  const known = view.questions.find((asked) => asked.id === id);
  // A final may be replayed before its question: keep a place for it, the text follows.
  /** @type {Asked} */
  const asked = known ?? { id, kind: "question", number: 0, text: "", seq: UNASKED, segments: [] };
  const old = view.questions.flatMap((other) => other.segments).find((segment) => segment.id === message.segment_id);
  if (old?.final && !message.final) return view; // an interim that came late
  if (old?.final && (message.seq ?? 0) < old.seq) return inItsPlace(view, old, message.seq ?? INTERIM);
  const rest = asked.segments.filter((segment) => segment.id !== message.segment_id);
  const text = message.text.trim();
  const untranscribed = message.untranscribed ?? false;
  // What could not be made out may get its words later: they take its place in the answer.
  const before = old?.final ? old : null;
  if (before && !before.untranscribed && untranscribed) return view;
  const segments = rest;
  if (text || untranscribed) {
    segments.push({
      id: message.segment_id,
      text,
      stable: message.final ? text : stableOf(message, text),
      final: message.final,
      mode: message.mode ?? "voice",
      untranscribed,
      request: message.request ?? "",
      seq: message.final ? (message.seq ?? 0) : 0,
      turn: message.turn ?? 0,
      startS: message.mode === "text" ? INTERIM : (message.start_s ?? 0),
      order: message.final ? Math.min(message.seq ?? INTERIM, before?.order ?? INTERIM) : INTERIM,
    });
    segments.sort(byOrder);
  }
  const questions = placed(withoutSegment(view.questions, id, message.segment_id), { ...asked, segments });
  return { ...view, questions };
}

/**
 * As they were said: words may come after others that were said later. Where the server does not
 * tell, as they came.
 * @param {Segment} a @param {Segment} b
 */
function byOrder(a, b) {
  if (a.final !== b.final) return a.final ? -1 : 1;
  return a.turn - b.turn || (a.turn && a.startS - b.startS) || a.order - b.order;
}

/**
 * Older words of a segment that has newer ones tell where it stands, and nothing else.
 * @param {InterviewView} view @param {Segment} newest @param {number} seq @returns {InterviewView}
 */
function inItsPlace(view, newest, seq) {
  const placedAt = { ...newest, order: Math.min(newest.order, seq) };
  const questions = view.questions.map((asked) =>
    asked.segments.includes(newest)
      ? { ...asked, segments: asked.segments.map((other) => (other === newest ? placedAt : other)).sort(byOrder) }
      : asked,
  );
  return { ...view, questions };
}

/**
 * The words of a segment belong to one answer: they may prove to be about another question.
 * @param {readonly Asked[]} questions @param {string} keptBy @param {string} segmentId @returns {Asked[]}
 */
function withoutSegment(questions, keptBy, segmentId) {
  return questions.map((asked) =>
    asked.id !== keptBy && asked.segments.some((segment) => segment.id === segmentId)
      ? { ...asked, segments: asked.segments.filter((segment) => segment.id !== segmentId) }
      : asked,
  );
}

/**
 * Servers before it was there said nothing: then all of it may change.
 * @param {import("./messages.js").Transcript} message @param {string} text
 */
function stableOf(message, text) {
  const stable = (message.stable ?? "").trim();
  return text.startsWith(stable) ? stable : "";
}

/**
 * Interims of a connection that is gone will never be finished here; their finals are replayed.
 * @param {InterviewView} view @returns {InterviewView}
 */
export function dropInterims(view) {
  return {
    ...view,
    speaking: false,
    wait: null,
    questions: view.questions.map((asked) => ({
      ...asked,
      segments: asked.segments.filter((segment) => segment.final),
    })),
  };
}

/** What is being answered or asked, or null before the first. @param {InterviewView} view @returns {Asked | null} */
export function currentQuestion(view) {
  return view.questions.find((asked) => asked.id === view.promptId) ?? null;
}

/** The number of the question that was asked last, 0 before the first. @param {InterviewView} view */
export function furthestNumber(view) {
  return Math.max(0, ...view.questions.map((asked) => asked.number));
}

/** An answer before the last question is open again. @param {InterviewView} view */
export function isOpenedAgain(view) {
  const now = currentQuestion(view);
  return now !== null && view.questions.some((asked) => asked.seq < UNASKED && asked.seq > now.seq);
}

/**
 * Seconds left of the whole interview, or null when there is no limit known.
 * @param {InterviewView} view @param {number} nowMs
 */
export function secondsLeft(view, nowMs) {
  if (!view.time || view.time.limitS <= 0) return null;
  const running = view.stage === "paused" || view.stage === "ended" ? 0 : (nowMs - view.time.atMs) / 1000;
  return Math.max(0, view.time.limitS - view.time.elapsedS - running);
}

/**
 * What was said to a prompt, in its order: the answer, and what was asked for beside it.
 * @param {Asked} asked @param {string} unclear stands for words that were not recognised
 * @returns {{request: string, text: string}[]}
 */
export function saidTo(asked, unclear) {
  /** @type {{request: string, text: string}[]} */
  const said = [];
  for (const { request, text, untranscribed } of asked.segments) {
    const words = text || (untranscribed ? unclear : "");
    const last = said.at(-1);
    if (!words) continue;
    if (last?.request === request) last.text += ` ${words}`;
    else said.push({ request, text: words });
  }
  return said;
}

/**
 * What is the answer of that, without the requests; "" if there is none.
 * @param {Asked} asked @param {string} unclear
 */
export function answerTo(asked, unclear) {
  const answer = saidTo(asked, unclear).filter(({ request }) => !request);
  return answer.map(({ text }) => text).join(" ");
}

/** @param {string} request @param {{asked: string, replied: string}} words */
export function requestName(request, words) {
  return request === "confirm" || request === "no_question" ? words.replied : words.asked;
}

/**
 * The candidate's own answers as plain text, to keep.
 * @param {InterviewView} view
 * @param {Words} words
 */
export function asText(view, words) {
  /** @param {Asked} asked */
  const name = (asked) => {
    if (asked.kind === "practice") return words.practice;
    if (asked.kind === "candidate_questions") return words.candidateQuestions;
    if (asked.kind === "summary") return words.summary;
    return `${asked.kind === "follow_up" ? words.followUp : words.question} ${asked.number}`;
  };
  const parts = [words.title, ""];
  for (const asked of view.questions.filter((q) => q.text)) {
    parts.push(`${name(asked)}: ${asked.text}`, "");
    for (const { request, text } of saidTo(asked, words.unclear)) {
      parts.push(request ? `(${requestName(request, words)}: ${text})` : text, "");
    }
    if (!answerTo(asked, words.unclear)) parts.push(words.noAnswer, "");
    for (const text of asked.corrections ?? []) parts.push(`(${words.corrected}: ${text || words.takenBack})`, "");
  }
  return parts.join("\n");
}
