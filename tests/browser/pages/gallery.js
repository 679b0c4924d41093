// Draws one state of the page without a server: gallery.html?state=NAME&language=de, then `draw(NAME)`. For review and for axe.
import { showLanding } from "../client/page/landing.js";
import { INITIAL } from "../client/page/model.js";
import { createShell } from "../client/page/shell.js";
import { InterviewError } from "../client/sdk/errors.js";
import { BEGINNING } from "../client/sdk/rehearsal.js";
import { EMPTY_VIEW, fold } from "../client/sdk/store.js";
import { stringsFor } from "../client/strings/index.js";

const CONSENT =
  "The interviewer is an AI. Your voice is sent to this server and turned into text. The text is kept with " +
  "your answers so that people can read them. You may stop at any time, and you may type instead " +
  "of speaking.";
const NOTICE =
  "Speech is recognised by a stand-in engine, which makes many mistakes. It shows how the " +
  "interview works and is not fit to assess anybody.";
const QUESTIONS = [
  "Please tell me a little about yourself and the work you do.",
  "Tell me about a problem you solved recently. What did you do?",
  "What would you like to learn next, and why?",
];

const SENTENCE = {
  sentence: "Hello, I can hear you well, and this is how I sound today.",
  language: "en",
  paceMs: { faster: 1500, normal: 2000, slower: 4000 },
};
const UNDERSTOOD = { status: "understood", text: "hello i can hear you well and this is how i sound today" };

const page = {
  title: "Community gardener",
  questions_total: 3,
  minutes: 6,
  locale: "en",
  consent: { required: true, version: "2026-11", text: CONSENT, locale: "en", given: false },
  record_audio: true,
  text_mode: false,
  status: "joined",
  notices: [NOTICE],
};
const branding = {
  name: "Gardeners’ Guild",
  logo: "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 150 32'%3E%3Ccircle cx='16' cy='16' r='14' fill='%23b3261e'/%3E%3Ctext x='38' y='22' font-family='sans-serif' font-size='18' fill='%23222'%3EGardeners%3C/text%3E%3C/svg%3E",
  accent: {
    light: { accent: "#b3261e", strong: "#901f18", on: "#ffffff", soft: "#f6e5e4" },
    dark: { accent: "#e6716a", strong: "#ec928d", on: "#06121a", soft: "#3c282c" },
  },
};
const integrated = {
  ...page,
  completion: { text: "We read your answers this week and write to you on Friday.", url: "https://example.org/next" },
  contact: "mailto:garden-team@example.org",
  privacy_url: "https://example.org/privacy",
  alternative_url: "https://example.org/in-person",
  review_minutes: 30,
};
const leading = { ...integrated, review_minutes: null, redirect_url: "https://example.org/done" };
const base = { ...INITIAL, page, hasMicrophone: true, nowMs: 10_000 };
const open = {
  state: "open",
  reason: "",
  lostAtMs: null,
  attempt: 0,
  retryInMs: 0,
  error: null,
  transport: "media",
  blocked: false,
};

const welcome = {
  type: "welcome",
  interview_id: "i",
  connection_epoch: 1,
  resumed: false,
  last_seq: 0,
  title: page.title,
  questions_total: 3,
  heartbeat_ms: 2000,
  pace: "normal",
  notices: [],
};
const asked = (number) => ({
  type: "question",
  seq: number * 10,
  question_id: `q${number}`,
  number,
  of: 3,
  text: QUESTIONS[number - 1],
  asked_again: false,
});
const said = (question, id, text, extra = {}) => ({
  type: "transcript",
  segment_id: id,
  question_id: question,
  text,
  final: true,
  mode: "voice",
  untranscribed: false,
  start_s: 0,
  end_s: 1,
  seq: Number(id),
  ...extra,
});
const CAN = {
  asking: ["repeat", "rephrase", "skip", "not_finished", "text_answer", "pause", "leave"],
  listening: ["done", "not_finished", "repeat", "rephrase", "skip", "think", "text_answer", "pause", "leave"],
};
const state = (status, stage, activity, can = CAN.listening, extra = {}) => ({
  type: "state",
  status,
  stage,
  activity,
  can,
  ...extra,
});
const viewOf = (...messages) =>
  [welcome, ...messages].reduce((view, message) => fold(view, message, 9_000), EMPTY_VIEW);

