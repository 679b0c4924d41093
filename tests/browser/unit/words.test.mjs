import assert from "node:assert/strict";
import test from "node:test";

import { captionNow, INITIAL, placeName, unclearWords } from "../../../client/page/model.js";
import { captionNews } from "../../../client/page/news.js";
import { EMPTY_VIEW, fold } from "../../../client/sdk/store.js";
import { en } from "../../../client/strings/en.js";

test("a recording is named only where one is kept", () => {
  const words = (/** @type {boolean} */ recorded) => unclearWords({ page: { record_audio: recorded } }, en);
  assert.match(words(true), /recording is kept/);
  assert.doesNotMatch(words(false), /record/);
  assert.doesNotMatch(unclearWords({ page: null }, en), /record/);
});

test("the place of a prompt: a question keeps its number, what is asked beside it has none", () => {
  const place = (kind, number) => placeName({ kind, number }, 3, en);
  assert.equal(place("question", 2), "Question 2 of 3");
  assert.equal(place("follow_up", 1), "Follow-up to question 1 of 3");
  assert.doesNotMatch(place("practice", 0), /\d/);
  assert.doesNotMatch(place("candidate_questions", 0), /\d/);
});

test("words without a voice stay until there was time to read them, whatever comes after", () => {
  const told = (id, kind, text, spoken = false) => ({
    type: "caption",
    utterance_id: id,
    kind,
    text,
    spoken,
    duration_ms: 0,
  });
  const over = (id) => ({ type: "caption_ended", utterance_id: id, heard_ms: 0, complete: true });
  const greeting = "Hello. I am an AI.";
  const sent = [told("u1", "greeting", greeting), over("u1"), told("u2", "question", "Why?"), over("u2")];
  const view = sent.reduce((before, message) => fold(before, message, 1_000), EMPTY_VIEW);
  const at = (nowMs) => captionNow({ ...INITIAL, view, nowMs }, ["Why?", ""])?.text ?? "";
  assert.equal(at(1_000), greeting);
  assert.equal(at(4_900), greeting, "18 characters are read in 4 s");
  assert.equal(at(5_100), "");
  assert.equal(captionNews(en, { ...INITIAL, screen: "call", view }), greeting, "and it is read aloud once");
  const spoken = fold(view, told("u3", "bridge", "Thank you.", true), 2_000);
  assert.equal(captionNow({ ...INITIAL, view: spoken, nowMs: 2_000 }, [])?.text, "Thank you.");
  assert.equal(captionNow({ ...INITIAL, view: fold(spoken, over("u3"), 2_500), nowMs: 2_500 }, []), null);
  const answer = [told("u4", "faq_answer", "Two days a week.", true), over("u4")];
  const answered = answer.reduce((before, message) => fold(before, message, 3_000), view);
  const late = { ...INITIAL, view: answered, nowMs: 90_000 };
  assert.equal(captionNow(late, [])?.text, "Two days a week.", "what was asked for stays");
  assert.equal(
    captionNow({ ...late, view: fold(answered, told("u5", "bridge", "So.", true), 91_000) }, [])?.text,
    "So.",
  );
});
