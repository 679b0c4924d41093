import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { viewOf } from "../../../client/page/after-end.js";
import { Decline, UNDO_MS } from "../../../client/page/decline.js";
import { newsOf } from "../../../client/page/framed.js";
import { INITIAL } from "../../../client/page/model.js";
import { counted, GO_ON_MS, held, mayGoOn, WAITING } from "../../../client/page/screens/going-on.js";
import { asText, EMPTY_VIEW, InterviewError } from "../../../client/sdk/index.js";
import { Admission } from "../../../client/sdk/resume.js";

/** A page as far as a decision goes. @param {(how: object | undefined) => Promise<void>} consent */
function pageWith(consent) {
  const page = {
    model: { ...INITIAL, screen: "welcome" },
    sent: [],
    opened: 0,
    failures: [],
    set(change) {
      page.model = { ...page.model, ...change };
    },
    open: async () => {
      page.opened += 1;
    },
    failed: (error) => page.failures.push(error.kind),
    client: {
      consent: async (accepted, how) => {
        page.sent.push([accepted, how?.unloading ?? false]);
        await consent(how);
      },
    },
  };
  return page;
}

/** Timers and the clock together. @param {(pass: (ms: number) => Promise<void>) => Promise<void>} body */
async function inVirtualTime(body) {
  let nowMs = 0;
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(performance, "now", () => nowMs);
  try {
    await body(async (ms) => {
      for (let passed = 0; passed < ms; passed += 100) {
        nowMs += 100;
        mock.timers.tick(100);
        for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
      }
    });
  } finally {
    mock.timers.reset();
    mock.restoreAll();
  }
}

test("a decision is sent when its time to be undone is over, and not before", () =>
  inVirtualTime(async (pass) => {
    const page = pageWith(async () => {});
    new Decline(page).begin();
    assert.deepEqual([page.model.screen, page.model.decline], ["declined", { state: "waiting", leftS: 8 }]);
    await pass(UNDO_MS - 200);
    assert.deepEqual([page.sent, page.model.decline.leftS], [[], 1]);
    await pass(400);
    assert.deepEqual([page.sent, page.model.decline.state], [[[false, false]], "sent"]);
  }));

test("undone, nothing is sent, however long one waits and also when the page is left", () =>
  inVirtualTime(async (pass) => {
    const page = pageWith(async () => {});
    const decline = new Decline(page);
    decline.begin();
    await pass(5_000);
    decline.undo();
    assert.deepEqual([page.model.screen, page.model.decline], ["welcome", null]);
    await pass(20_000);
    decline.leave();
    assert.deepEqual(page.sent, []);
  }));

test("who leaves the page has decided", () =>
  inVirtualTime(async (pass) => {
    const page = pageWith(async () => {});
    const decline = new Decline(page);
    decline.begin();
    await pass(1_000);
    decline.leave();
    assert.deepEqual(page.sent, [[false, true]]);
    await pass(20_000);
    assert.equal(page.sent.length, 1);
  }));

test("what does not arrive is said, and sent again", () =>
  inVirtualTime(async (pass) => {
    let works = false;
    const page = pageWith(async () => {
      if (!works) throw new InterviewError("network", "none");
    });
    new Decline(page).begin();
    await pass(UNDO_MS + 100);
    assert.equal(page.model.decline.state, "failed");
    works = true;
    await pass(3_200);
    assert.deepEqual([page.sent.length, page.model.decline.state], [2, "sent"]);
  }));

test("what goes on in another window is shown as it is", () =>
  inVirtualTime(async (pass) => {
    const page = pageWith(async () => {
      throw new InterviewError("rejected", "begun", { status: 409, code: "already_begun" });
    });
    new Decline(page).begin();
    await pass(UNDO_MS + 100);
    assert.deepEqual([page.opened, page.model.decline], [1, null]);
  }));

const FOUND = {
  title: "Gardener",
  status: "ended_by_candidate",
  answered: 1,
  of: 2,
  pending: 0,
  words: "kept",
  review: null,
  answers: [
    {
      prompt_id: "q1",
      kind: "question",
      number: 1,
      asked_text: "Why?",
      text: "I like beans.",
      said: [
        { text: "Can you repeat that?", mode: "voice", request: "repeat", untranscribed: false },
        { text: "I like beans.", mode: "voice", request: "", untranscribed: false },
      ],
      may_correct: true,
      correction: "I like bees.",
      in_summary: ["I like peas."],
    },
  ],
};

