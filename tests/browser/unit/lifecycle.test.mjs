// The transition table of a connection: every pair, every deadline, and long walks at random.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { InterviewError } from "../../../client/sdk/errors.js";
import { decide, INPUTS, PHASES, START, shownOf, TABLE, whyIgnored } from "../../../client/sdk/lifecycle.js";
import { edges, page } from "../../../scripts/client-states.mjs";
import { chances } from "./chances.mjs";

const HELD = new Set(["calling", "open", "suspect", "lingering"]);
const ACTIVE = new Set([...HELD, "waiting", "admitting"]);
const ANSWERED = new Set([
  "admitted",
  "opened",
  "refused",
  "down",
  "microphone",
  "heard",
  "moved",
  "parked",
  "superseded",
  "rejected",
  "completed",
  "doubt",
  "slow",
]);
const MAX_WAIT_MS = 75_000; // Retry-After of 60 s with its jitter
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const STEPS = 10_000;

const ERRORS = [
  () => new InterviewError("network", "m"),
  () => new InterviewError("media", "m"),
  () => new InterviewError("full", "m", { retryAfterS: 60 }),
  () => new InterviewError("token", "m", { status: 401 }),
  () => new InterviewError("token", "m", { code: "superseded" }),
  () => new InterviewError("over", "m"),
  () => new InterviewError("rejected", "m"),
];

/** An input as the world would make it; `call` as `numbered` says. */
function inputOf(type, call, random) {
  const input = ANSWERED.has(type) ? { type, call } : { type };
  if (type === "refused") input.error = ERRORS[Math.floor(random() * ERRORS.length)]();
  if (type === "rejected") Object.assign(input, { error: new InterviewError("deleted", "m"), forget: random() < 0.5 });
  if (type === "close") input.unloading = random() < 0.5;
  if (type === "transport") input.transport = random() < 0.5 ? "text" : "media";
  return input;
}

/** What happens next to a call that is taken and dropped at once. */
const FLAKY = {
  idle: "start",
  waiting: "tick",
  admitting: "admitted",
  calling: "opened",
  open: "down",
  suspect: "down",
  lingering: "down",
  parked: "start",
  superseded: "start",
  failed: "start",
  closed: "start",
  ended: "start",
};

/** The world around the table: what is held and asked for, checked at each effect. */
class World {
  constructor(seed) {
    Object.assign(this, {
      life: START,
      nowMs: 1_000,
      held: 0,
      random: chances(seed),
      seen: new Set(),
      over: false,
      mood: "any",
    });
  }

  put(input) {
    const before = this.life;
    const at = { nowMs: this.nowMs, chance: this.random() };
    const heeded = whyIgnored(before, input, at) === null;
    const [next, effects] = decide(before, input, at);
    const label = `${before.phase} + ${input.type} → ${next.phase}`;
    if (!heeded) assert.deepEqual([next, effects], [before, []], label);
    else this.seen.add(`${before.phase} --> ${next.phase}: ${input.type}`);
    if (heeded) assert.ok(TABLE[before.phase][input.type].to.includes(next.phase), `${label} is not in the table`);
    for (const effect of effects) this.check(effect, next, label);
    assert.equal(this.held !== 0 || next.phase === "calling", HELD.has(next.phase), `${label}: a call without a phase`);
    assert.equal(next.dueMs !== null, ACTIVE.has(next.phase), `${label}: a deadline`);
    if (next.dueMs !== null) assert.ok(next.dueMs - this.nowMs <= MAX_WAIT_MS, `${label}: due in an age`);
    if (heeded && input.type === "completed") this.over = true;
    if (this.over) assert.ok(["lingering", "ended"].includes(next.phase), `${label}: the end was lost`);
    if (JSON.stringify(shownOf(before)) !== JSON.stringify(shownOf(next))) {
      assert.equal(effects.filter((effect) => effect.do === "show").length, 1, `${label}: the page does not know`);
    }
    this.life = next;
    return effects;
  }

  check(effect, next, label) {
    if (effect.do === "open_call") {
      assert.equal(this.held, 0, `${label}: two calls at once`);
      this.held = effect.call;
    } else if (effect.do === "close_call") {
      assert.notEqual(this.held, 0, `${label}: closes nothing`);
      this.held = 0;
    } else if (effect.do === "ask_ticket") {
      assert.equal(this.held, 0, `${label}: asks for a token in a call`);
      assert.equal(next.phase, "admitting");
    }
    if (["greet", "ping", "restart_ice"].includes(effect.do)) assert.notEqual(this.held, 0, label);
  }

  /** The deadline comes, a little late as they do. */
  tick() {
    if (this.life.dueMs !== null) this.nowMs = Math.max(this.nowMs, this.life.dueMs) + Math.floor(this.random() * 40);
    return this.put({ type: "tick" });
  }

