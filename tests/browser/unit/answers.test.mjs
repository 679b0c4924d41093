import assert from "node:assert/strict";
import { test } from "node:test";
import { Answers, CHECK_MS } from "../../../client/page/answers.js";
import { Drafts } from "../../../client/page/drafts.js";
import { INITIAL } from "../../../client/page/model.js";
import { noticeOf } from "../../../client/page/screens/banner.js";
import { en } from "../../../client/strings/en.js";
import { rig, timed } from "./rig.mjs";

const WELCOME = { type: "welcome", connection_epoch: 1, last_seq: 99, questions_total: 3 };
const question = (seq, number) => ({ type: "question", seq, question_id: `q${number}`, number, of: 3, text: "?" });
const typed = (seq, text, id = "q1") => ({
  type: "transcript",
  seq,
  segment_id: `s${seq}`,
  question_id: id,
  text,
  final: true,
  mode: "text",
});
const hint = (code) => ({ type: "hint", code, text: code });

/** What of the page the typed answers need, as far as the first question. */
async function seated(time, keep = new Map()) {
  const { client, calls } = rig();
  const items = { getItem: (k) => keep.get(k), setItem: (k, v) => keep.set(k, v), removeItem: (k) => keep.delete(k) };
  const page = {
    client,
    drafts: new Drafts("https://e.org", "iv", items),
    model: INITIAL,
    set: (change) => (page.model = { ...page.model, ...change }),
  };
  client.on("change", ({ view }) => {
    const turned = view.promptId !== page.model.view.promptId;
    page.set({ view, ...(turned && { draft: page.drafts.of(view.promptId), typingProblem: "" }) });
  });
  const answers = new Answers(page);
  client.start();
  await time.pass(200);
  calls[0].says(WELCOME);
  calls[0].says(question(1, 1));
  const type = (text) => {
    answers.draft(text);
    answers.send(text);
  };
  const sent = () => calls.flatMap((call) => call.sent.filter((m) => m.type === "text_answer").map((m) => m.text));
  const shown = () => [page.model.draft, page.drafts.of("q1"), page.model.typingProblem];
  const lose = async () => {
    calls.at(-1).options.onDown("cut");
    await time.pass(100);
  };
  return { client, calls, page, answers, type, sent, shown, lose };
}

/** @param {(it: Awaited<ReturnType<typeof seated>>, time: any) => Promise<void>} body */
const at = (body) =>
  timed(async (time) => {
    const it = await seated(time);
    await body(it, time);
    await it.client.close();
  });

test(
  "what the channel took is kept until the server says that it has it",
  at(async ({ calls, page, type, shown }) => {
    type("We mended\u0000 it.");
    assert.deepEqual(shown(), ["", "We mended\u0000 it.", ""]);
    assert.notEqual(page.model.unconfirmedSinceMs, null);
    calls[0].says({ ...typed(2, "We mended it."), mode: "voice" });
    calls[0].says({ ...typed(3, "We mended it."), final: false });
    assert.equal(page.drafts.of("q1"), "We mended\u0000 it.");
    calls[0].says(typed(4, "We mended it."));
    assert.deepEqual(shown(), ["", "", ""]);
    assert.equal(page.model.unconfirmedSinceMs, null);
  }),
);

test(
  "a channel that takes the text of a dead server: it is back in its box, and sent once",
  at(async ({ client, calls, answers, type, sent, shown, page }, time) => {
    type("We mended it."); // taken, and heard by nobody
    await time.pass(8_000);
    assert.equal(client.connection.state, "suspect");
    assert.deepEqual(shown(), ["", "We mended it.", ""]);
    await time.pass(8_000); // silent for 15 s: given up, and there is a new call
    assert.equal(calls.length, 2);
    assert.deepEqual(shown(), ["We mended it.", "We mended it.", "broughtBack"]);
    assert.ok(page.model.typing);
    calls[1].says(WELCOME);
    answers.send("We mended it.");
    assert.deepEqual(sent(), ["We mended it."], "it may have arrived: that is looked up first");
    assert.equal(page.model.typingProblem, "checking");
    await time.pass(CHECK_MS);
    answers.tick();
    assert.deepEqual(shown(), ["We mended it.", "We mended it.", "notArrived"]);
    answers.send("We mended it.");
    assert.deepEqual(sent(), ["We mended it.", "We mended it."]);
    calls[1].says(typed(2, "We mended it."));
    assert.deepEqual(shown(), ["", "", ""]);
  }),
);

