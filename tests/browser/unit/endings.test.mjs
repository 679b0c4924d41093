import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { viewOf } from "../../../client/page/after-end.js";
import { Decline, UNDO_MS } from "../../../client/page/decline.js";
import { INITIAL } from "../../../client/page/model.js";
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
  assert.match(text, /\(Your correction: I like bees\.\)/);
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