  /** Something happens: anything, or what makes a call and keeps it, or nothing for a long while. */
  happen() {
    if (this.random() < 0.1) this.mood = ["any", "well", "flaky", "silent"][Math.floor(this.random() * 4)];
    if (this.random() < (this.mood === "silent" ? 0.9 : 0.2)) return this.tick();
    this.nowMs += Math.floor(this.random() * 900);
    const { random } = this;
    const pick = (/** @type {string[]} */ from) => from[Math.floor(random() * from.length)];
    const usual = { well: ["start", "admitted", "opened", "heard"], flaky: [FLAKY[this.life.phase]] }[this.mood];
    const type = pick(usual && random() < 0.9 ? usual : INPUTS);
    const stale = random() < 0.15;
    return this.put(inputOf(type, this.life.call - (stale ? 1 + Math.floor(random() * 2) : 0), random));
  }
}

/** A world brought into a phase the straight way. */
function worldIn(phase) {
  const world = new World(7);
  const ways = {
    idle: [],
    admitting: ["start"],
    calling: ["start", "admitted"],
    waiting: ["start", "network"],
    open: ["start", "admitted", "opened"],
    suspect: ["start", "admitted", "opened", "tick", "tick", "tick"],
    lingering: ["start", "admitted", "opened", "completed"],
    parked: ["start", "admitted", "opened", "parked"],
    superseded: ["start", "admitted", "opened", "superseded"],
    failed: ["start", "admitted", "opened", "rejected"],
    closed: ["start", "close"],
    ended: ["start", "admitted", "opened", "completed", "tick"],
  };
  for (const way of ways[phase]) {
    if (way === "tick") world.tick();
    else if (way === "network") world.put({ type: "refused", call: world.life.call, error: ERRORS[0]() });
    else world.put(inputOf(way, world.life.call, world.random));
  }
  assert.equal(world.life.phase, phase);
  return world;
}

test("every pair has an entry: a way out, or a reason", () => {
  assert.equal(PHASES.length, 12);
  assert.equal(INPUTS.length, 19);
  for (const phase of PHASES) {
    assert.deepEqual(Object.keys(TABLE[phase]).sort(), [...INPUTS].sort(), phase);
    for (const [input, entry] of Object.entries(TABLE[phase])) {
      if ("ignored" in entry) assert.ok(entry.ignored.length > 10, `${phase} + ${input}`);
      else assert.ok(entry.to.length > 0 && entry.to.every((to) => PHASES.includes(to)), `${phase} + ${input}`);
    }
  }
});

test("every pair holds what it promises, and an older call has no say", () => {
  for (const phase of PHASES) {
    for (const type of INPUTS) {
      for (const error of ERRORS) {
        const world = worldIn(phase);
        const input = inputOf(type, world.life.call, world.random);
        if (type === "refused") input.error = error();
        if (type === "tick") world.tick();
        else world.put(input); // the checks are the world's
        if (!ANSWERED.has(type)) continue;
        const other = worldIn(phase);
        const before = other.life;
        other.put({ ...input, call: before.call - 1 });
        assert.equal(other.life, before, `${phase} + ${type} of an older call`);
      }
    }
  }
});

test("what goes on has a deadline, and deadlines alone lead to another attempt or to the end", () => {
  for (const phase of ACTIVE) {
    const world = worldIn(phase);
    const sinceMs = world.nowMs;
    let asked = false;
    for (let n = 0; n < 30 && !asked && ACTIVE.has(world.life.phase); n++) {
      asked = world.tick().some((effect) => effect.do === "ask_ticket");
    }
    assert.ok(asked || world.life.phase === "ended", `${phase} is stuck in ${world.life.phase}`);
    assert.ok(world.nowMs - sinceMs < 60_000, `${phase} took ${world.nowMs - sinceMs} ms`);
  }
});

test("whoever rests holds nothing, and waits for the candidate alone", () => {
  for (const phase of PHASES.filter((name) => !ACTIVE.has(name))) {
    const world = worldIn(phase);
    for (const type of INPUTS.filter((name) => !["start", "close"].includes(name))) {
      world.put(inputOf(type, world.life.call, world.random));
    }
    assert.equal(world.life.phase, phase);
    world.put({ type: "start" });
    assert.equal(world.life.phase, phase === "ended" ? "ended" : "admitting");
  }
});

