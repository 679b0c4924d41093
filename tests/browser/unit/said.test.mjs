// What was said: a request is no answer, words stay until they were read, and nothing is told twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasPassed, linger, NOTHING, readingMs } from "../../../client/page/lingering.js";
import { lastHeard } from "../../../client/sdk/hints.js";
import { Inbox } from "../../../client/sdk/inbox.js";
import { answerTo, asText, EMPTY_VIEW, fold, saidTo } from "../../../client/sdk/store.js";
import { en } from "../../../client/strings/en.js";

const asked = (number) => ({
  type: "question",
  seq: number * 10,
  prompt_id: `q${number}`,
  kind: "question",
  question_id: `q${number}`,
  number,
  of: 3,
  text: `Question ${number}?`,
});
const said = (question, id, text, extra = {}) => ({
  type: "transcript",
  seq: 90 + Number(id),
  segment_id: id,
  prompt_id: question,
  question_id: question,
  text,
  final: true,
  request: "",
  ...extra,
});
const all = (...messages) => messages.reduce((view, message) => fold(view, message, 0), EMPTY_VIEW);
const WORDS = { title: "T", question: "Question", noAnswer: "No answer.", unclear: "[…]", ...en.words };

test("what proves to be a request is one from then on, wherever it stood", () => {
  const first = said("q1", "1", "Can you");
  const second = said("q1", "2", "repeat that?");
  const answer = said("q1", "3", "I am a nurse.");
  const again = [first, second].map((one) => ({ ...one, seq: 95, request: "repeat" }));
  const told = [
    { request: "repeat", text: "Can you repeat that?" },
    { request: "", text: "I am a nurse." },
  ];
  for (const messages of [
    [asked(1), first, second, ...again, answer],
    [asked(1), first, second, answer, ...again],
    [asked(1), ...again, answer, first, second], // a replay, in any order
  ]) {
    const [one] = all(...messages).questions;
    assert.deepEqual(saidTo(one, "[…]"), told);
    assert.equal(answerTo(one, "[…]"), "I am a nurse.");
    assert.equal(lastHeard(one), "I am a nurse.", "nobody goes on from a request");
  }
});

test("words that are a request after all may become an answer again", () => {
  const view = all(asked(1), said("q1", "1", "Skip", { request: "skip" }), said("q1", "1", "Skip", { seq: 99 }));
  assert.deepEqual(saidTo(view.questions[0], ""), [{ request: "", text: "Skip" }]);
});

test("the copy to keep names a request as one, and a question with nothing else as not answered", () => {
  const view = all(
    asked(1),
    said("q1", "1", "Can you repeat that?", { request: "repeat" }),
    said("q1", "2", "I am a nurse."),
    said("q1", "3", "", { untranscribed: true }),
    asked(2),
    said("q2", "4", "Shall we go on?", { request: "skip" }),
    said("q2", "5", "Yes.", { request: "confirm" }),
  );
  assert.equal(
    asText(view, WORDS),
    [
      "T\n",
      "Question 1: Question 1?\n\n(You asked: Can you repeat that?)\n\nI am a nurse. […]\n",
      "Question 2: Question 2?\n\n(You asked: Shall we go on?)\n\n(You replied: Yes.)\n\nNo answer.\n",
    ].join("\n"),
  );
});

test("an event whose words are in several segments is taken in whole, and once", () => {
  const inbox = new Inbox(() => {});
  const take = (message) => inbox.take(JSON.stringify(message), 0) !== null;
  assert.ok(take(asked(1)));
  for (const round of [true, false]) {
    for (const id of ["1", "2"]) assert.equal(take(said("q1", id, `words ${id}`, { seq: 95, request: "skip" })), round);
  }
  inbox.rest();
  assert.deepEqual(saidTo(inbox.view.questions[0], ""), [{ request: "skip", text: "words 1 words 2" }]);
});

/** What lingers after each moment: [ms since the last, view, somebody looks]. */
function lingering(...moments) {
  let [state, nowMs] = [NOTHING, 0];
  return moments.map(([ms, view, visible = true]) => {
    nowMs += ms;
    state = linger(state, view, "[…]", nowMs, visible);
    return state.text;
  });
}
const at = (promptId, ...messages) =>
  fold(all(...messages), { type: "state", activity: "speaking", prompt_id: promptId }, 0);
const HERE = at("q1", asked(1), said("q1", "1", "I am a nurse."));
const NEXT = at("q2", asked(1), said("q1", "1", "I am a nurse."), asked(2));

test("the last words stay while the next question is asked, for as long as it takes to read them", () => {
  const ms = readingMs("I am a nurse.");
  assert.ok(ms > 3_000 && ms < 5_000);
  const looks = Array.from({ length: 40 }, () => [250, NEXT]);
  const shown = lingering([0, HERE], [900, HERE], [900, HERE], ...looks);
  assert.equal(shown.filter(Boolean).length, Math.ceil(ms / 250));
  assert.deepEqual([shown[2], shown[3], shown.at(-1)], ["", "I am a nurse.", ""]);
  assert.equal(readingMs("x".repeat(9_000)), 15_000);
});

test("words that come late are shown from when they come", () => {
  const owed = at("q2", asked(1), asked(2));
  const shown = lingering([0, at("q1", asked(1))], [900, at("q1", asked(1))], [900, owed], [250, owed], [250, NEXT]);
  assert.equal(shown.at(-1), "I am a nurse.");
  const skipped = lingering([0, at("q1", asked(1))], [1_000, owed], ...Array.from({ length: 20 }, () => [1_000, owed]));
  assert.ok(
    skipped.every((text) => text === ""),
    "where nothing was said nothing is shown",
  );
});

test("who did not look has not read them", () => {
  const away = Array.from({ length: 60 }, () => [1_000, NEXT, false]);
  const shown = lingering([0, HERE], [1_000, HERE], [0, NEXT], ...away, [60_000, NEXT], [250, NEXT]);
  assert.equal(shown.at(-1), "I am a nurse.");
});

test("a replay after a reload leaves nothing behind, nor does going back", () => {
  assert.deepEqual(lingering([0, HERE], [5, NEXT], [250, NEXT]), ["", "", ""]);
  const back = at("q1", asked(1), said("q1", "1", "I am a nurse."), asked(2));
  assert.deepEqual(lingering([0, HERE], [1_000, HERE], [0, NEXT], [250, back]).slice(2), ["I am a nurse.", ""]);
});

test("only the end of a long answer stays", () => {
  const long = at("q2", asked(1), said("q1", "1", `${"word ".repeat(90)}end`), asked(2));
  const text = lingering([0, HERE], [1_000, HERE], [0, long]).at(-1);
  assert.ok(text.startsWith("… word") && text.endsWith("word end") && text.length <= 162);
});

test("there is a conversation to open once something is no more on the screen", () => {
  assert.deepEqual([EMPTY_VIEW, HERE, NEXT].map(hasPassed), [false, false, true]);
});
