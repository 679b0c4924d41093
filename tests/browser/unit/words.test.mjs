import assert from "node:assert/strict";
import test from "node:test";

import { placeName, unclearWords } from "../../../client/page/model.js";
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