test("walks at random: never stuck, never two calls, never a lost end; every edge is walked", () => {
  const seen = new Set();
  for (const seed of SEEDS) {
    let world = new World(seed);
    let sinceOver = 0;
    for (let n = 0; n < STEPS; n++) {
      world.happen();
      for (const edge of world.seen) seen.add(edge);
      if (!world.over && world.life.phase !== "ended") continue;
      sinceOver += 1;
      if (sinceOver % 30 === 0) world = new World(seed * 10_000 + n);
    }
  }
  const drawn = [...edges()].flatMap(([edge, inputs]) => inputs.map((input) => `${edge}: ${input}`));
  assert.deepEqual(
    drawn.filter((edge) => !seen.has(edge)),
    [],
    "drawn, and cannot happen",
  );
});

test("a server that takes calls and drops them is not hammered", () => {
  const world = worldIn("admitting");
  const sinceMs = world.nowMs;
  let calls = 0;
  while (world.nowMs < sinceMs + 60_000) {
    if (world.life.phase === "waiting") world.tick();
    world.nowMs += 50;
    world.put({ type: "admitted", call: world.life.call });
    world.put({ type: "opened", call: world.life.call });
    world.nowMs += 200;
    world.put({ type: "heard", call: world.life.call });
    world.put({ type: "down", call: world.life.call });
    calls += 1;
  }
  assert.ok(calls > 5 && calls < 20, `${calls} calls in a minute`);
});

test("a call that was good for a while is replaced at once", () => {
  const world = worldIn("open");
  for (let n = 0; n < 10; n++) {
    world.nowMs += 6_000;
    world.put({ type: "heard", call: world.life.call });
    world.put({ type: "down", call: world.life.call });
    assert.equal(world.life.phase, "admitting");
    world.put({ type: "admitted", call: world.life.call });
    world.put({ type: "opened", call: world.life.call });
  }
});

test("being back says how long it was away, and what for", () => {
  const world = worldIn("open");
  world.put({ type: "moved", call: world.life.call });
  world.nowMs += 100; // too early: not due yet
  world.put({ type: "tick" });
  assert.equal(world.life.phase, "waiting");
  world.tick();
  world.put({ type: "admitted", call: world.life.call });
  const lostAtMs = world.life.lostAtMs;
  const back = world.put({ type: "opened", call: world.life.call }).at(-1);
  assert.deepEqual(back, { do: "say_back", reason: "moved", afterMs: world.nowMs - lostAtMs });
});

test("no sound connects: that is said once the server has answered, and not without a network", () => {
  const world = worldIn("calling");
  world.nowMs += 4_000;
  world.put({ type: "slow", call: world.life.call });
  assert.ok(shownOf(world.life).blocked);
  world.put({ type: "refused", call: world.life.call, error: new InterviewError("media", "m") });
  assert.ok(shownOf(world.life).blocked, "and the attempt has failed");
  world.tick();
  world.put({ type: "refused", call: world.life.call, error: new InterviewError("network", "m") });
  assert.ok(!shownOf(world.life).blocked, "now nothing gets through, and typing would not either");
});

test("the other transport: at once, with a new call, and no failure counts against it", () => {
  for (const phase of ["waiting", "calling", "open", "suspect"]) {
    const world = worldIn(phase);
    const effects = world.put({ type: "transport", transport: "text" });
    assert.equal(world.life.phase, "admitting", phase);
    assert.ok(
      effects.some((effect) => effect.do === "ask_ticket"),
      phase,
    );
    assert.deepEqual([world.life.transport, world.life.blocked, world.life.tries <= 1], ["text", false, true], phase);
  }
  const world = worldIn("idle");
  world.put({ type: "transport", transport: "text" });
  world.put({ type: "start" });
  assert.equal(world.life.transport, "text", "chosen before the start");
});

test("what the browser misses is doubted at once, and believed again with the first word", () => {
  const world = worldIn("open");
  world.put({ type: "heard", call: world.life.call });
  const effects = world.put({ type: "doubt", call: world.life.call });
  assert.deepEqual(
    effects.map((effect) => effect.do),
    ["ping", "restart_ice", "show"],
  );
  assert.equal(shownOf(world.life).state, "suspect");
  world.put({ type: "slow", call: world.life.call });
  assert.ok(shownOf(world.life).blocked);
  world.put({ type: "heard", call: world.life.call });
  assert.deepEqual([world.life.phase, world.life.blocked], ["open", false]);
});

test("after a long sleep the call is doubted at the first beat; after a nap it has one to be heard", () => {
  for (const [sleptMs, state] of [
    [60_000, "suspect"],
    [10_000, "open"],
  ]) {
    const world = worldIn("open");
    world.nowMs += sleptMs;
    world.put({ type: "tick" });
    assert.equal(shownOf(world.life).state, state, `${sleptMs} ms`);
  }
});

test("the picture is that of the table", () => {
  const drawn = readFileSync(new URL("../../../docs/client-states.md", import.meta.url), "utf8");
  assert.equal(drawn, page(), "run: node scripts/client-states.mjs > docs/client-states.md");
});
