import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff, checkPulse, Ledger, newPulse } from "../../../client/sdk/reconnect.js";

/** A call opened at 0, and the heartbeats that judge it. */
function watched() {
  let pulse = newPulse(0);
  return {
    heard(nowMs) {
      pulse = { ...pulse, heardMs: nowMs };
    },
    check(nowMs) {
      const [next, liveness] = checkPulse(pulse, nowMs);
      pulse = next;
      return liveness;
    },
  };
}

/** Heartbeats every 2 s until `untilMs`, the server heard last at 0. */
function silence(untilMs, stepMs = 2_000) {
  const call = watched();
  const verdicts = [];
  for (let at = stepMs; at <= untilMs; at += stepMs) verdicts.push([at, call.check(at)]);
  return verdicts;
}

test("a silent server is suspect after 4 s and gone after 15 s", () => {
  const verdicts = silence(16_000);
  assert.deepEqual(
    verdicts.find(([, v]) => v === "suspect"),
    [4_000, "suspect"],
  );
  assert.deepEqual(
    verdicts.find(([, v]) => v === "gone"),
    [16_000, "gone"],
  );
});

test("a server that is heard is never suspected", () => {
  const call = watched();
  for (let at = 2_000; at < 60_000; at += 2_000) {
    call.heard(at - 100);
    assert.equal(call.check(at), "ok");
  }
});

test("after a nap the server gets one heartbeat before it is judged", () => {
  const call = watched();
  assert.equal(call.check(2_000), "ok");
  assert.equal(call.check(13_000), "ok");
  assert.equal(call.check(15_000), "suspect");
  call.heard(15_500);
  assert.equal(call.check(17_000), "ok");
});

test("after a long sleep the server has given up, as far as we know: that is doubted at once", () => {
  const call = watched();
  assert.equal(call.check(2_000), "ok");
  assert.equal(call.check(3_600_000), "suspect");
  call.heard(3_600_500);
  assert.equal(call.check(3_602_000), "ok");
});

test("a tab whose timers are throttled still notices that the server is gone", () => {
  const verdicts = silence(120_000, 3_900);
  assert.ok(verdicts.some(([at, v]) => v === "gone" && at <= 20_000));
});

test("the first attempt is immediate, the others wait longer and longer, within the cap", () => {
  for (const random of [() => 0, () => 0.5, () => 0.999]) {
    const backoff = new Backoff({ firstMs: 500, capMs: 8_000, random });
    const waits = Array.from({ length: 10 }, () => backoff.next());
    assert.equal(waits[0], 0);
    const nominal = [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 8_000];
    nominal.forEach((ms, index) => {
      assert.ok(waits[index + 1] >= ms / 2 && waits[index + 1] <= ms, `${waits}`);
    });
    backoff.reset();
    assert.equal(backoff.next(), 0);
  }
});

test("many clients do not come back at the same moment", () => {
  const waits = new Set();
  for (let i = 0; i < 200; i++) {
    const backoff = new Backoff();
    for (let n = 0; n < 5; n++) backoff.next();
    waits.add(backoff.next());
  }
  assert.ok(waits.size > 100);
});

test("Retry-After is never undercut", () => {
  for (let i = 0; i < 100; i++) {
    const wait = new Backoff().next(10);
    assert.ok(wait >= 10_000 && wait <= 12_500, String(wait));
  }
});

test("each durable event is accepted once, in whatever order it comes", () => {
  const ledger = new Ledger();
  assert.deepEqual(
    [3, 12, 3, 4, 12, 0, -1].map((seq) => ledger.accept(seq)),
    [true, true, false, true, false, false, false],
  );
});

test("what was told and never written is known by where the next server found the log", () => {
  const ledger = new Ledger();
  const void_ = (last_seq, found_seq) => ledger.isVoid({ last_seq, found_seq });
  assert.ok(!void_(3, 1));
  for (const seq of [4, 5, 6, 7]) ledger.accept(seq);
  assert.ok(!void_(9, 1)); // the same server: it knows of all it told
  assert.ok(!void_(9, 7)); // another, and everything was written
  assert.ok(void_(9, 5)); // another, which gave 6 and 7 to other events
  ledger.reset();
  for (const seq of [5, 6, 7]) ledger.accept(seq);
  assert.ok(!void_(9, 5));
  assert.ok(void_(6, 5)); // a log that has become shorter, whoever lost it
  assert.ok(!void_(9, undefined)); // a server that does not say
});

test("what a cut replay has left out is asked for again", () => {
  const ledger = new Ledger();
  for (const seq of [1, 2, 3]) ledger.accept(seq);
  ledger.settle();
  ledger.accept(12); // a new event overtakes the replay of 4…11, and the line is cut
  assert.equal(ledger.lastSeq, 3);
  for (let seq = 4; seq < 12; seq++) assert.ok(ledger.accept(seq));
  ledger.settle();
  assert.equal(ledger.lastSeq, 12);
});
