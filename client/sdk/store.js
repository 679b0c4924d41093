/**
 * What the candidate sees, folded from the messages of the server. Pure: `fold(view, message, nowMs)`
 * answers a new view and never changes the old one.
 *
 * @typedef {import("./messages.js").ServerMessage} ServerMessage
 * @typedef {import("./messages.js").Status} Status
 * @typedef {import("./messages.js").Stage} Stage
 * @typedef {import("./messages.js").Activity} Activity
 * @typedef {import("./messages.js").Pace} Pace
 */

/**
 * @typedef {object} Segment a stretch of the candidate's own words
 * @property {string} id
 * @property {string} text
 * @property {boolean} final false: still being recognised, may change
 * @property {"voice" | "text"} mode
 * @property {boolean} untranscribed it was heard, but no words were recognised
 * @property {number} order position in the log; interims come last
 */

/**
 * @typedef {object} Asked a question and what was answered
 * @property {string} id
 * @property {number} number
 * @property {string} text
 * @property {Segment[]} segments
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
 * @property {string} questionId of the newest question
 * @property {readonly Asked[]} questions in order of number
 * @property {BotCaption | null} caption
 * @property {{code: string, text: string} | null} hint
 * @property {{elapsedS: number, limitS: number, atMs: number} | null} time
 * @property {boolean} speaking the server hears the candidate speak
 * @property {{status: Status, reason: string, answered: number, of: number} | null} completed
 * @property {{code: string, message: string, recoverable: boolean} | null} error
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
  questionId: "",
  questions: [],
  caption: null,
  hint: null,
  time: null,
  speaking: false,
  completed: null,
  error: null,
});

const INTERIM = Number.MAX_SAFE_INTEGER;

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
      return { ...view, hint: null, caption: captionOf(message, nowMs) };
    case "caption_ended":
      if (view.caption?.id !== message.utterance_id) return view;
      return { ...view, caption: { ...view.caption, ended: true } };
    case "transcript":
      return transcript(view, message);
    case "turn":
      return {
        ...view,
        speaking: message.phase === "started" || message.phase === "resumed",
        hint: message.phase === "started" ? null : view.hint,
      };
    case "hint":
      return { ...view, hint: { code: message.code, text: message.text } };
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

/** @param {InterviewView} view @param {import("./messages.js").State} message */
function state(view, message) {
  const listening = message.activity === "listening";
  return {
    ...view,
    status: message.status,
    stage: message.stage,
    activity: message.activity,
    can: new Set(message.can ?? []),
    pausedRemainingS: message.paused_remaining_s ?? null,
    speaking: listening && view.speaking,
    caption: listening && view.caption ? { ...view.caption, ended: true } : view.caption,
  };
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
  };
}

/** @param {InterviewView} view @param {import("./messages.js").Completed} message @returns {InterviewView} */
function completed(view, message) {
  const { status } = message;
  const reason = message.ended_reason ?? "";
  const end = { status, reason, answered: message.answered ?? 0, of: message.of ?? view.questionsTotal };
  return { ...view, status, stage: "ended", activity: "idle", completed: end };
}

/** @param {InterviewView} view @param {import("./messages.js").QuestionAsked} message */
function question(view, message) {
  const known = view.questions.find((asked) => asked.id === message.question_id);
  const asked = {
    id: message.question_id,
    number: message.number,
    text: message.text,
    segments: known ? known.segments : [],
  };
  const others = view.questions.filter((other) => other.id !== asked.id);
  const questions = [...others, asked].sort((a, b) => a.number - b.number);
  const newest = questions.filter((q) => q.number > 0).at(-1);
  return {
    ...view,
    questionsTotal: message.of,
    questions,
    questionId: newest ? newest.id : message.question_id,
    hint: null,
  };
}

/** @param {InterviewView} view @param {import("./messages.js").Transcript} message */
function transcript(view, message) {
  const known = view.questions.find((asked) => asked.id === message.question_id);
  // A final may be replayed before its question: keep a place for it, the text follows.
  const asked = known ?? { id: message.question_id, number: 0, text: "", segments: [] };
  const old = asked.segments.find((segment) => segment.id === message.segment_id);
  if (old?.final && !message.final) return view; // an interim that came late
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
      final: message.final,
      mode: message.mode ?? "voice",
      untranscribed,
      order: message.final ? Math.min(message.seq ?? INTERIM, before?.order ?? INTERIM) : INTERIM,
    });
    segments.sort((a, b) => a.order - b.order);
  }
  const changed = { ...asked, segments };
  const questions = known
    ? view.questions.map((other) => (other.id === changed.id ? changed : other))
    : [...view.questions, changed].sort((a, b) => a.number - b.number);
  return { ...view, questions };
}

/**
 * Interims of a connection that is gone will never be finished here; their finals are replayed.
 * @param {InterviewView} view @returns {InterviewView}
 */
export function dropInterims(view) {
  return {
    ...view,
    speaking: false,
    questions: view.questions.map((asked) => ({
      ...asked,
      segments: asked.segments.filter((segment) => segment.final),
    })),
  };
}

/** The newest question, or null before the first. @param {InterviewView} view @returns {Asked | null} */
export function currentQuestion(view) {
  return view.questions.find((asked) => asked.id === view.questionId) ?? null;
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
 * The candidate's own answers as plain text, to keep.
 * @param {InterviewView} view
 * @param {{title: string, question: string, noAnswer: string, unclear: string}} words
 */
export function asText(view, words) {
  const parts = [words.title, ""];
  for (const asked of view.questions.filter((q) => q.text)) {
    const answer = asked.segments
      .map((segment) => segment.text || (segment.untranscribed ? words.unclear : ""))
      .filter(Boolean);
    parts.push(`${words.question} ${asked.number}: ${asked.text}`, "");
    parts.push(answer.length ? answer.join(" ") : words.noAnswer, "");
  }
  return parts.join("\n");
}
