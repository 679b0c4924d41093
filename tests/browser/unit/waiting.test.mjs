// Who waits for a place: what they read, and what is said aloud.
import assert from "node:assert/strict";
import test from "node:test";

import { stillWaiting } from "../../../client/page/problems.js";
import { promises, spoken, standing } from "../../../client/page/screens/waiting.js";
import { errorOf, InterviewError } from "../../../client/sdk/errors.js";
import { problemOf } from "../../../client/sdk/text-call.js";
import { words } from "../../../client/strings/waiting/en.js";

const place = (ahead, expectedS = null) => ({ waitsFor: "place", ahead, expectedS });
const REFUSED = {
  status: 503,
  code: "full",
  detail: "full: 50 of 50 candidates",
  waiting: { waits_for: "load", ahead: 4, expected_s: null },
};
const WAITING = { waitsFor: "load", ahead: 4, expectedS: null };

test("what a newcomer waits for comes with the refusal, of a call and of one in writing", async () => {
  const answer = new Response(JSON.stringify(REFUSED), { status: 503, headers: { "Retry-After": "12" } });
  const error = await errorOf(answer);
  assert.deepEqual([error.kind, error.retryAfterS, error.waiting], ["full", 12, WAITING]);
  const written = problemOf(JSON.stringify({ ...REFUSED, retry_after_s: 12 }));
  assert.deepEqual([written.kind, written.retryAfterS, written.waiting], ["full", 12, WAITING]);
});

test("what no newcomer can wait for has none", async () => {
  const answer = new Response(JSON.stringify({ code: "draining" }), { status: 503 });
  assert.equal((await errorOf(answer)).waiting, null);
  const odd = { ...REFUSED, waiting: { ahead: -1, expected_s: "soon" } };
  assert.deepEqual(problemOf(JSON.stringify(odd)).waiting, place(null));
});

test("one waits until the first call is open, also while the server is out of reach", () => {
  const full = new InterviewError("full", "", { waiting: place(1) });
  const lost = new InterviewError("network", "");
  const at = (state, error) => stillWaiting(place(9), { state, error });
  assert.deepEqual(at("connecting", full), place(1));
  assert.deepEqual(at("connecting", lost), place(9));
  assert.equal(stillWaiting(null, { state: "connecting", error: lost }), null);
  assert.equal(at("connecting", new InterviewError("media", "")), null, "there was a place");
  for (const state of ["open", "reconnecting", "failed", "ended", "idle"]) assert.equal(at(state, full), null);
});

test("it says where one stands and how long, as far as it is known", () => {
  assert.equal(standing(place(0, 20), words), "You are next. It should take less than a minute.");
  assert.equal(standing(place(1, 61), words), "One person is ahead of you. It should take about 2 minutes.");
  assert.equal(standing(place(7, 540), words), "7 people are ahead of you. It should take about 9 minutes.");
  assert.equal(standing(place(null), words), words.unknown);
});

test("the first standing and the last steps are said aloud, and nothing in between", () => {
  const heard = [];
  let [said, was] = ["", null];
  for (const ahead of [40, 39, 38, 12, 12, 11, 5, 3, 2, 2, 1, 0, 0]) {
    const now = spoken(said, was, place(ahead, 60 * ahead + 60), words);
    if (now !== said) heard.push(ahead);
    [said, was] = [now, place(ahead)];
  }
  assert.deepEqual(heard, [40, 2, 1, 0]);
  assert.notEqual(spoken(said, place(0), { ...place(0), waitsFor: "load" }, words), said);
});

test("nothing is promised to anybody for whom it is not true", () => {
  const at = (change) => promises({ hasMicrophone: true, microphoneTrouble: "", waiting: place(2), ...change }, words);
  assert.deepEqual(at({}), [`${words.joins} ${words.microphone}`, `${words.leave} ${words.turn}`]);
  assert.equal(at({ hasMicrophone: false })[0], words.joins, "who writes has none");
  assert.equal(at({ microphoneTrouble: "ended" })[0], words.joins, "it was unplugged");
  assert.equal(at({ waiting: place(null) })[1], words.leave, "without a queue there is no turn");
});
