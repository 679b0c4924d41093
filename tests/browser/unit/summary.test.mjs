// What was understood: each sentence once, in the order of the questions, with its newest correction.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Inbox } from "../../../client/sdk/inbox.js";
import { asText } from "../../../client/sdk/store.js";

const sentence = (seq, number, text, correction = "") =>
  JSON.stringify({ type: "summary_sentence", seq, prompt_id: `q${number}`, number, text, correction });
const offer = JSON.stringify({
  type: "question",
  seq: 4,
  prompt_id: ":summary",
  kind: "summary",
  question_id: "",
  number: 0,
  of: 2,
  text: "Would you like to hear it?",
});

test("the sentences of one event all come in, whatever their order, and once", () => {
  const inbox = new Inbox(() => {});
  for (const text of [offer, sentence(5, 2, "Two."), sentence(5, 1, "One.")]) assert.ok(inbox.take(text, 0));
  assert.equal(inbox.take(sentence(5, 1, "One."), 0), null);
  assert.deepEqual(
    inbox.view.summary.map(({ text }) => text),
    ["One.", "Two."],
  );
  inbox.take(sentence(6, 1, "One.", "Won."), 0);
  assert.deepEqual(
    inbox.view.summary.map(({ correction }) => correction),
    ["Won.", ""],
  );
  inbox.rest();
});

test("what this page cannot use is ignored", () => {
  const inbox = new Inbox(() => {});
  assert.equal(inbox.take(JSON.stringify({ type: "summary_sentence", seq: 5, number: 1, text: "x" }), 0), null);
  assert.deepEqual(inbox.view.summary, []);
  inbox.rest();
});

test("in the text to keep it has a name and no number", () => {
  const inbox = new Inbox(() => {});
  inbox.take(offer, 0);
  const words = { title: "T", question: "Question", summary: "What I understood", noAnswer: "No answer." };
  assert.match(asText(inbox.view, words), /What I understood: Would you like to hear it\?/);
  inbox.rest();
});