test("while an answer is not confirmed, nothing says that all are saved", () => {
  const said = (state, awayMs, unconfirmedSinceMs, reason = "cut") => {
    const connection = { ...INITIAL.connection, state, reason, lostAtMs: 0, attempt: 1 };
    return noticeOf(en, {}, { ...INITIAL, screen: "call", connection, nowMs: awayMs, unconfirmedSinceMs })?.text;
  };
  const s = en.banner;
  const places = [
    ["suspect", 1_000],
    ["reconnecting", 1_000],
    ["reconnecting", 60_000],
  ];
  const texts = (since) => places.map(([state, awayMs]) => said(state, awayMs, since));
  assert.deepEqual(texts(null), [s.suspectText, s.lostText, s.longText]);
  assert.deepEqual(texts(0), [s.suspectUnconfirmed, s.lostUnconfirmed, s.longUnconfirmed]);
  assert.equal(said("reconnecting", 1_000, null, "moved"), s.movedText);
  assert.equal(said("reconnecting", 1_000, 0, "moved"), s.lostUnconfirmed);
});

test(
  "an answer that did arrive is taken out of the box by the replay, what came after it is not",
  at(async ({ calls, answers, type, lose, shown, page }) => {
    type("One.\nTwo.");
    type("Three.");
    answers.draft("And");
    assert.equal(page.drafts.of("q1"), "One.\nTwo.\nThree.\nAnd");
    await lose();
    assert.deepEqual(shown(), ["One.\nTwo.\nThree.\nAnd", "One.\nTwo.\nThree.\nAnd", "broughtBack"]);
    calls[1].says(WELCOME);
    calls[1].says(typed(2, "One.\nTwo."));
    assert.deepEqual(shown(), ["Three.\nAnd", "Three.\nAnd", ""]);
    calls[1].says(typed(3, "Three."));
    assert.deepEqual(shown(), ["And", "And", ""]);
    assert.equal(page.model.unconfirmedSinceMs, null);
  }),
);

test(
  "an answer that crossed the next question is confirmed by its words",
  at(async ({ calls, answers, type, page }) => {
    type("It was late.");
    calls[0].says(question(2, 2));
    answers.draft("For the second");
    calls[0].says(typed(3, "It was late.", "q2"));
    assert.deepEqual([page.drafts.of("q1"), page.model.draft], ["", "For the second"]);
    assert.equal(page.model.unconfirmedSinceMs, null);
  }),
);

test(
  "an answer names the question it was typed to, and is confirmed under it while the next is there",
  at(async ({ calls, answers, type, page, shown }) => {
    type("It was late.");
    calls[0].says(question(2, 2));
    answers.draft("For the second");
    answers.send("For the second");
    answers.draft("And");
    assert.deepEqual(
      calls[0].sent.filter((m) => m.type === "text_answer").map((m) => [m.text, m.prompt_id]),
      [
        ["It was late.", "q1"],
        ["For the second", "q2"],
      ],
    );
    calls[0].says(hint("typed_added"));
    assert.deepEqual([page.drafts.of("q1"), page.drafts.of("q2")], ["It was late.", "For the second\nAnd"]);
    calls[0].says({ ...typed(3, "It was late."), turn: 4 });
    assert.deepEqual([page.drafts.of("q1"), page.drafts.of("q2")], ["", "For the second\nAnd"]);
    calls[0].says({ ...typed(4, "For the second", "q2"), turn: 5 });
    assert.deepEqual([page.drafts.of("q2"), page.model.draft, page.model.unconfirmedSinceMs], ["And", "And", null]);
    const [first] = page.model.view.questions;
    assert.deepEqual(
      first.segments.map((s) => s.text),
      ["It was late."],
    );
    assert.equal(shown()[2], "");
  }),
);

