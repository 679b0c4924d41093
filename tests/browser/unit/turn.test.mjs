// What the page is told of turn-taking: which prompt, how long the wait is, what may be undone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { INITIAL, placeNow, skippedName } from "../../../client/page/model.js";
import { captionNews, choiceNews, hintNews, pageNews, turnNews } from "../../../client/page/news.js";
import { heardLast } from "../../../client/page/screens/notes.js";
import { noteOf, soundArrives } from "../../../client/page/screens/presence.js";
import { lastHeard } from "../../../client/sdk/hints.js";
import {
  currentQuestion,
  dropInterims,
  EMPTY_VIEW,
  fold,
  furthestNumber,
  isOpenedAgain,
} from "../../../client/sdk/store.js";
import { filled } from "../../../client/sdk/wait.js";
import { en } from "../../../client/strings/en.js";
import { rig, timed } from "./rig.mjs";

const asked = (number, extra = {}) => ({
  type: "question",
  seq: number * 10,
  prompt_id: `q${number}`,
  kind: "question",
  question_id: `q${number}`,
  number,
  of: 3,
  text: `Question ${number}?`,
  ...extra,
});
const state = (promptId, extra = {}) => ({
  type: "state",
  status: "listening",
  stage: "answer",
  activity: "listening",
  can: ["done"],
  prompt_id: promptId,
  number: 1,
  ...extra,
});
const said = (question, id, text, extra = {}) => ({
  type: "transcript",
  seq: 90 + Number(id),
  segment_id: id,
  prompt_id: question,
  question_id: question,
  text,
  final: true,
  ...extra,
});
const turn = (phase, extra = {}) => ({ type: "turn", phase, reason: "", ...extra });
const paused = (silence_ms, wait_ms) => turn("paused", { silence_ms, wait_ms });
const hint = (code, text = code) => ({ type: "hint", code, text });
const caption = (text, kind = "k") => ({ type: "caption", utterance_id: "u", kind, text, duration_ms: 1000 });
const VOICES = [pageNews, turnNews, captionNews, hintNews, choiceNews];
/** Each message a moment of its own: the clock stands at its place in the list. */
const all = (...messages) => messages.reduce((view, message, at) => fold(view, message, at * 1_000), EMPTY_VIEW);

test("the server says which prompt it is, the newest is only a guess", () => {
  const before = all(asked(1), said("q1", "1", "one"), asked(2), state("q2"));
  assert.deepEqual([before.promptId, isOpenedAgain(before)], ["q2", false]);
  const again = fold(before, state("q1"), 0);
  assert.deepEqual([again.promptId, isOpenedAgain(again), furthestNumber(again)], ["q1", true, 2]);
  assert.deepEqual(
    currentQuestion(again).segments.map((segment) => segment.text),
    ["one"],
  );
  const back = fold(again, state("q2"), 0);
  assert.deepEqual([back.promptId, isOpenedAgain(back)], ["q2", false]);
});

test("a question that is replayed, or asked again, moves nobody away from the open answer", () => {
  const again = all(asked(1), asked(2), state("q1"));
  assert.equal(fold(again, asked(2, { asked_again: true, seq: 30 }), 0).promptId, "q1");
  // A reload: the state is told before the story, and again after it.
  assert.equal(all(state("q1"), asked(1), asked(2)).promptId, "q1");
  assert.equal(all(state("q1"), asked(2), asked(1)).promptId, "q1");
  assert.equal(all(state("q1")).promptId, "", "nothing is known of it yet");
});

test("a prompt that has not come yet leaves the one before it on the screen", () => {
  const early = all(asked(1), state("q1"), state("q2"));
  assert.equal(early.promptId, "q1");
  assert.equal(fold(early, asked(2), 0).promptId, "q2");
});

test("a server that does not name the prompt: it is the newest", () => {
  const { prompt_id: _, ...older } = state("q1");
  assert.equal(all(asked(1), older, asked(2)).promptId, "q2");
});

test("back to a question, a follow-up, practice: each by its name", () => {
  const s = (view) => placeNow(view, currentQuestion(view), en);
  const beside = (kind, id, seq) => asked(1, { kind, prompt_id: id, seq });
  const later = all(
    beside("practice", ":practice", 1),
    asked(1),
    beside("follow_up", "q1:1", 15),
    asked(2),
    beside("candidate_questions", ":candidate_questions", 30),
  );
  const places = [":practice", "q1", "q1:1", "q2", ":candidate_questions"].map((id) => s(fold(later, state(id), 0)));
  assert.deepEqual(places, [
    "Back to practice",
    "Back to question 1",
    "Back to the follow-up to question 1",
    "Back to question 2",
    "Your questions",
  ]);
  assert.equal(s(all(asked(1), state("q1"))), "Question 1 of 3");
});