const FIRST = said("q1", "11", "I have looked after the gardens behind our school for six years.");
const FIRST_B = said("q1", "12", "Most days I work with a class of twelve children and a very old wheelbarrow.");
const SECOND = said("q2", "21", "Last spring the water tank began to leak, and we had no budget to replace it.");
const INTERIM = said("q2", "x", "so I asked the parents whether anybody", {
  final: false,
  stable: "so I asked the parents",
  seq: undefined,
});
const caption = (text, kind = "question", extra = {}) => ({
  type: "caption",
  utterance_id: "u-1",
  kind,
  text,
  duration_ms: 4000,
  spoken: true,
  sentences: [],
  ...extra,
});
const GREETING = [
  [0, "Hello, and welcome."],
  [1_000, "I am an AI interviewer."],
  [2_400, "I will ask you 3 questions, which takes about 6 minutes."],
  [6_000, "You can ask me to repeat a question at any time by saying: please repeat."],
];
const greeting = caption(GREETING.map(([, text]) => text).join(" "), "greeting", { sentences: GREETING });

const listening = viewOf(
  asked(1),
  FIRST,
  FIRST_B,
  asked(2),
  state("listening", "answer", "listening"),
  { type: "turn", phase: "started", reason: "" },
  SECOND,
  INTERIM,
);
const pause = (silenceMs, waitMs) => ({
  type: "turn",
  phase: "paused",
  reason: "",
  silence_ms: silenceMs,
  wait_ms: waitMs,
});
const paused = (silenceMs, waitMs) => fold(listening, pause(silenceMs, waitMs), 9_000);
const openedAgain = [
  asked(3),
  state("listening", "answer", "listening", CAN.listening, { prompt_id: "q1", number: 1 }),
  { type: "turn", phase: "started", reason: "" },
  said("q1", "y", "and I also keep the bees", { final: false, stable: "and I", seq: undefined }),
].reduce((view, message) => fold(view, message, 9_000), listening);
const ASKS_BACK = "Shall I repeat the question?";
const asksBack = (status, stage, activity, can) =>
  [
    state(status, stage, activity, [...can, "confirm"], { prompt_id: "q2", number: 2, confirm: ASKS_BACK }),
    caption(ASKS_BACK, "confirm_request"),
  ].reduce((view, message) => fold(view, message, 9_000), listening);
const HEADPHONES = {
  type: "hint",
  code: "use_headphones",
  text: "I can hear my own voice through your microphone. With headphones we understand each other better.",
};
const LOST = {
  type: "hint",
  code: "lost_audio",
  text: "I lost you for some seconds. Could you say that last part again?",
};
const call = { ...base, screen: "call", connection: open, connectedOnce: true, view: listening };
const devices = {
  microphones: [
    { id: "a", label: "Built-in microphone" },
    { id: "b", label: "Headset" },
  ],
  speakers: [
    { id: "s", label: "Loudspeakers" },
    { id: "t", label: "Headset" },
  ],
  microphoneId: "b",
  speakerId: "t",
};
const check = (change) => ({ ...base, screen: "check", check: { ...INITIAL.check, ...change } });
const rehearsal = (change) =>
  check({ microphone: "on", sound: "heard", rehearsal: { ...BEGINNING, ...SENTENCE, ...change } });
const problem = (kind, action, retryInS = 0, detail = "") => ({
  ...base,
  screen: "problem",
  problem: { kind, action, retryInS, detail },
});
const ending = (status, answered) =>
  viewOf(
    asked(1),
    FIRST,
    FIRST_B,
    asked(2),
    SECOND,
    said("q2", "22", "", { untranscribed: true }),
    said("q2", "23", "Please skip this question.", { request: "skip" }),
    ...(answered > 2
      ? [
          asked(3),
          said("q3", "31", "I would like to learn how to graft fruit trees,\nand to teach it.", { mode: "text" }),
        ]
      : []),
    { type: "completed", seq: 99, status, ended_reason: "", answered, of: 3 },
  );
const wait = {
  state: "reconnecting",
  reason: "cut",
  lostAtMs: 4_000,
  attempt: 3,
  retryInMs: 4_000,
  error: new InterviewError("network", "The server could not be reached."),
};

