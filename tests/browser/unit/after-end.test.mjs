// What the page shows of an interview that has just ended: late words, words of this window, corrections.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import * as afterEnd from "../../../client/page/after-end.js";
import { Ending } from "../../../client/page/ending.js";
import { INITIAL } from "../../../client/page/model.js";
import { askedOf, noteOf } from "../../../client/page/screens/finished.js";
import { answerTo, EMPTY_VIEW, InterviewError } from "../../../client/sdk/index.js";
import { words as after } from "../../../client/strings/after/en.js";
import { en } from "../../../client/strings/en.js";

/** @param {string} prompt_id @param {string} text */
function answer(prompt_id, text) {
  const said = text ? [{ text, mode: "voice", request: "", untranscribed: false }] : [];
  const rest = { kind: "question", number: 1, may_correct: text !== "", correction: null, in_summary: [] };
  return { prompt_id, asked_text: `${prompt_id}?`, text, said, ...rest };
}

/** As `GET /v1/transcript` answers. */
function found(change = {}) {
  const base = { title: "T", status: "completed", answered: 2, of: 2, pending: 0, words: "kept", review: null };
  return { ...base, answers: [answer("q1", "I like beans."), answer("q2", "And bees.")], ...change };
}

const COMPLETED = { status: "completed", reason: "", answered: 2, of: 2 };

/** A page whose call has just said that it is over. @param {(asked: number) => object} transcript may throw */
function pageWith(transcript) {
  const items = new Map();
  const keep = {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  };
  const view = { ...EMPTY_VIEW, completed: COMPLETED };
  const page = {
    options: { base: "https://e.org", link: "iv1.secret", keep },
    strings: en,
    model: { ...INITIAL, screen: "call", view, page: { review_minutes: 0 } },
    asked: 0,
    notice: assert.fail,
    set(change) {
      page.model = { ...page.model, ...change };
    },
    client: {
      view,
      connection: { error: null },
      joinEnded: async () => ({}),
      transcript: async () => {
        page.asked += 1;
        return transcript(page.asked);
      },
      review: async () => transcript(0),
    },
  };
  return page;
}

/** @param {(pass: (ms: number) => Promise<void>) => Promise<void>} body */
async function inVirtualTime(body) {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    await body(async (ms) => {
      for (let passed = 0; passed < ms; passed += 100) {
        mock.timers.tick(100);
        await settled();
      }
    });
  } finally {
    mock.timers.reset();
  }
}

/** What was begun is done, as far as no timer is in it. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** @param {{model: import("../../../client/page/model.js").Model}} page */
const words = ({ model }) => askedOf(model).map((asked) => answerTo(asked, "[unclear]"));

const PENDING = { pending: 1, answers: [answer("q1", "I like beans."), answer("q2", "")] };

test("words that are recognised after the end reach the page, also where there is no review", () =>
  inVirtualTime(async (pass) => {
    const page = pageWith((asked) => (asked < 4 ? found(PENDING) : found()));
    new Ending(page).show();
    await pass(1_000);
    assert.equal(page.model.screen, "finished");
    assert.deepEqual(words(page), ["I like beans.", ""]);
    assert.equal(noteOf(page.model, after), after.pending);
    await pass(10_000);
    assert.deepEqual(words(page), ["I like beans.", "And bees."]);
    assert.equal(noteOf(page.model, after), "");
    await pass(60_000);
    assert.equal(page.asked, 4); // there is no more to come
  }));

test("they are waited for where the first question fails, and while the words are checked", () =>
  inVirtualTime(async (pass) => {
    const page = pageWith((asked) => {
      if (asked === 1) throw new InterviewError("network", "none");
      return asked < 5 ? found(PENDING) : found();
    });
    page.set({ screen: "finished" });
    await afterEnd.catchUp(page);
    await pass(2_500);
    afterEnd.openReview(page);
    await pass(20_000);
    assert.deepEqual(words(page), ["I like beans.", "And bees."]);
    assert.equal(page.asked, 5);
  }));

test("they are waited for when the words were handed over before", () =>
  inVirtualTime(async (pass) => {
    const page = pageWith((asked) => (asked === 0 ? found(PENDING) : found()));
    page.set({ screen: "review" });
    await afterEnd.sendReview(page, {});
    assert.equal(page.model.ended.pending, 1);
    await pass(3_000);
    assert.equal(page.model.ended.pending, 0);
  }));

test("what was asked for before a review was sent does not undo it", () =>
  inVirtualTime(async (pass) => {
    let late = () => {};
    const open = found({ ...PENDING, review: { status: "open", left_s: 60 } });
    const done = found({ review: { status: "done", left_s: 0 } });
    const page = pageWith((asked) => {
      if (asked === 0) return done;
      return asked === 2 ? new Promise((resolve) => (late = () => resolve(open))) : open;
    });
    page.set({ screen: "finished" });
    await afterEnd.catchUp(page);
    await pass(2_500);
    await afterEnd.sendReview(page, {});
    late();
    await pass(100);
    assert.equal(page.model.ended.review.status, "done");
  }));

test("what does not pass is not asked for again and again", () =>
  inVirtualTime(async (pass) => {
    const page = pageWith(() => {
      throw new InterviewError("deleted", "gone");
    });
    page.set({ screen: "finished" });
    await afterEnd.catchUp(page);
    await pass(30_000);
    assert.equal(page.asked, 1);
  }));

test("the window in which words were said shows them, and says what it does not show", async () => {
  const page = pageWith(() => found({ words: "elsewhere", answers: [answer("q1", ""), answer("q2", "And bees.")] }));
  await afterEnd.catchUp(page);
  assert.deepEqual(words(page), ["And bees."]);
  assert.equal(noteOf(page.model, after), after.notHere);
});

test("a window in which nothing was said shows nothing", async () => {
  for (const [how, note] of [
    ["elsewhere", after.elsewhere],
    ["erased", after.erased],
  ]) {
    const page = pageWith(() => found({ words: how, answers: [answer("q1", ""), answer("q2", "")] }));
    await afterEnd.catchUp(page);
    assert.deepEqual([words(page), noteOf(page.model, after)], [[], note]);
  }
});

test("what cannot be opened at the end says so", async () => {
  const page = pageWith(() => found());
  const said = [];
  for (const work of [() => Promise.reject(new Error("no module")), (after) => after.openReview(page)]) {
    new Ending(page).after(work);
    await settled();
    await settled();
    said.push(page.model.failure);
  }
  assert.deepEqual(said, [en.endings.notNow, ""]);
});

test("an answer that was taken back stays so until it is as heard again", () => {
  const page = pageWith(() => found());
  afterEnd.keepReview(page, "q1", "");
  afterEnd.keepReview(page, "q2", "And wasps.");
  const reloaded = pageWith(() => found());
  reloaded.options = page.options;
  afterEnd.openReview(reloaded);
  assert.deepEqual(reloaded.model.reviewDrafts, { q1: "", q2: "And wasps." });
  afterEnd.keepReview(reloaded, "q1", null);
  afterEnd.openReview(reloaded);
  assert.deepEqual(reloaded.model.reviewDrafts, { q2: "And wasps." });
});