test("the wait runs from the silence there was, and is over when speech resumes", () => {
  const view = fold(EMPTY_VIEW, paused(700, 2_000), 10_000);
  assert.deepEqual(view.wait, { shown: 0, from: 0.35, fromMs: 10_000, endMs: 11_300 });
  assert.deepEqual(
    [9_000, 10_000, 10_650, 11_300, 60_000].map((nowMs) => Number(filled(view.wait, nowMs).toFixed(3))),
    [0.35, 0.35, 0.675, 1, 1],
  );
  for (const phase of ["resumed", "started", "ended"]) assert.equal(fold(view, turn(phase), 0).wait, null);
  assert.equal(fold(view, state("", { activity: "thinking" }), 0).wait, null);
  assert.equal(dropInterims(view).wait, null, "what a lost call said of it is no longer so");
  assert.notEqual(fold(view, state(""), 0).wait, null);
});

test("a wait that grows goes on from what was shown", () => {
  const before = fold(EMPTY_VIEW, paused(700, 2_000), 10_000);
  const after = fold(before, paused(1_350, 5_400), 10_650);
  assert.deepEqual(after.wait, { shown: 0.675, from: 0.25, fromMs: 10_650, endMs: 14_700 });
});

test("no wait is told, none is shown; one that is over is full", () => {
  assert.equal(fold(EMPTY_VIEW, turn("paused"), 0).wait, null);
  assert.equal(fold(EMPTY_VIEW, paused(700, 0), 0).wait, null);
  const known = fold(EMPTY_VIEW, paused(700, 2_000), 0);
  assert.equal(fold(known, turn("paused"), 0).wait, null, "the silence does not end it any more");
  const late = fold(EMPTY_VIEW, paused(9_000, 2_000), 5).wait;
  assert.deepEqual([late.from, filled(late, 5)], [1, 1]);
});

test("what was skipped is named while it can be undone", () => {
  const undo = (skipped) => ({ can: ["repeat", "undo_skip"], skipped });
  const beside = asked(1, { kind: "follow_up", prompt_id: "q1:1", seq: 15 });
  const view = all(asked(1), beside, asked(2), asked(3), state("q3", undo("q2")));
  assert.equal(skippedName(view, en), "Question 2 skipped.");
  assert.equal(fold(view, state("q3"), 0).skippedId, "");
  assert.equal(skippedName(fold(view, state("q2", undo("q1:1")), 0), en), "Follow-up skipped.");
  assert.equal(skippedName(all(state("q3", undo("q2"))), en), "Skipped.", "a reload: it is not known yet");
});

test("a question back stands while it may be answered", () => {
  const question = { can: ["confirm"], confirm: "Shall I repeat the question?" };
  const view = all(state("", question));
  assert.equal(view.confirm, "Shall I repeat the question?");
  assert.equal(fold(view, state("", { ...question, can: [] }), 0).confirm, "");
  assert.equal(fold(view, state(""), 0).confirm, "");
});

test(
  "a choice and an undo are sent as they are named",
  timed(async (time) => {
    const { client, calls } = rig();
    client.start();
    await time.pass(200);
    calls[0].says({ type: "welcome", connection_epoch: 1, last_seq: 0, questions_total: 3 });
    assert.ok(["yes", "no", "answer"].every((choice) => client.confirm(choice)) && client.undoSkip());
    assert.deepEqual(calls[0].sent.slice(-4), [
      { type: "confirm", choice: "yes" },
      { type: "confirm", choice: "no" },
      { type: "confirm", choice: "answer" },
      { type: "undo_skip" },
    ]);
    await client.close();
    assert.equal(client.undoSkip(), false);
  }),
);

test("advice stays until the next question, and is given once", () => {
  const advised = all(asked(1), hint("use_headphones"), turn("started"), caption("Hm."), hint("quiet"), state("q1"));
  assert.deepEqual([advised.advice.code, advised.hint.code], ["use_headphones", "quiet"]);
  assert.notEqual(fold(advised, asked(1, { asked_again: true, seq: 30 }), 0).advice, null);
  const next = fold(advised, asked(2), 0);
  assert.equal(next.advice, null);
  assert.equal(fold(next, hint("use_headphones"), 0).advice, null);
});