/** @type {Record<string, object>} */
export const over = (status) => viewOf({ type: "completed", seq: 9, status, ended_reason: "", answered: 2, of: 3 });
const own = (number, text) => ({
  prompt_id: `q${number}`,
  kind: "question",
  number,
  asked_text: QUESTIONS[number - 1],
  text,
  said: [],
  may_correct: text !== "",
  correction: null,
  in_summary: [],
});
const ended = (change = {}) => ({
  words: "kept",
  pending: 0,
  review: change.words ? null : { status: "open", untilMs: 10_000 + 1_500_000 },
  answers: [own(1, FIRST.text), own(2, SECOND.text), own(3, "")],
  ...change,
});
const corrected = (view) => ({
  ...view,
  questions: view.questions.map((asked) =>
    asked.id === "q1"
      ? { ...asked, corrections: ["No, it was seven years.", "I have looked after the gardens for seven years."] }
      : asked,
  ),
});

const STATES = {
  landing: base,
  loading: base,
  welcome: { ...base, screen: "welcome" },
  "welcome-branded": { ...base, screen: "welcome", page: { ...page, branding } },
  "listening-branded": { ...call, page: { ...page, branding: { ...branding, logo: null } } },
  "welcome-given": {
    ...base,
    screen: "welcome",
    page: { ...page, consent: { ...page.consent, required: false }, notices: [], record_audio: false },
  },
  "welcome-failed": {
    ...base,
    screen: "welcome",
    failure: "We couldn’t save your choice. Please try again. The server could not be reached.",
  },
  declined: { ...base, screen: "declined", decline: { state: "waiting", leftS: 6 } },
  "declined-sent": { ...base, page: integrated, screen: "declined", decline: { state: "sent", leftS: 0 } },
  "declined-failed": { ...base, screen: "declined", decline: { state: "failed", leftS: 0 } },
  "welcome-links": { ...base, page: integrated, screen: "welcome" },
  "check-idle": check({}),
  "check-asking": check({ microphone: "asking", tone: "playing" }),
  "check-waiting": check({ microphone: "on", sound: "waiting", ...devices }),
  "check-heard": check({ microphone: "on", sound: "heard", tone: "played", ...devices }),
  "check-silent": check({ microphone: "on", sound: "silent", ...devices }),
  "check-muted": check({ microphone: "on", sound: "muted", ...devices }),
  "check-network-checking": { ...check({}), connectivity: "checking" },
  "check-network-open": { ...check({ microphone: "on", sound: "heard", ...devices }), connectivity: "open" },
  "check-network-blocked": { ...check({ microphone: "on", sound: "heard", ...devices }), connectivity: "blocked" },
  "check-network-unknown": { ...check({}), connectivity: "unknown" },
  "rehearsal-listening": rehearsal({ phase: "listening" }),
  "rehearsal-playing": rehearsal({ phase: "playing", findings: [] }),
  "rehearsal-good": rehearsal({ phase: "done", findings: [], words: UNDERSTOOD }),
  "rehearsal-faults": rehearsal({ phase: "done", findings: ["echo", "noise"], words: { status: "late", text: "" } }),
  "rehearsal-nothing": rehearsal({ phase: "done", findings: ["nothing"], words: { status: "none", text: "" } }),
  "rehearsal-failed": rehearsal({ phase: "failed", over: "full" }),
  "check-returning": check({ microphone: "on", sound: "heard", returning: true, ...devices }),
  ...Object.fromEntries(
    ["insecure", "unsupported", "denied", "dismissed", "missing", "busy", "constraint", "unknown"].map((kind) => [
      `check-${kind}`,
      check({ microphone: "problem", problem: kind }),
    ]),
  ),
  connecting: {
    ...call,
    view: EMPTY_VIEW,
    connectedOnce: false,
    connection: { ...open, state: "connecting", attempt: 1 },
  },
  "connecting-failed": {
    ...call,
    view: EMPTY_VIEW,
    connectedOnce: false,
    retryAtMs: 14_000,
    connection: { ...wait, state: "connecting", error: new InterviewError("media", "no connection") },
  },
  greeting: {
    ...call,
    view: viewOf(state("greeting", "greeting", "speaking", ["skip", "pause", "leave"]), greeting),
    nowMs: 11_500,
  },
  speaking: {
    ...call,
    view: viewOf(asked(1), FIRST, asked(2), state("asking", "question", "speaking", CAN.asking), caption(QUESTIONS[1])),
  },
  "speaking-unvoiced": {
    ...call,
    view: viewOf(
      asked(1),
      state("asking", "question", "thinking", CAN.asking),
      caption("Take your time, I'm listening.", "take_your_time", { spoken: false }),
    ),
  },
  "listening-empty": { ...call, view: viewOf(asked(1), state("listening", "answer", "listening")) },
  listening: call,
  asked: {
    ...call,
    view: viewOf(
      asked(1),
      FIRST,
      asked(2),
      said("q2", "20", "Can you repeat that?", { request: "repeat" }),
      state("listening", "answer", "listening"),
    ),
  },
  history: call,
  "not-arriving": { ...call, serverLevelMs: 1_000 },
  "too-long": { ...call, typing: true, draft: "語".repeat(6_000) },
  "before-stays": call,
  "listening-hint": {
    ...call,
    view: viewOf(asked(1), state("listening", "answer", "listening"), {
      type: "hint",
      code: "quiet",
      text: "I cannot hear you yet. Check that your microphone is on, or type your answer.",
    }),
  },
  "near-limit": {
    ...call,
    view: fold(
      fold(
        listening,
        {
          type: "hint",
          code: "near_limit",
          text: "Please come to an end soon: about 60 seconds are left for this answer.",
        },
        9_000,
      ),
      { type: "progress", number: 2, of: 3, elapsed_s: 1700, limit_s: 1800 },
      9_000,
    ),
  },
  waiting: { ...call, view: paused(700, 3_000) },
  "waiting-muted": { ...call, muted: true, view: paused(200, 3_000) },
  "waiting-over": {
    ...call,
    view: fold(paused(700, 3_000), { type: "turn", phase: "resumed", reason: "" }, 9_900),
  },
  "opened-again": { ...call, view: openedAgain },
  "asked-again": {
    ...call,
    view: [
      state("asking", "question", "speaking", CAN.asking, { prompt_id: "q3", number: 3 }),
      caption(QUESTIONS[2]),
    ].reduce((view, message) => fold(view, message, 9_500), openedAgain),
  },
  skipped: {
    ...call,
    view: viewOf(
      asked(1),
      FIRST,
      asked(2),
      state("listening", "answer", "listening", CAN.listening, { prompt_id: "q2", number: 2 }),
      asked(3),
      state("asking", "question", "speaking", [...CAN.asking, "undo_skip"], {
        prompt_id: "q3",
        number: 3,
        skipped: "q2",
      }),
      caption(QUESTIONS[2]),
    ),
  },
  "confirm-speaking": { ...call, view: asksBack("asking", "question", "speaking", CAN.asking) },
  confirm: { ...call, view: asksBack("listening", "answer", "listening", CAN.listening) },
  headphones: { ...call, view: fold(listening, HEADPHONES, 9_000) },
  "thinking-aloud": {
    ...call,
    view: fold(paused(700, 30_000), { type: "hint", code: "thinking", text: "Take your time. I am waiting." }, 9_000),
  },
  "lost-audio": { ...call, view: fold(fold(listening, LOST, 9_000), caption(LOST.text, "lost_you"), 9_000) },
  "all-at-once": {
    ...call,
    typing: true,
    view: [LOST, HEADPHONES].reduce(
      (view, message) => fold(view, message, 9_000),
      asksBack("listening", "answer", "listening", [...CAN.listening, "undo_skip"]),
    ),
  },
  "no-other-words": {
    ...call,
    view: fold(
      listening,
      state(
        "listening",
        "answer",
        "listening",
        CAN.listening.filter((name) => name !== "rephrase"),
      ),
      9_000,
    ),
  },
  thinking: {
    ...call,
    view: fold(
      listening,
      state("closing_turn", "answer", "thinking", [
        "not_finished",
        "repeat",
        "rephrase",
        "skip",
        "text_answer",
        "pause",
        "leave",
      ]),
      9_000,
    ),
  },
  muted: { ...call, muted: true },
  typing: { ...call, typing: true },
  "typing-draft": { ...call, typing: true, draft: "We mended the tank" },
  "typing-unconfirmed": { ...call, typing: true, unconfirmedSinceMs: 7_000 },
  "typing-not-arrived": { ...call, typing: true, draft: "We mended the tank", typingProblem: "notArrived" },
  "no-microphone": {
    ...call,
    hasMicrophone: false,
    view: viewOf(
      asked(1),
      FIRST,
      asked(2),
      state("listening", "answer", "listening"),
      said("q2", "25", "We mended the tank ourselves.\nIt took a weekend.", { mode: "text" }),
    ),
  },
  "in-writing": {
    ...call,
    hasMicrophone: false,
    connection: { ...open, transport: "text" },
    view: viewOf(asked(1), state("asking", "question", "speaking", CAN.asking), caption(QUESTIONS[0])),
  },
  blocked: { ...call, connection: { ...open, state: "connecting", blocked: true } },
  suspect: { ...call, connection: { ...open, state: "suspect" } },
  reconnecting: { ...call, connection: wait, retryAtMs: 14_000 },
  "reconnecting-long": {
    ...call,
    connection: { ...wait, reason: "silent", lostAtMs: -50_000, attempt: 9 },
    retryAtMs: 14_000,
  },
  "reconnecting-unconfirmed": {
    ...call,
    typing: true,
    draft: "We mended the tank",
    typingProblem: "broughtBack",
    unconfirmedSinceMs: 3_000,
    connection: wait,
    retryAtMs: 14_000,
  },
  "reconnecting-moved": { ...call, connection: { ...wait, reason: "moved", lostAtMs: 9_500, attempt: 2, error: null } },
  "reconnecting-microphone": {
    ...call,
    connection: { ...wait, reason: "microphone", lostAtMs: 9_900, attempt: 1, retryInMs: 0, error: null },
  },
  back: { ...call, backUntilMs: 12_000 },
  "paused-back": {
    ...call,
    backUntilMs: 12_000,
    screen: "paused",
    view: fold(listening, state("paused", "paused", "idle", ["resume", "leave"], { paused_remaining_s: 872 }), 9_000),
  },
  "sound-locked": { ...call, soundLocked: true },
  "microphone-ended": { ...call, microphoneTrouble: "ended", typing: true },
  "microphone-muted": { ...call, microphoneTrouble: "muted" },
  "not-connected": { ...call, notice: "You’re not connected right now. Please try again in a second." },
  leaving: call,
  options: { ...call, check: { ...INITIAL.check, ...devices } },
  "wrap-up": {
    ...call,
    view: fold(
      fold(listening, state("wrap_up", "wrap_up", "speaking", []), 9_000),
      caption("Thank you. That was the last question. Your answers have been saved. Goodbye.", "wrap_up"),
      9_000,
    ),
  },
  paused: {
    ...call,
    screen: "paused",
    view: fold(listening, state("paused", "paused", "idle", ["resume", "leave"], { paused_remaining_s: 872 }), 9_000),
  },
  "paused-reconnecting": {
    ...call,
    screen: "paused",
    connection: wait,
    retryAtMs: 14_000,
    view: fold(listening, state("paused", "paused", "idle", ["resume", "leave"], { paused_remaining_s: 872 }), 9_000),
  },
  "paused-draft": {
    ...call,
    screen: "paused",
    draft: "We mended",
    view: fold(listening, state("paused", "paused", "idle", ["resume", "leave"], { paused_remaining_s: 872 }), 9_000),
  },
  parked: { ...call, screen: "parked" },
  finished: { ...call, screen: "finished", view: ending("completed", 3) },
  left: { ...call, screen: "finished", view: ending("ended_by_candidate", 2) },
  "finished-review": { ...call, page: integrated, screen: "finished", view: ending("completed", 3), ended: ended() },
  "finished-going-on": { ...call, page: leading, finishedHere: true, screen: "finished", view: ending("completed", 3) },
  "finished-link": { ...call, page: leading, screen: "finished", view: ending("completed", 3) },
  "finished-corrected": {
    ...call,
    page: integrated,
    screen: "finished",
    view: corrected(ending("completed", 3)),
    ended: ended({ review: { status: "done", untilMs: 0 } }),
  },
  "finished-elsewhere": { ...call, screen: "finished", view: over("completed"), ended: ended({ words: "elsewhere" }) },
  "finished-partly": {
    ...call,
    screen: "finished",
    view: ending("completed", 2),
    ended: ended({ words: "elsewhere" }),
  },
  "finished-erased": { ...call, screen: "finished", view: over("completed"), ended: ended({ words: "erased" }) },
  "finished-cancelled": { ...call, page: integrated, screen: "finished", view: ending("cancelled", 1) },
  review: {
    ...call,
    page: integrated,
    screen: "review",
    view: ending("completed", 3),
    ended: ended(),
    reviewDrafts: { q1: "I have looked after the gardens behind our school for seven years." },
  },
  "left-early": {
    ...call,
    screen: "finished",
    view: viewOf({ type: "completed", seq: 9, status: "ended_by_candidate", ended_reason: "", answered: 0, of: 3 }),
  },
  "problem-link": problem("link", "none"),
  "problem-over": problem("over", "none"),
  "problem-expired": problem("expired", "none"),
  "problem-cancelled": problem("cancelled", "none"),
  "problem-failed": problem("failed", "none"),
  "problem-superseded": problem("superseded", "takeOver"),
  "problem-full": problem("full", "auto", 7),
  "problem-network": problem("network", "auto", 1),
  "problem-server": problem("server", "auto", 0),
  "problem-rejected": problem("rejected", "retry", 0, "The offer has no Opus."),
  "problem-deleted": problem("deleted", "none"),
  "problem-retrying": { ...problem("superseded", "takeOver"), busy: true },
  "problem-damaged": problem("damaged", "none"),
  "problem-consent": problem("consent", "consent"),
  "problem-browser": problem("browser", "none"),
};

