// The whole client, table and shell, in a world that behaves badly: fixed seeds, virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InterviewError } from "../../../client/sdk/errors.js";
import { chances } from "./chances.mjs";
import { JOINED, rig, timed } from "./rig.mjs";

const SEEDS = [11, 12, 13, 14, 15, 16];
const STEPS = 150;
const RESTING = ["idle", "parked", "superseded", "failed", "closed", "ended"];

/** A server whose answers are late, missing, refusals, or fine. */
function badWorld(random) {
  const joins = Array.from({ length: 400 }, () => (random() < 0.2 ? [503, {}] : [200, JOINED]));
  const opening = () => {
    const chance = random();
    if (chance < 0.15) return () => Promise.reject(new InterviewError("network", "m"));
    if (chance < 0.25) return () => Promise.reject(new InterviewError("token", "m", { status: 401 }));
    if (chance < 0.35) return () => new Promise(() => {});
    const delayMs = random() * 3_000;
    return () => new Promise((resolve) => setTimeout(resolve, delayMs));
  };
  return rig({ joins, opens: Array.from({ length: 400 }, opening), random });
}

const state = (stage) => ({ type: "state", status: stage, stage, activity: "idle", can: [] });
const error = (code, recoverable) => ({ type: "error", code, message: "m", recoverable });

/** What may happen next, each as likely as it is written. */
const EVENTS = [
  ...Array(3).fill(({ client }) => client.start()),
  ...Array(2).fill(({ client }) => client.retryNow()),
  ...Array(2).fill(({ client }) => client.useMicrophone(null)),
  ...Array(2).fill(({ online }) => online()),
  ...Array(12).fill(({ call }) => call?.says({ type: "pong", t_ms: 1 })),
  ...Array(3).fill(({ call }) => call?.options.onDown("cut")),
  ({ old }) => old?.options.onDown("late"),
  ({ old }) => old?.says(error("superseded", false)),
  ({ call }) => call?.says(error("moved", true)),
  ({ call }) => call?.says(error("superseded", false)),
  ({ call }) => call?.says(error("deleted", false)),
  ({ call }) => call?.says(state("parked")),
  ({ client }) => void client.close(),
];

for (const seed of SEEDS) {
  test(
    `a client in a bad world (seed ${seed}) has one call at most and never hangs`,
    timed(async (time) => {
      const random = chances(seed);
      const { client, calls } = badWorld(random);
      const held = () => calls.filter((call) => !call.closed);
      const online = () => client.online();
      let restlessMs = 0;
      for (let step = 0; step < STEPS; step++) {
        const event = EVENTS[Math.floor(random() * EVENTS.length)];
        event({ client, online, call: held()[0], old: calls.at(-2) });
        assert.ok(held().length <= 1, `${held().length} calls at once`);
        const passMs = random() < 0.2 ? 5_000 : random() * 1_500;
        await time.pass(passMs);
        assert.ok(held().length <= 1, `${held().length} calls at once`);
        const { state: shown } = client.connection;
        if (RESTING.includes(shown)) assert.equal(held().length, 0, shown);
        restlessMs = shown === "open" || RESTING.includes(shown) ? 0 : restlessMs + passMs;
        assert.ok(restlessMs < 180_000, `stuck in ${shown}`);
      }
      assert.ok(calls.length > 5, `${calls.length} calls`);
    }),
  );

  test(
    `the end is not lost (seed ${seed}), whatever follows it`,
    timed(async (time) => {
      const random = chances(seed);
      const { client, calls } = badWorld(random);
      client.start();
      for (let tries = 0; tries < 300 && client.connection.state !== "open"; tries++) await time.pass(500);
      assert.equal(client.connection.state, "open");
      calls.at(-1).says({ type: "completed", seq: 9, status: "completed", answered: 2, of: 2 });
      const made = calls.length;
      for (let step = 0; step < 40; step++) {
        const event = EVENTS[Math.floor(random() * EVENTS.length)];
        event({ client, online: () => client.online(), call: calls.at(-1), old: calls.at(-2) });
        await time.pass(random() * 1_000);
        assert.equal(client.connection.state, "ended");
      }
      assert.equal(client.view.completed.status, "completed");
      assert.deepEqual([calls.length, calls.at(-1).closed], [made, true]);
    }),
  );
}