test("what helps to hear the bot outlasts what it says, not what the candidate says", () => {
  for (const code of ["volume", "cannot_hear", "trouble"]) {
    const view = all(hint(code), caption("Question 1?"), turn("paused"));
    assert.equal(view.hint.code, code);
    assert.equal(fold(view, turn("started"), 0).hint, null);
  }
  assert.equal(all(hint("quiet"), caption("Take your time.")).hint, null);
});

test("time to think is granted until the candidate goes on", () => {
  const view = all(hint("thinking"), turn("paused"));
  assert.equal(view.hint.code, "thinking");
  assert.equal(fold(view, turn("resumed"), 0).hint, null);
  assert.equal(fold(view, turn("started"), 0).hint, null);
  assert.equal(fold(fold(view, hint("quiet"), 0), turn("resumed"), 0).hint.code, "quiet");
});

test("what was heard last stands beside the question for it, until it is said again", () => {
  const words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen";
  const before = all(asked(1), said("q1", "1", words), said("q1", "2", "and more", { final: false, seq: undefined }));
  const goesOn = said("q1", "3", "this was not lost", { final: false, seq: undefined });
  const lost = [hint("lost_audio"), goesOn, turn("paused"), caption("I lost you.", "lost_you")].reduce(
    (view, message) => fold(view, message, 0),
    before,
  );
  const model = { ...INITIAL, screen: "call", view: lost };
  const heard = "Last heard: “… four five six seven eight nine ten eleven twelve thirteen fourteen fifteen and more”";
  assert.equal(heardLast(model, en), heard);
  assert.equal(hintNews(en, model), `lost_audio ${heard}`);
  const aloud = fold(lost, caption("lost_audio", "lost_you"), 0);
  assert.equal(hintNews(en, { ...model, view: aloud }), heard, "the rest of it is said aloud");
  assert.equal(heardLast({ ...model, view: fold(lost, turn("resumed"), 0) }, en), "");
  assert.equal(heardLast({ ...model, view: fold(lost, turn("ended"), 0) }, en), "");
  assert.equal(heardLast({ ...model, view: before }, en), "");
  // After a reconnect it is only said.
  const spokenOnly = fold(before, caption("I lost you.", "lost_you"), 0);
  assert.equal(heardLast({ ...model, view: spokenOnly }, en), heard);
  assert.equal(lastHeard(null), "");
  assert.equal(lastHeard(all(asked(1), said("q1", "1", "only this")).questions[0]), "only this");
  const long = lastHeard(all(asked(1), said("q1", "1", `${"x".repeat(70)} ${"y".repeat(70)} end`)).questions[0]);
  assert.equal(long, `… ${"y".repeat(70)} end`);
});

test("a pause says nothing to who listens to the page", () => {
  const open = { ...INITIAL.connection, state: "open" };
  const model = { ...INITIAL, screen: "call", hasMicrophone: true, connection: open };
  const heard = (view) => VOICES.map((news) => news(en, { ...model, view }, ""));
  const messages = [asked(1), state("q1"), turn("started"), paused(300, 2_000), paused(900, 4_000), turn("resumed")];
  const views = messages.map((_, at) => all(...messages.slice(0, at + 1))).slice(1);
  assert.equal(new Set(views.map((view) => heard(view).join("|"))).size, 1);
});

test("what may be chosen is announced once, and not over the voice that asks", () => {
  const open = { ...INITIAL.connection, state: "open" };
  const model = { ...INITIAL, screen: "call", hasMicrophone: true, connection: open };
  const asks = { can: ["confirm"], confirm: "Shall I repeat the question?" };
  const heard = (...messages) => choiceNews(en, { ...model, view: all(asked(1), asked(2), state("q2"), ...messages) });
  assert.equal(heard(state("q2", { ...asks, activity: "speaking" })), "");
  assert.equal(heard(state("q2", asks)), en.call.announceConfirm);
  const skipped = (activity) => heard(asked(3), state("q3", { can: ["undo_skip"], skipped: "q2", activity }));
  assert.equal(skipped("speaking"), "Question 2 skipped. You can undo this for a few seconds.");
  assert.equal(skipped("listening"), skipped("speaking"));
  assert.equal(heard(), "");
});

const OPEN = { ...INITIAL.connection, state: "open" };
const CALL = { ...INITIAL, screen: "call", hasMicrophone: true, connection: OPEN, nowMs: 100_000 };