/** Of who has pressed Start and finds no place. */
function waitingFor(waitsFor, ahead, expectedS, kind = "full") {
  const waiting = { waitsFor, ahead, expectedS };
  const error = new InterviewError(kind, "full: 50 of 50 candidates", { status: 503, code: "full", waiting });
  const connection = { ...open, state: "connecting", attempt: 2, retryInMs: 12_000, error };
  return { ...base, screen: "waiting", connection, retryAtMs: base.nowMs + 11_500, waiting };
}
Object.assign(STATES, {
  "waiting-next": waitingFor("place", 0, 45),
  "waiting-behind": waitingFor("place", 7, 540),
  "waiting-load": waitingFor("load", 2, null),
  "waiting-network": waitingFor("place", 1, null, "network"),
});

const root = document.getElementById("app");
const nothing = () => {};
const query = new URLSearchParams(location.search);
let strings;
let landing;
/** The words of the page, and those of the landing page. */
async function speak(language) {
  strings = await stringsFor([language]);
  landing = (await import(`../client/strings/landing/${strings.lang}.js`)).words;
}
await speak(query.get("language") ?? "en");
const actions = new Proxy({}, { get: () => nothing });

/** Draws a state anew, with nothing left of the one before. */
function draw(name) {
  root.replaceChildren();
  document.documentElement.removeAttribute("style");
  document.title = "";
  if (name === "landing") {
    showLanding(root, strings, landing, { api: { demo: () => new Promise(nothing) }, go: nothing });
  } else if (STATES[name]) {
    const shell = createShell(root, strings, actions);
    shell.update(STATES[name]);
    shell.level("microphone", 0.62);
    shell.level("interviewer", 0.7);
    if (name === "leaving") [...document.querySelectorAll(".tool")].at(-1).click();
    if (name === "before-stays") {
      const next = [asked(3), state("asking", "question", "speaking", CAN.asking), caption(QUESTIONS[2])];
      const view = next.reduce((before, message) => fold(before, message, 12_000), listening);
      shell.update({ ...call, nowMs: 11_500 });
      shell.update({ ...call, nowMs: 12_000, view });
    }
    if (name === "history") document.querySelector(".history-open").click();
    if (name === "options") [...document.querySelectorAll(".tool")].at(-2).click();
  }
}

/** Resolves when the parts that are fetched on demand are drawn too. */
async function drawWhole(name) {
  draw(name);
  while (root.querySelector('[aria-busy="true"]')) await new Promise(requestAnimationFrame);
}

await drawWhole(query.get("state") ?? "listening");
window.draw = drawWhole;
window.speak = speak;
window.galleryStates = Object.keys(STATES);
document.body.dataset.ready = "true";