test("the copy has a correction beside what was heard, and a request as one", () => {
  const view = viewOf(FOUND, EMPTY_VIEW);
  const text = asText(view, {
    title: "T",
    question: "Question",
    followUp: "F",
    practice: "P",
    candidateQuestions: "C",
    noAnswer: "None.",
    unclear: "[unclear]",
    asked: { repeat: "Asked to repeat" },
    replied: "Replied",
    corrected: "Your correction",
    takenBack: "Taken back",
  });
  assert.match(text, /\nI like beans\.\n/);
  assert.match(text, /\(Your correction: I like peas\.\)\n\n\(Your correction: I like bees\.\)/);
  assert.match(text, /\([^:]+: Can you repeat that\?\)/);
  assert.deepEqual(view.completed, { status: "ended_by_candidate", reason: "", answered: 1, of: 2 });
});

test("an interview that is over is joined to read: by the resume token, else by the link", async () => {
  const asked = [];
  const joined = { token: "t", expires_at: "2100-01-01T00:00:00Z", page: { status: "completed" } };
  const api = {
    base: "https://e.org",
    join: async (_link, how) => {
      asked.push(["link", how]);
      return joined;
    },
    resume: async (_token, how) => {
      asked.push(["resume", how]);
      if (how) throw new InterviewError("rejected", "taken over", { code: "superseded", status: 409 });
      return joined;
    },
  };
  const admission = new Admission(api, "iv1.x", null);
  admission.memory.set("r");
  await admission.ticket();
  await admission.afterEnd();
  assert.deepEqual(asked, [
    ["resume", undefined],
    ["resume", { ended: true }],
    ["link", { ended: true }],
  ]);
});

const LEADING = { review_minutes: null, redirect_url: "https://example.org/done" };
const ENDED_HERE = { ...INITIAL, page: LEADING, finishedHere: true };

test("it goes on by itself only where it ended in this window, in no frame, and nothing is left to do", () => {
  assert.equal(mayGoOn(ENDED_HERE, false), true);
  assert.equal(mayGoOn(ENDED_HERE, true), false);
  assert.equal(mayGoOn({ ...ENDED_HERE, finishedHere: false }, false), false);
  for (const redirect_url of [null, "", "javascript:alert(1)", "http://example.org/"]) {
    assert.equal(mayGoOn({ ...ENDED_HERE, page: { ...LEADING, redirect_url } }, false), false, `${redirect_url}`);
  }
});

test("a review comes first, and where it may still be asked for nobody is taken away", () => {
  const reviewed = (ended) => mayGoOn({ ...ENDED_HERE, page: { ...LEADING, review_minutes: 30 }, ended }, false);
  assert.equal(reviewed(null), false); // it is not known yet
  assert.equal(reviewed({ review: { status: "open" } }), false);
  assert.equal(reviewed({ review: { status: "over" } }), false);
  assert.equal(reviewed({ review: { status: "done" } }), true);
  assert.equal(reviewed({ review: null }), true);
});

test("it goes on after ten seconds in which somebody may look", () => {
  let going = counted(WAITING, 5_000, true);
  assert.deepEqual(going, { state: "counting", leftMs: GO_ON_MS, atMs: 5_000 });
  for (let nowMs = 5_250; nowMs < 15_000; nowMs += 250) going = counted(going, nowMs, true);
  assert.deepEqual([going.state, going.leftMs], ["counting", 250]);
  going = counted(going, 60_000, false); // in another tab
  assert.deepEqual([going.state, going.leftMs], ["counting", 250]);
  going = counted(going, 60_250, true);
  assert.equal(going.state, "gone");
  assert.equal(counted(going, 70_000, true), going);
});

test("a computer that slept has not used the time up, and who is busy has all of it again", () => {
  let going = counted(counted(WAITING, 0, true), 3_600_000, true);
  assert.deepEqual([going.state, going.leftMs], ["counting", GO_ON_MS - 1_000]);
  going = held(going);
  assert.equal(going.leftMs, GO_ON_MS);
  const stayed = { ...going, state: "stayed" };
  assert.equal(held(stayed), stayed);
  assert.equal(counted(stayed, 4_000_000, true), stayed);
});

test("the page around a frame is told where it goes on, and only after an end that went well", () => {
  const told = (status, page = LEADING) => {
    const completed = { status, reason: "", answered: 1, of: 2 };
    return newsOf({ model: { ...INITIAL, page, screen: "finished", view: { ...EMPTY_VIEW, completed } } }).at(-1);
  };
  const plain = (status) => ["completed", { status, answered: 1, of: 2 }];
  for (const status of ["completed", "ended_by_candidate"]) {
    assert.deepEqual(told(status), ["completed", { ...plain(status)[1], redirect_url: LEADING.redirect_url }]);
  }
  assert.deepEqual(told("cancelled"), plain("cancelled"));
  assert.deepEqual(told("completed", {}), plain("completed"));
});