test("nobody is told that they are heard unless sound arrives", () => {
  const view = all(asked(1), state("q1"), turn("started"));
  const note = (changes) => noteOf(en, { ...CALL, view, ...changes });
  const { hearing } = en.call.notes;
  assert.equal(note({}), hearing, "a server that tells no levels is believed");
  assert.equal(note({ microphoneLevelMs: 99_500, serverLevelMs: 97_000 }), hearing);
  assert.equal(note({ microphoneLevelMs: 98_900 }), en.words.notArriving, "the meter stands still");
  assert.equal(note({ microphoneLevelMs: 99_990, serverLevelMs: 96_000 }), en.words.notArriving);
  assert.equal(soundArrives({ ...CALL, serverLevelMs: 96_000 }), false);
  for (const connection of [
    { ...OPEN, state: "suspect" },
    { ...OPEN, state: "reconnecting" },
  ]) {
    assert.equal(note({ connection }), "", "the banner says what is so");
  }
  for (const gone of [{ muted: true }, { microphoneTrouble: "ended" }, { hasMicrophone: false }]) {
    assert.notEqual(note(gone), hearing);
  }
});

test("one thing at a time is said of the state", () => {
  const pause = all(asked(1), state("q1"), turn("started"), paused(0, 30_000));
  const note = (view, changes) => noteOf(en, { ...CALL, view, ...changes });
  assert.equal(note(pause), en.call.notes.waiting);
  assert.equal(note(fold(pause, hint("thinking", "Take your time."), 0)), "Take your time.", "beside the ring");
  assert.equal(note(fold(pause, hint("quiet"), 0)), "", "the hint says it");
  assert.equal(note(pause, { microphoneTrouble: "ended" }), "", "the banner says it");
  assert.equal(note(all(asked(1), state("q1"))), en.call.notes.listening);
});

test(
  "when the server said how loud it hears us is known, of this call alone",
  timed(async (time) => {
    const { client, calls } = rig();
    const welcome = { type: "welcome", connection_epoch: 1, last_seq: 0, questions_total: 3 };
    client.start();
    await time.pass(200);
    calls[0].says(welcome);
    assert.equal(client.levelMs, null);
    let changes = 0;
    client.on("change", () => (changes += 1));
    calls[0].says({ type: "level", dbfs: -30, speech: true });
    assert.equal(client.levelMs, performance.now());
    assert.equal(changes, 0, "nothing is drawn for it");
    calls[0].says(welcome);
    assert.equal(client.levelMs, null);
    await client.close();
  }),
);

test("what is announced is not said again when something else is over", () => {
  const heard = (view, changes) => VOICES.map((news) => news(en, { ...CALL, view, ...changes }, ""));
  const quiet = all(asked(1), state("q1"));
  const noted = fold(quiet, hint("quiet", "I can't hear anything yet."), 0);
  const turnBefore = heard(quiet)[1];
  assert.equal(turnBefore, "Question 1 of 3. Listening. Your turn.");
  assert.deepEqual(heard(noted), ["", turnBefore, "", "I can't hear anything yet.", ""]);
  assert.deepEqual(heard(noted, { notice: "Not now." })[1], turnBefore);
});

test("without a microphone what the interviewer says is announced, the question when it is to be answered", () => {
  const typist = { ...CALL, hasMicrophone: false };
  const heard = (view, model = typist) => [captionNews(en, { ...model, view }), turnNews(en, { ...model, view })];
  const speaking = { stage: "greeting", activity: "speaking" };
  const greeting = all(state("", speaking), caption("Hello, I am an AI.", "greeting"));
  assert.deepEqual(heard(greeting), ["Hello, I am an AI.", ""]);
  assert.deepEqual(heard(greeting, CALL), ["", ""], "who speaks hears it");
  const asking = state("q1", { activity: "speaking" });
  assert.deepEqual(heard(all(asked(1), asking, caption("Question 1?", "question"))), ["", ""]);
  assert.deepEqual(heard(all(asked(1), asking, caption("Sure. Question 1?", "repeat"))), ["", ""]);
  assert.deepEqual(
    heard(all(asked(1), asking, caption("Would you like to try?", "skip_offer")))[0],
    "Would you like to try?",
  );
  const failed = { ...caption("Question 1?", "question"), spoken: false };
  const ended = { type: "caption_ended", utterance_id: "u", heard_ms: 0, complete: true };
  assert.deepEqual(
    heard(all(asked(1), asking, failed, ended, state("q1")), CALL),
    ["", "Question 1 of 3. Question 1? Listening. Your turn."],
    "where no voice says it, nor anything else",
  );
  const offer = { ...caption("Would you like to try?", "skip_offer"), spoken: false };
  assert.equal(heard(all(asked(1), asking, offer, ended), CALL)[0], "Would you like to try?");
  const [said, turnToo] = heard(all(asked(1), asking, caption("Question 1?"), state("q1")));
  assert.deepEqual([said, turnToo], ["", "Question 1 of 3. Question 1? Your turn to answer."]);
});
