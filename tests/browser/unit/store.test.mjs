import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode, excess, MAX_MESSAGE_BYTES, SERVER_TYPES } from "../../../client/sdk/channel.js";
import { problemOf, SoundCheck } from "../../../client/sdk/devices.js";
import { fractionOf, levelOf } from "../../../client/sdk/meter.js";
import { asText, currentQuestion, dropInterims, EMPTY_VIEW, fold, secondsLeft } from "../../../client/sdk/store.js";

const asked = (number, seq = number * 10) => ({
  type: "question",
  seq,
  question_id: `q${number}`,
  number,
  of: 3,
  text: `Question ${number}?`,
  asked_again: false,
});
const said = (question, id, text, final = true, extra = {}) => ({
  type: "transcript",
  question_id: question,
  segment_id: id,
  text,
  final,
  mode: "voice",
  untranscribed: false,
  start_s: 0,
  end_s: 1,
  ...extra,
});
const all = (...messages) => messages.reduce((view, message) => fold(view, message, 0), EMPTY_VIEW);
const WORDS = {
  title: "T",
  question: "Question",
  followUp: "Follow-up to question",
  practice: "Practice",
  candidateQuestions: "Your questions",
  noAnswer: "No answer.",
  unclear: "[…]",
};
/** What a server of today sends about a prompt that is no core question. */
const beside = (kind, id, number, seq) => ({
  ...asked(number, seq),
  prompt_id: id,
  kind,
  question_id: number ? `q${number}` : "",
  text: `${id}?`,
});
const answered = (prompt, question, id, text, extra = {}) =>
  said(question, id, text, true, { prompt_id: prompt, ...extra });
const words = (view, id = "q1") => view.questions.find((q) => q.id === id).segments.map((s) => s.text);

test("interims are replaced by newer interims and by the final", () => {
  const view = all(asked(1), said("q1", "a", "hel", false), said("q1", "a", "hello", false));
  assert.deepEqual(words(view), ["hello"]);
  const done = fold(view, said("q1", "a", "Hello.", true, { seq: 11 }), 0);
  assert.deepEqual(words(done), ["Hello."]);
  assert.deepEqual(words(fold(done, said("q1", "a", "hell", false), 0)), ["Hello."]);
});

test("how much of an interim stands is kept with it, and all of a final", () => {
  const stable = (...messages) => all(asked(1), ...messages).questions[0].segments[0].stable;
  assert.equal(stable(said("q1", "a", "hello my", false)), "", "servers before it was there said nothing");
  assert.equal(stable(said("q1", "a", "hello my", false, { stable: "hello" })), "hello");
  assert.equal(stable(said("q1", "a", "hello my", false, { stable: "help" })), "", "it is no beginning of the text");
  assert.equal(stable(said("q1", "a", "Hello, my.", true, { seq: 11 })), "Hello, my.");
});

test("finals stand in the order of the log, the open segment last", () => {
  const view = all(
    asked(1),
    said("q1", "c", "three", true, { seq: 13 }),
    said("q1", "d", "now", false),
    said("q1", "a", "one", true, { seq: 11 }),
  );
  assert.deepEqual(words(view), ["one", "three", "now"]);
});

test("a replay in any order gives the same view", () => {
  const messages = [
    asked(1),
    said("q1", "a", "one", true, { seq: 11 }),
    asked(2),
    said("q2", "b", "two", true, { seq: 21 }),
  ];
  const straight = all(...messages);
  const reversed = all(...[...messages].reverse());
  assert.deepEqual(reversed.questions, straight.questions);
  assert.equal(currentQuestion(reversed).id, "q2");
});

