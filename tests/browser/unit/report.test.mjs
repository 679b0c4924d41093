// What the report page works out before it draws anything.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { nameOf } from "../../../client/report/api.js";
import { typedPieces } from "../../../client/report/evaluation.js";
import { Format } from "../../../client/report/format.js";
import { facts, marks, pieces, sections, standing, turnKind } from "../../../client/report/model.js";
import { takePlace } from "../../../client/report/place.js";
import { audible, clips, clock, lastBegun, nextStart, recordingAt, silences } from "../../../client/report/timeline.js";

const EXAMPLE = readFileSync(new URL("../../report/example.json", import.meta.url), "utf8");
const example = () => JSON.parse(EXAMPLE);
const word = (w, s, e, c = 0.9) => ({ w, s, e, c });
const storage = () => {
  const kept = new Map();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), kept };
};

test("follow-ups stand beneath their question, with the server's numbers", () => {
  const { questions, practice } = sections(example());
  assert.deepEqual(
    questions.map((one) => one.number),
    ["1", "2", "3", "4", "5", "6"],
  );
  assert.deepEqual(
    questions[0].followUps.map((one) => one.number),
    ["1a"],
  );
  assert.equal(practice.length, 0);
  assert.ok(questions[0].start_s < questions[0].answer.turns[0].start_s, "the question comes first");
  assert.equal(sections({ ...example(), result: { ...example().result, answers: [] } }).questions.length, 0);
});

test("the words of a turn are its text, whatever stands between them", () => {
  const turn = {
    text: "  Yes — so, I moved.  ",
    words: [word("Yes", 1, 1.2), word(" so,", 1.3, 1.4), word("moved.", 2, 2.4)],
  };
  const found = pieces(turn, 0.5);
  assert.equal(found.map(({ text, after }) => text + after).join(""), turn.text);
  assert.deepEqual(
    found.map((one) => one.start_s),
    [1, 1.3, 2],
  );
  assert.deepEqual(pieces({ text: "typed", words: [] }, 0.5), []);
});

test("words that the text does not have are shown, and no later word is missed by them", () => {
  const turn = {
    text: "one two three",
    words: [word("one", 0, 1), word("zwei", 1, 2), word("three", 2, 3), word("  ", 3, 3)],
  };
  assert.deepEqual(
    pieces(turn, 0.5).map((one) => one.text),
    ["one", "zwei", "three"],
  );
});

test("a word is uncertain below the server's limit; without a figure it is not", () => {
  const turn = { text: "a b c", words: [word("a", 0, 1, 0.49), word("b", 1, 2, 0.5), word("c", 2, 3, null)] };
  assert.deepEqual(
    pieces(turn, 0.5).map((one) => one.unsure),
    [true, false, false],
  );
});

test("every status of the server has a standing, also one that is not known yet", () => {
  const of = (status, more = {}) =>
    standing({ interview: { status, started_at: "2026-01-01T00:00:00Z", ...more }, result: {} });
  assert.equal(of("completed", { partial: false }), "complete");
  assert.equal(of("completed", { partial: true }), "partial");
  assert.equal(standing({ interview: { status: "completed" }, result: { review: { status: "open" } } }), "waiting");
  assert.equal(of("ended_by_candidate"), "left");
  for (const over of ["declined", "abandoned", "expired", "cancelled", "failed"]) assert.equal(of(over), over);
  assert.equal(of("listening"), "running");
  assert.equal(of("something_new"), "running");
  assert.equal(of("created", { started_at: null }), "not_begun");
});

test("facts count the core questions, and the words of all but practice", () => {
  const found = facts(example());
  assert.equal(found.of, 6);
  assert.equal(found.followUps, 1);
  assert.equal(found.unsure, 2);
  assert.ok(marks(example()).unsure && marks(example()).lost && marks(example()).absent);
  assert.equal(turnKind({ set_aside: "", request: "", text: "" }), "empty");
  assert.equal(turnKind({ set_aside: "echo", request: "", text: "x" }), "aside");
  assert.equal(turnKind({ set_aside: "", request: "skip", text: "x" }), "request");
});

test("places on the timeline", () => {
  const report = example();
  const recordings = audible(report);
  assert.equal(recordingAt(recordings, 10)?.file, "audio-0001.ogg");
  assert.equal(recordingAt(recordings, 120)?.file, "audio-0002.ogg");
  assert.equal(recordingAt(recordings, 1e6), null);
  assert.equal(nextStart(recordings, 10, 99), 105.01);
  assert.equal(nextStart(recordings, 110, 99), 99);
  const said = clips(report);
  assert.ok(said.length > 5 && said.every((one, index) => !index || one.start_s >= said[index - 1].start_s));
  assert.equal(lastBegun(said, -1), -1);
  assert.equal(lastBegun(said, said[3].start_s), 3);
  assert.equal(lastBegun([], 4), -1);
});