test(
  "before anything was asked an answer names nothing",
  timed(async (time) => {
    const { client, calls } = rig();
    client.start();
    await time.pass(200);
    calls[0].says(WELCOME);
    assert.ok(client.answer("Hello?"));
    assert.deepEqual(calls[0].sent.at(-1), { type: "text_answer", text: "Hello?" });
    await client.close();
  }),
);

test(
  "the same words for two questions are two answers",
  at(async ({ calls, type, page, lose }) => {
    type("Yes.");
    calls[0].says(question(2, 2));
    type("Yes.");
    calls[0].says(typed(3, "Yes."));
    assert.deepEqual([page.drafts.of("q1"), page.drafts.of("q2")], ["", "Yes."]);
    await lose();
    assert.equal(page.model.draft, "Yes.");
  }),
);

test(
  "after a reload, a draft that the replay knows is no draft",
  timed(async (time) => {
    const keep = new Map();
    const before = await seated(time, keep);
    before.type("We mended it.");
    await before.client.close({ unloading: true });
    const after = await seated(time, keep);
    assert.equal(after.page.model.draft, "We mended it.");
    after.calls[0].says(typed(2, "We mended it."));
    assert.deepEqual(after.shown(), ["", "", ""]);
    assert.equal(keep.size, 0);
    await after.client.close();
  }),
);

test(
  "one too many is put back; one that is noted under no question is not",
  at(async ({ calls, answers, type, shown, sent, page }) => {
    type("First.");
    type("Second.");
    calls[0].says(hint("too_many_answers"));
    assert.deepEqual(shown(), ["Second.", "First.\nSecond.", ""]);
    calls[0].says(typed(2, "First."));
    assert.deepEqual(shown(), ["Second.", "Second.", ""]);
    answers.send("Second."); // nobody doubts that it was not taken
    assert.deepEqual(sent(), ["First.", "Second.", "Second."]);
    calls[0].says(hint("typed_late"));
    assert.deepEqual(shown(), ["", "", ""]);
    assert.equal(page.model.unconfirmedSinceMs, null);
    type("Third.");
    calls[0].says({ type: "error", code: "bad_message", message: "m", recoverable: true });
    assert.deepEqual(shown(), ["Third.", "Third.", "notArrived"]);
  }),
);

test(
  "not connected, too long, over: it stays, and goes with the interview",
  at(async ({ calls, answers, type, lose, shown, page, sent }) => {
    type("語".repeat(6_000));
    assert.equal(page.model.typingProblem, "tooLong");
    assert.equal(page.model.draft.length, 6_000);
    calls[0].options.onDown("cut");
    type("One.");
    assert.deepEqual([shown(), sent()], [["One.", "One.", "notSent"], []]);
    await lose();
    answers.tick();
    assert.deepEqual(shown(), ["One.", "One.", ""], "the page is connected again, and says so no longer");
    type("One.");
    answers.clear();
    await lose();
    assert.deepEqual(shown(), ["", "", ""]);
  }),
);

test(
  "the same words to a question and to its follow-up: each is confirmed by its own",
  at(async ({ calls, page, type }) => {
    type("Yes.");
    calls[0].says({ ...question(2, 1), prompt_id: "q1:1", kind: "follow_up", text: "Really?" });
    type("Yes, really.");
    assert.deepEqual([page.drafts.of("q1"), page.drafts.of("q1:1")], ["Yes.", "Yes, really."]);
    calls[0].says({ ...typed(3, "Yes, really, in the server's words."), prompt_id: "q1:1" });
    assert.deepEqual([page.drafts.of("q1"), page.drafts.of("q1:1")], ["Yes.", ""]);
    calls[0].says({ ...typed(4, "Yes."), prompt_id: "q1" });
    assert.deepEqual([page.drafts.of("q1"), page.model.unconfirmedSinceMs], ["", null]);
  }),
);