test("a follow-up stands beneath its question, with its own text and answer", () => {
  const messages = [
    beside("practice", ":practice", 0, 2),
    answered(":practice", "", "t", "Trying.", { seq: 5 }),
    { ...asked(1), prompt_id: "q1", kind: "question" },
    answered("q1", "q1", "a", "one", { seq: 11 }),
    beside("follow_up", "q1:1", 1, 14),
    answered("q1:1", "q1", "b", "more", { seq: 15 }),
    { ...asked(2), prompt_id: "q2", kind: "question" },
    answered("q2", "q2", "c", "two", { seq: 21 }),
    beside("candidate_questions", ":candidate_questions", 0, 30),
    answered("q1:1", "q1", "l", "late", { seq: 40 }),
  ];
  const view = all(...messages);
  assert.deepEqual(
    view.questions.map((q) => [q.id, q.kind, q.number, q.text, q.segments.map((s) => s.text).join(" ")]),
    [
      [":practice", "practice", 0, ":practice?", "Trying."],
      ["q1", "question", 1, "Question 1?", "one"],
      ["q1:1", "follow_up", 1, "q1:1?", "more late"],
      ["q2", "question", 2, "Question 2?", "two"],
      [":candidate_questions", "candidate_questions", 0, ":candidate_questions?", ""],
    ],
  );
  assert.equal(currentQuestion(all(...messages.slice(0, 6))).id, "q1:1");
  assert.equal(currentQuestion(view).id, ":candidate_questions");
  assert.deepEqual(all(...[...messages].reverse()).questions, view.questions);
  const again = fold(view, { ...messages[2], seq: 50, asked_again: true }, 0);
  assert.deepEqual(
    again.questions.map((q) => q.id),
    view.questions.map((q) => q.id),
  );
  assert.equal(
    asText(view, WORDS),
    [
      "T\n",
      "Practice: :practice?\n\nTrying.\n",
      "Question 1: Question 1?\n\none\n",
      "Follow-up to question 1: q1:1?\n\nmore late\n",
      "Question 2: Question 2?\n\ntwo\n",
      "Your questions: :candidate_questions?\n\nNo answer.\n",
    ].join("\n"),
  );
});

test("a server that names no prompts: its questions are the prompts", () => {
  const view = all(asked(1), said("q1", "a", "one", true, { seq: 11 }), asked(2));
  assert.deepEqual(words(view), ["one"]);
  assert.deepEqual(
    view.questions.map((q) => [q.id, q.kind]),
    [
      ["q1", "question"],
      ["q2", "question"],
    ],
  );
  // The server was updated between two calls.
  assert.deepEqual(words(fold(view, answered("q1", "q1", "b", "more", { seq: 30 }), 0)), ["one", "more"]);
});

test("words that prove to be about the next question go there, in any order of the messages", () => {
  const first = said("q1", "a", "Conflicts", true, { seq: 21 });
  const second = said("q1", "b", "I solve by talking.", true, { seq: 22 });
  const moved = [
    said("q2", "a", "Conflicts", true, { seq: 23 }),
    said("q2", "b", "I solve by talking.", true, { seq: 23 }),
  ];
  const inOrder = all(asked(1), asked(2), first, second, ...moved);
  assert.deepEqual([words(inOrder), words(inOrder, "q2")], [[], ["Conflicts", "I solve by talking."]]);
  const late = all(asked(1), asked(2), ...moved, second, first);
  assert.deepEqual([words(late), words(late, "q2")], [[], ["Conflicts", "I solve by talking."]]);
});

test("words that prove to be no answer go", () => {
  const view = all(asked(1), said("q1", "a", "Okay.", true, { seq: 21 }), said("q1", "a", "", true, { seq: 22 }));
  assert.deepEqual(words(view), []);
});

test("an old view is never changed", () => {
  const before = all(asked(1), said("q1", "a", "one", true, { seq: 11 }));
  const copy = structuredClone(before);
  fold(before, said("q1", "b", "two", false), 0);
  fold(before, asked(2), 0);
  dropInterims(before);
  assert.deepEqual(before, copy);
});

test("an empty final takes its interim away, unless audio is kept without words", () => {
  const view = all(asked(1), said("q1", "a", "uh", false));
  assert.deepEqual(words(fold(view, said("q1", "a", "", true, { seq: 11 }), 0)), []);
  const kept = fold(view, said("q1", "a", "", true, { seq: 11, untranscribed: true }), 0);
  assert.equal(kept.questions[0].segments[0].untranscribed, true);
});

test("words that come later take the place of what could not be made out", () => {
  const lost = said("q1", "a", "", true, { seq: 11, untranscribed: true });
  const next = said("q1", "b", "two", true, { seq: 12 });
  const later = said("q1", "a", "one", true, { seq: 40 });
  assert.deepEqual(words(all(asked(1), lost, next, asked(2), later)), ["one", "two"]);
  const none = said("q1", "a", "", true, { seq: 40 });
  assert.deepEqual(words(all(asked(1), lost, next, none)), ["two"]);
  assert.deepEqual(words(all(asked(1), later, lost)), ["one"]);
});

