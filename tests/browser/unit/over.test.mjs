// The interview is over while the page could not know: no call and no microphone begins again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openEnded } from "../../../client/page/after-end.js";
import { InterviewPage } from "../../../client/page/app.js";
import { Connectivity } from "../../../client/page/connectivity.js";
import { Devices } from "../../../client/page/devices.js";
import { Ending } from "../../../client/page/ending.js";
import { newsOf } from "../../../client/page/framed.js";
import { INITIAL } from "../../../client/page/model.js";
import { Backoff, EMPTY_VIEW, InterviewError } from "../../../client/sdk/index.js";
import { en } from "../../../client/strings/en.js";

const OVER = new InterviewError("over", "It is over.", { status: 410, code: "interview_over" });
const LOST = new InterviewError("network", "No network.");
const PAGE = { title: "T", locale: "en", status: "completed", questions_total: 3 };
const said = (text) => ({ text, mode: "voice", request: "", untranscribed: false });
const answer = (number, ...words) => ({
  prompt_id: `q${number}`,
  kind: "question",
  number,
  asked_text: `Question ${number}?`,
  text: words.join(" "),
  said: words.map(said),
  may_correct: false,
  correction: null,
  in_summary: [],
});
const FOUND = {
  title: "T",
  status: "completed",
  answered: 2,
  of: 3,
  pending: 0,
  words: "kept",
  review: null,
  answers: [answer(1, "I mend boats."), answer(2)],
};
const settled = async () => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** The page without its elements: in a call with a microphone, until the server says that it is over. */
function pageOf({ joins = [], words = [], found = FOUND } = {}) {
  const done = [];
  const next = async (answers, otherwise) => {
    const one = answers.shift() ?? otherwise;
    if (one instanceof Error) throw one;
    return one;
  };
  const page = Object.assign(Object.create(InterviewPage.prototype), {
    model: { ...INITIAL, screen: "call", hasMicrophone: true, page: PAGE },
    strings: en,
    backoff: new Backoff(),
    shell: { update: () => {} },
    answers: { clear: () => {} },
    drafts: { of: () => "" },
    client: {
      connection: { ...INITIAL.connection, state: "ended", error: OVER },
      view: EMPTY_VIEW,
      start: () => done.push("call"),
      joinEnded: () => next(joins, PAGE),
      transcript: () => next(words, found),
    },
    sound: {
      track: null,
      playback: { unlock: () => {} },
      open: async () => done.push("microphone"),
      release: () => {},
    },
  });
  page.devices = new Devices(page);
  page.connectivity = new Connectivity(page);
  page.ending = new Ending(page);
  return { page, done };
}

for (const [what, how] of [
  ["its page", { joins: [LOST] }],
  ["its words", { words: [LOST] }],
])
  test(`over while the connection was lost, and ${what} came at the second try only`, async () => {
    const { page, done } = pageOf(how);
    page.follow();
    await settled();
    assert.deepEqual([page.model.screen, page.model.problem.action], ["problem", "auto"]);
    await page.quietly();
    await settled();
    assert.deepEqual([page.model.screen, done], ["finished", []]);
    assert.equal(page.model.view.questions.length, 2);
  });

test("the code of the end is asked for under another address once it did not come", async () => {
  const { page } = pageOf();
  page.ending.missed = 1;
  assert.equal((await page.ending.load()).openEnded === openEnded, false);
});

test("to start after the end shows the end", async () => {
  const { page, done } = pageOf();
  page.model = { ...page.model, screen: "check" };
  page.start(true);
  await settled();
  assert.deepEqual([page.model.screen, done], ["finished", []]);
});

test("to type over the web from the check begins, whatever the change of transport shows", () => {
  for (const state of ["parked", "superseded"]) {
    const { page } = pageOf();
    page.model = { ...page.model, screen: "check" };
    const started = [];
    page.start = (withMicrophone) => started.push(withMicrophone);
    page.client.connection = { ...INITIAL.connection, state };
    page.client.useTransport = () => page.follow();
    page.connectivity.type();
    assert.deepEqual(started, [false], state);
  }
});

test("the page around is told that a declined interview is over, also after a reload", () => {
  const model = { ...INITIAL, screen: "declined", page: PAGE };
  const told = (decline) => newsOf({ model: { ...model, decline } }).filter(([type]) => type === "completed");
  for (const state of ["waiting", "sending", "failed"]) assert.deepEqual(told({ state, leftS: 1 }), []);
  assert.deepEqual(told({ state: "sent", leftS: 0 }), [["completed", { status: "declined", answered: 0, of: 3 }]]);
});
