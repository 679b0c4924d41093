// What the operations page draws and says, without a browser.
import assert from "node:assert/strict";
import { test } from "node:test";

import { pathOf } from "../../../client/ops/chart.js";
import { LastSaid, Series, SPAN_MS, stretches } from "../../../client/ops/series.js";
import { judged, OLD_MS, stopwatch } from "../../../client/ops/verdict.js";
import { long, short } from "../../../client/ops/words.js";

const LOAD = { in_call: 2, loop_lag_p99_s: 0.01, cpu_cores: 0.5, stt_wait_s: 0 };
const AT = Date.parse("2026-11-29T10:00:00Z");

/** @param {number} number @param {object} [more] */
const worker = (number, more = {}) => ({ number, signs: [], load: LOAD, history: null, ...more });
/** @param {object[]} workers @param {number} [ms] @param {number[]} [silent] */
const answer = (workers, ms = 0, silent = []) => ({ now: new Date(AT + ms).toISOString(), workers, silent });
const sign = (level, text) => ({ level, code: "x", text });

test("it is healthy when no worker has anything to say", () => {
  assert.deepEqual(judged(answer([worker(0)]), 0), { level: "good", title: "Healthy", reasons: [] });
});

test("the worst comes first, and names its worker where there are several", () => {
  const found = judged(
    answer([worker(1, { signs: [sign("warn", "late")] }), worker(2, { signs: [sign("bad", "no disk")] })]),
    0,
  );
  assert.equal(found.level, "bad");
  assert.deepEqual(found.reasons, ["Worker 2: no disk", "Worker 1: late"]);
});

test("what several workers say alike is said once", () => {
  const cpu = (text) => ({ level: "warn", code: "cpu", text });
  const some = [
    worker(1, { signs: [cpu("95 % of CPU"), sign("warn", "slow"), sign("warn", "all")] }),
    worker(2, { signs: [cpu("96 % of CPU"), sign("warn", "slow"), sign("warn", "all")] }),
    worker(3, { signs: [sign("warn", "all")] }),
  ];
  assert.deepEqual(judged(answer(some), 0).reasons, ["95 % of CPU", "Workers 1, 2: slow", "All"]);
});

test("a worker that does not answer is no healthy one", () => {
  const found = judged(answer([worker(1)], 0, [2]), 0);
  assert.deepEqual([found.level, found.reasons], ["bad", ["Worker 2 does not answer"]]);
});

test("a server that has just begun waits for its other workers", () => {
  const found = judged(answer([worker(1, { uptime_s: 59 })], 0, [2]), 0);
  assert.deepEqual([found.level, found.reasons], ["warn", ["Worker 2 is starting, or does not answer"]]);
  const later = [worker(1, { uptime_s: 60 }), worker(3, { uptime_s: 5 })];
  assert.equal(judged(answer(later, 0, [2]), 0).level, "bad");
});

test("old figures are never called healthy", () => {
  assert.equal(judged(answer([worker(0)]), OLD_MS).level, "old");
  assert.equal(judged(answer([]), 0).level, "bad");
});

test("figures grow old while a computer sleeps, and when its clock is set back", () => {
  let awake = 1_000;
  let wall = AT;
  const age = stopwatch([() => awake, () => wall]);
  wall += 3_600_000;
  assert.equal(age.ms(), 3_600_000, "it slept");
  age.restart();
  assert.equal(age.ms(), 0);
  awake += OLD_MS;
  wall -= 60_000;
  assert.equal(age.ms(), OLD_MS, "it was set back");
});

test("ten minutes are kept: the server's own, then what was asked", () => {
  const series = new Series();
  const history = [-5_000, -700_000].map((ms) => ({ ...LOAD, at: new Date(AT + ms).toISOString() })).reverse();
  series.add(answer([worker(1, { history })]));
  assert.equal(series.of(1, "in_call").length, 2, "one was too old");
  series.add(answer([worker(1)], 2_000));
  series.add(answer([worker(1)], 2_000));
  assert.equal(series.of(1, "in_call").length, 3, "the same moment is there once");
  series.add(answer([worker(2, { load: { ...LOAD, stt_wait_s: null } })], 4_000, [1]));
  assert.equal(series.of(1, "in_call").length, 3, "it is silent, and stays");
  assert.equal(series.of(2, "stt_wait_s")[0].value, 60);
  series.add(answer([worker(2)], 6_000));
  assert.deepEqual(series.of(1, "in_call"), []);
});

test("what a silent worker said last stays until there is no such worker", () => {
  const said = new LastSaid();
  const numbers = (given) => said.update(given).map(({ number, at }) => `${number}${at}`);
  assert.deepEqual(numbers(answer([worker(1, { at: "a" }), worker(2, { at: "a" })])), ["1a", "2a"]);
  assert.deepEqual(numbers(answer([worker(1, { at: "b" })], 0, [2, 3])), ["1b", "2a"]);
  assert.deepEqual(numbers(answer([worker(1, { at: "c" })])), ["1c"]);
});

test("what nobody knows is not drawn", () => {
  const points = [0, 5_000, 40_000].map((ms) => ({ at: AT + ms, value: 1 }));
  assert.deepEqual(
    stretches(points).map((some) => some.length),
    [2, 1],
  );
  assert.equal(pathOf(points, AT + SPAN_MS, 1).match(/M/g)?.length, 2);
  assert.equal(pathOf([], AT, 1), "");
});

test("times have units that suit them", () => {
  assert.deepEqual([short(0.0034), short(1.24), short(20), short(null)], ["3 ms", "1.2 s", "20 s", "no end"]);
  assert.deepEqual([long(59), long(3_599), long(90_000)], ["59 s", "60 min", "1 d 1 h"]);
});