test("a lost call leaves no provisional words behind", () => {
  const view = dropInterims(all(asked(1), said("q1", "a", "one", true, { seq: 11 }), said("q1", "b", "tw", false)));
  assert.deepEqual(words(view), ["one"]);
});

test("the time runs while the interview does", () => {
  const view = fold(EMPTY_VIEW, { type: "progress", number: 1, of: 3, elapsed_s: 10, limit_s: 60 }, 1_000);
  assert.equal(secondsLeft(view, 6_000), 45);
  assert.equal(secondsLeft({ ...view, stage: "paused" }, 6_000), 50);
  assert.equal(secondsLeft(EMPTY_VIEW, 0), null);
});

test("one's answers as text", () => {
  const view = all(asked(1), said("q1", "a", "I am.", true, { seq: 11 }), asked(2));
  const text = asText(view, WORDS);
  assert.equal(text, "T\n\nQuestion 1: Question 1?\n\nI am.\n\nQuestion 2: Question 2?\n\nNo answer.\n");
});

test("what cannot be used is ignored: not text, not JSON, unknown, incomplete", () => {
  for (const data of [
    new ArrayBuffer(2),
    "",
    "null",
    "[]",
    "{",
    '{"type":"later"}',
    '{"type":"state"}',
    '{"type":"question","seq":"1"}',
    '{"type":"constructor"}',
  ]) {
    assert.equal(decode(data), null);
  }
  assert.equal(decode('{"type":"pong","t_ms":1}').t_ms, 1);
  for (const type of SERVER_TYPES) assert.doesNotThrow(() => decode(JSON.stringify({ type })));
});

test("a message longer than the channel carries is refused by bytes, not by characters", () => {
  assert.ok(encode({ type: "text_answer", text: "x".repeat(10_000) }));
  assert.throws(() => encode({ type: "text_answer", text: "語".repeat(6_000) }), { code: "too_long" });
});

test("how much of a typed answer is too much is known before it is sent, in every script", () => {
  const prompt_id = `${"x".repeat(64)}:99`; // as long as one can be
  for (const [one, most] of [
    ["x", 10_000],
    ["é", 8_128],
    ["م", 8_128],
    ["語", 5_418],
    ["😀", 4_064],
    ["\u0001", 2_709],
    ['"', 8_128],
  ]) {
    assert.equal(excess(one.repeat(most)), 0, one);
    assert.ok(
      new TextEncoder().encode(encode({ type: "text_answer", text: one.repeat(most), prompt_id })).length <=
        MAX_MESSAGE_BYTES,
    );
    const over = excess(one.repeat(most + 200));
    assert.ok(over >= 198 && over <= 210, `${one} ${over}`);
  }
  assert.equal(excess(`${"a".repeat(9_990)}${"語".repeat(10)}`), 0);
  assert.equal(excess("x".repeat(10_001)), 1);
});

test("every way of failing to open a microphone has a name", () => {
  const cases = {
    NotAllowedError: "denied",
    NotFoundError: "missing",
    NotReadableError: "busy",
    AbortError: "busy",
    OverconstrainedError: "constraint",
    SecurityError: "denied",
    Strange: "unknown",
  };
  for (const [name, problem] of Object.entries(cases)) assert.equal(problemOf({ name }, "denied"), problem);
  assert.equal(problemOf({ name: "NotAllowedError" }, "denied", true), "framed");
  assert.equal(problemOf({ name: "NotAllowedError" }, "prompt", true), "dismissed");
  assert.equal(problemOf({ name: "NotAllowedError" }, "prompt"), "dismissed");
});

test("a microphone is silent when nothing came for six seconds, and never after it was heard", () => {
  const check = new SoundCheck(0);
  assert.equal(check.feed(-90, 5_900), "waiting");
  assert.equal(check.feed(-90, 6_000), "silent");
  assert.equal(check.feed(-30, 6_100), "heard");
  assert.equal(check.feed(-90, 60_000), "heard");
});

test("levels", () => {
  assert.equal(levelOf(new Float32Array(8)), -100);
  assert.ok(Math.abs(levelOf(new Float32Array(8).fill(0.1)) + 20) < 1e-4);
  assert.deepEqual([fractionOf(-100), fractionOf(-36), fractionOf(0)], [0, 0.5, 1]);
});