test("a recording that is still open reaches to the end; one without an address is silent", () => {
  const recordings = [
    { file: "a", url: null, start_s: 0, duration_s: 5 },
    { file: "b", url: "b", start_s: 5, duration_s: 0 },
  ];
  assert.deepEqual(
    audible({ recordings, duration_s: 12 }).map((one) => [one.file, one.duration_s]),
    [["b", 7]],
  );
});

test("no silence holds a word, and what the interviewer says counts where it is heard", () => {
  const report = example();
  const words = report.result.answers.flatMap((a) => a.turns.flatMap((turn) => turn.words));
  const alone = silences(report, false);
  const both = silences(report, true);
  for (const gap of both) {
    assert.ok(words.every((one) => one.e <= gap.start_s || one.s >= gap.end_s));
    assert.ok(clips(report).every((one) => one.end_s <= gap.start_s || one.start_s >= gap.end_s));
  }
  const length = (gaps) => gaps.reduce((sum, gap) => sum + gap.end_s - gap.start_s, 0);
  assert.ok(length(alone) > length(both) && length(both) > 20);
});

test("times are minutes and seconds, with hours where there are some", () => {
  assert.deepEqual([0, 59.99, 60, 754.2, 3754, -1].map(clock), ["0:00", "0:59", "1:00", "12:34", "1:02:34", "0:00"]);
  const format = new Format("en");
  assert.deepEqual(
    [3.4, 42, 200, 3900].map((s) => format.duration(s)),
    ["3.4 sec", "42 sec", "3 min 20 sec", "1 hr 5 min"],
  );
  assert.equal(format.date("no date"), "no date");
});

test("the token is taken out of the address, and a reload still has it", () => {
  const kept = storage();
  const seen = [];
  const history = { state: null, replaceState: (...args) => seen.push(args[2]) };
  const token = "t".repeat(40);
  const first = takePlace({ href: `https://h.example/base/r/int_1?x=1#${token}` }, history, kept);
  assert.deepEqual(first, { base: "https://h.example/base", interview: "int_1", token });
  assert.deepEqual(seen, ["/base/r/int_1?x=1"]);
  assert.equal(takePlace({ href: "https://h.example/base/r/int_1#p-3" }, history, kept).token, token);
  assert.equal(
    takePlace({ href: "https://h.example/base/r/int_2" }, history, kept).token,
    "",
    "each interview has its own",
  );
  const refusing = {
    getItem: () => {
      throw new Error("no");
    },
    setItem: () => {
      throw new Error("no");
    },
  };
  assert.equal(takePlace({ href: `https://h.example/r/i#${token}` }, history, refusing).token, token);
  assert.equal(takePlace({ href: "https://h.example/r/i" }, history, null).token, "");
});

test("the name of a file never leads out of its folder", () => {
  assert.equal(nameOf('attachment; filename="report.csv"'), "report.csv");
  assert.equal(nameOf("attachment; filename=\"x\"; filename*=UTF-8''Z%C3%BCrich.csv"), "Zürich.csv");
  assert.equal(nameOf('attachment; filename="../../etc/passwd"'), "passwd");
  assert.equal(nameOf("attachment; filename*=UTF-8''%E0%A4%A"), null);
  assert.equal(nameOf(null), null);
});

test("what was quoted of a typed text is marked, also where quotes overlap", () => {
  const typed = { prompt_id: "q1", turn_epoch: 1, start_s: null };
  const quotes = [
    { ...typed, text: "nine hours" },
    { ...typed, text: "hours to two" },
    { ...typed, prompt_id: "q2", text: "It cut" },
    { ...typed, turn_epoch: null, text: "It cut" },
    { ...typed, start_s: 3, text: "It cut" },
  ];
  const report = { result: { evaluation: { criteria: [{ quotes }] } } };
  const marked = (text) => typedPieces(report, "q1", text).map((one) => (one.quoted ? `[${one.text}]` : one.text));
  assert.equal(marked("It cut nine hours to two.").join(""), "It cut [nine ][hours][ to two].");
  assert.deepEqual(marked("Nothing of it."), ["Nothing of it."]);
  assert.deepEqual(typedPieces({ result: { evaluation: null } }, "q1", "All."), [{ text: "All.", quoted: false }]);
});
