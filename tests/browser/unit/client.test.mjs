import assert from "node:assert/strict";
import { test } from "node:test";
import { InterviewError } from "../../../client/sdk/errors.js";
import { JOINED, rig, timed } from "./rig.mjs";

const READY = { type: "state", status: "ready", stage: "ready", activity: "idle", can: ["ready", "leave"] };
const question = (seq, number) => ({ type: "question", seq, question_id: `q${number}`, number, of: 2, text: "?" });

test(
  "start joins, calls, says hello, and ready once the server is",
  timed(async (time) => {
    const { client, calls, states } = rig();
    client.start();
    await time.pass(200);
    assert.deepEqual(calls[0].sent, [{ type: "hello", last_seq: 0, client: "web-sdk/1" }]);
    calls[0].says(READY);
    calls[0].says(READY);
    assert.deepEqual(calls[0].types(), ["hello", "ready"]);
    assert.deepEqual(states, ["connecting", "open"]);
    await client.close();
    assert.ok(calls[0].closed);
  }),
);

test(
  "a call that is gone is replaced: same microphone, no new join, replay, no duplicates",
  timed(async (time) => {
    const { client, calls, requests, states } = rig();
    const microphone = { enabled: true };
    let questions = 0;
    client.on("message", (message) => (questions += message.type === "question"));
    client.start({ microphone });
    await time.pass(200);
    calls[0].says(question(5, 1));
    for (let i = 0; i < 3; i++) {
      await time.pass(2_000);
      calls[0].says({ type: "pong", t_ms: 1 });
    }
    calls[0].options.onDown("cut");
    await time.pass(200);
    assert.equal(calls.length, 2);
    assert.equal(calls[1].options.microphone, microphone);
    assert.equal(calls[1].sent[0].last_seq, 5);
    calls[1].says(question(5, 1));
    calls[1].says(question(9, 2));
    assert.equal(questions, 2);
    assert.equal(requests.length, 1);
    assert.deepEqual(states, ["connecting", "open", "reconnecting", "open"]);
    await client.close();
  }),
);

test(
  "the microphone is on only while somebody listens",
  timed(async (time) => {
    const { client, calls } = rig();
    const microphone = { enabled: true };
    const stage = (stage) => calls.at(-1).says({ ...READY, status: stage, stage });
    client.start({ microphone });
    await time.pass(200);
    const seen = [];
    for (const next of ["answer", "paused", "answer"]) {
      stage(next);
      seen.push([microphone.enabled, calls.at(-1).quiet]);
    }
    assert.deepEqual(seen, [
      [true, false],
      [false, true],
      [true, false],
    ]);
    client.mute(true);
    assert.equal(microphone.enabled, false);
    assert.equal(calls.at(-1).quiet, true);
    stage("paused");
    client.mute(false);
    assert.equal(microphone.enabled, false, "unmuted in a pause, and still paused");
    const other = { enabled: true };
    await client.useMicrophone(other);
    assert.equal(other.enabled, false, "another microphone, chosen in a pause");
    calls.at(-1).options.onDown("cut"); // the call is lost: a new one stays paused
    await time.pass(1_000);
    assert.equal(other.enabled, false);
    assert.equal(calls.at(-1).quiet, true, "and sends nothing");
    stage("answer");
    assert.equal(other.enabled, true);
    stage("parked");
    assert.equal(other.enabled, false);
    await client.close();
  }),
);

test(
  "typing is told at most every 5 s, none of the text, and not while no call is open",
  timed(async (time) => {
    const { client, calls } = rig();
    client.typing();
    client.start();
    await time.pass(200);
    const told = () => calls[0].sent.filter((m) => m.type === "typing");
    for (let i = 0; i < 20; i++) {
      client.typing();
      await time.pass(600);
      calls[0].says({ type: "pong", t_ms: 1 });
    }
    assert.deepEqual(told(), [{ type: "typing" }, { type: "typing" }, { type: "typing" }]);
    await time.pass(3_000);
    client.typing();
    assert.equal(told().length, 3, "4.2 s after the last");
    calls[0].says({ type: "pong", t_ms: 1 });
    await time.pass(1_000);
    client.typing();
    assert.equal(told().length, 4);
    await client.close();
  }),
);

test(
  "an interview that its owner deletes is over for good, and says so",
  timed(async (time) => {
    const { client, calls, requests } = rig();
    client.start();
    await time.pass(200);
    calls[0].says({ type: "error", code: "deleted", message: "It was deleted.", recoverable: false });
    await time.pass(60_000);
    assert.equal(client.connection.state, "failed");
    assert.equal(client.connection.error?.kind, "deleted");
    assert.equal(client.connection.error?.recoverable, false);
    assert.equal(calls.length, 1, "nobody calls again");
    assert.equal(requests.length, 1);
  }),
);

test(
  "silence is suspected after 4 s, tried to mend, and given up after 15 s",
  timed(async (time) => {
    const { client, calls, states } = rig();
    client.start();
    await time.pass(7_000);
    assert.equal(client.connection.state, "suspect");
    assert.equal(calls[0].restarts, 1);
    calls[0].says({ type: "pong", t_ms: 1 });
    assert.equal(client.connection.state, "open");
    await time.pass(18_000);
    assert.equal(calls.length, 2);
    assert.ok(calls[0].closed);
    assert.deepEqual(states.slice(-4), ["open", "suspect", "reconnecting", "open"]);
    calls[0].says(question(7, 1)); // a voice from the grave
    assert.equal(client.view.questions.length, 0);
    await client.close();
  }),
);

test(
  "attempts go on with growing pauses until the network is back",
  timed(async (time) => {
    const refuse = async () => {
      throw new InterviewError("network", "no");
    };
    const { client, calls } = rig({ opens: [undefined, refuse, refuse, refuse, refuse] });
    client.start();
    await time.pass(200);
    calls[0].options.onDown("cut");
    await time.pass(1_000);
    assert.equal(calls.length, 3);
    assert.equal(client.connection.state, "reconnecting");
    await time.pass(6_000);
    assert.equal(client.connection.state, "open");
    assert.equal(calls.length, 6);
    assert.equal(client.connection.attempt, 0);
    await client.close();
  }),
);

test(
  "trying now cuts a pause short",
  timed(async (time) => {
    const refuse = async () => {
      throw new InterviewError("full", "no", { retryAfterS: 60 });
    };
    const { client, calls } = rig({ opens: [refuse] });
    client.start();
    await time.pass(1_000);
    assert.ok(client.connection.retryInMs >= 60_000);
    client.retryNow();
    await time.pass(100);
    assert.equal(calls.length, 2);
    await client.close();
  }),
);

test(
  "superseded is final",
  timed(async (time) => {
    const { client, calls } = rig();
    client.start();
    await time.pass(200);
    calls[0].says({ type: "error", code: "superseded", message: "m", recoverable: false });
    calls[0].options.onDown("closed");
    await time.pass(60_000);
    assert.equal(client.connection.state, "superseded");
    assert.equal(calls.length, 1);
    client.start(); // unless the candidate wants this window
    await time.pass(200);
    assert.equal(calls.length, 2);
    await client.close();
  }),
);

test(
  "the end is final, and so is an interview that is over",
  timed(async (time) => {
    const { client, calls } = rig();
    client.start();
    await time.pass(200);
    calls[0].says({ type: "completed", seq: 9, status: "completed", ended_reason: "r", answered: 2, of: 2 });
    assert.equal(client.connection.state, "ended");
    await time.pass(60_000);
    assert.ok(calls[0].closed);
    assert.equal(calls.length, 1);
    await client.close();
    const over = rig({ joins: [[410, { title: "over", code: "interview_over" }]] });
    over.client.start();
    await time.pass(200);
    assert.equal(over.client.connection.state, "ended");
    assert.equal(over.calls.length, 0);
  }),
);

test(
  "a parked interview is left alone until the candidate goes on",
  timed(async (time) => {
    const { client, calls } = rig();
    client.start();
    await time.pass(200);
    calls[0].says({ type: "state", status: "parked", stage: "parked", activity: "idle", can: [] });
    await time.pass(30_000);
    assert.deepEqual([client.connection.state, calls.length], ["parked", 1]);
    client.start();
    await time.pass(200);
    assert.deepEqual([client.connection.state, calls.length], ["open", 2]);
    await client.close();
  }),
);

test(
  "an expired token is exchanged for a fresh one by the link",
  timed(async (time) => {
    const refuse = async () => {
      throw new InterviewError("token", "expired", { status: 401 });
    };
    const { client, calls, requests } = rig({
      joins: [
        [200, JOINED],
        [200, { ...JOINED, token: "t2" }],
      ],
      opens: [refuse],
    });
    client.start();
    await time.pass(2_000);
    assert.deepEqual(
      calls.map((call) => call.options.token),
      ["t1", "t2"],
    );
    assert.deepEqual(
      requests.map(([path]) => path),
      ["/v1/join", "/v1/join"],
    );
    await client.close();
  }),
);

test(
  "a server that refuses every token is not hammered",
  timed(async (time) => {
    const refuse = async () => {
      throw new InterviewError("token", "no", { status: 401 });
    };
    const { client, calls } = rig({ opens: Array(100).fill(refuse) });
    client.start();
    await time.pass(60_000);
    assert.ok(calls.length <= 15, String(calls.length));
    await client.close();
  }),
);

test("consent is sent with the version that was shown", async () => {
  const { client, requests } = rig({
    joins: [
      [200, JOINED],
      [204, null],
    ],
  });
  await client.join();
  await client.consent(true);
  assert.deepEqual(requests[1], ["/v1/consent", { version: "1", accepted: true }, "Bearer t1"]);
  await client.close();
});

test("consent brings the relay that joining does not give", async () => {
  const relay = [{ urls: ["turn:t.example"], username: "u", credential: "c" }];
  const { client, calls } = rig({
    joins: [
      [200, JOINED],
      [200, { ice_servers: relay }],
    ],
  });
  await client.join();
  await client.consent(true);
  client.start();
  while (!calls.length) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(calls[0].options.iceServers, relay);
  await client.close();
});

test(
  "bursts of durable events are acknowledged once",
  timed(async (time) => {
    const { client, calls } = rig();
    client.start();
    await time.pass(200);
    for (const seq of [3, 4, 8]) calls[0].says(question(seq, seq));
    await time.pass(600);
    assert.deepEqual(
      calls[0].sent.filter((m) => m.type === "ack"),
      [{ type: "ack", seq: 8 }],
    );
    await client.close();
  }),
);

test(
  "mute is told to the server, kept on the track, and told again after a reconnect",
  timed(async (time) => {
    const { client, calls } = rig();
    const microphone = { enabled: true };
    client.start({ microphone });
    await time.pass(200);
    client.mute(true);
    assert.equal(microphone.enabled, false);
    calls[0].options.onDown("cut");
    await time.pass(200);
    assert.deepEqual(calls[1].types(), ["hello", "mute"]);
    await client.close();
  }),
);

test(
  "giving the microphone up makes a new call without one",
  timed(async (time) => {
    const { client, calls } = rig();
    client.start({ microphone: { enabled: true } });
    await time.pass(200);
    await client.useMicrophone(null);
    await time.pass(200);
    assert.equal(calls.length, 2);
    assert.equal(calls[1].options.microphone, null);
    await client.close();
  }),
);

test("what is said while nobody is connected is not lost silently", () => {
  const { client } = rig();
  assert.equal(client.done(), false);
  assert.equal(client.answer("text"), false);
  assert.throws(() => client.answer("語".repeat(6_000)), { code: "too_long" });
});

test(
  "a log that ends before what was told is read anew: its numbers are other events now",
  timed(async (time) => {
    const { client, calls } = rig();
    const transcript = (seq, id, text) => ({
      type: "transcript",
      seq,
      segment_id: id,
      question_id: "q1",
      text,
      final: true,
    });
    const welcome = (last_seq) => ({ type: "welcome", connection_epoch: 2, last_seq, questions_total: 2, title: "T" });
    client.start();
    await time.pass(200);
    calls[0].says(welcome(3));
    calls[0].says(question(5, 1));
    calls[0].says(transcript(7, "1-1", "never written"));
    await time.pass(4_000);
    calls[0].options.onDown("cut");
    await time.pass(200);
    assert.equal(calls[1].sent[0].last_seq, 7);
    calls[1].says(welcome(6));
    assert.deepEqual(
      calls[1].sent.filter((m) => m.type === "hello").map((m) => m.last_seq),
      [7, 0],
    );
    calls[1].says(question(5, 1));
    calls[1].says(transcript(7, "1-r1", "heard again"));
    const words = client.view.questions.flatMap((asked) => asked.segments.map((s) => s.text));
    assert.deepEqual([client.view.title, words], ["T", ["heard again"]]);
    await time.pass(600);
    assert.equal(calls[1].sent.at(-1).seq, 7);
    calls[1].options.onDown("cut");
    await time.pass(200);
    calls[2].says(welcome(9)); // a log that has grown is no reason to forget anything
    assert.deepEqual(
      calls[2].types().filter((type) => type === "hello"),
      ["hello"],
    );
    assert.equal(client.view.questions.length, 1);
    await client.close();
  }),
);

test(
  "a call that never opens and a token that never comes are given up",
  timed(async (time) => {
    const never = () => new Promise(() => {});
    const { client, calls, states } = rig({ opens: [never] });
    client.start();
    await time.pass(28_000);
    assert.deepEqual([calls.length, calls[0].closed, client.connection.state], [2, true, "open"]);
    assert.deepEqual(states, ["connecting", "open"]);
    await client.close();
    const mute = rig();
    let asked = 0;
    const { fetch } = mute.client.api;
    mute.client.api.fetch = (...request) => (asked++ ? fetch(...request) : never());
    mute.client.start();
    await time.pass(28_000);
    assert.deepEqual([asked, mute.client.connection.state], [2, "open"]);
    await mute.client.close();
  }),
);

test(
  "what an event handler asks for is done after what it was told of",
  timed(async (time) => {
    const { client, calls, states } = rig();
    client.on("connection", ({ state }) => state === "superseded" && client.start());
    client.start();
    await time.pass(200);
    calls[0].says({ type: "error", code: "superseded", message: "m", recoverable: false });
    await time.pass(200);
    assert.deepEqual(states, ["connecting", "open", "superseded", "connecting", "open"]);
    assert.ok(calls[0].closed);
    await client.close();
  }),
);

test(
  "start with another microphone, where there is a call already: the call takes it",
  timed(async (time) => {
    const { client, calls } = rig();
    const [first, second] = [{ enabled: true }, { enabled: true }];
    client.start({ microphone: first });
    await time.pass(200);
    const given = [];
    calls[0].replaceMicrophone = async (track) => given.push(track) > 0 && track !== null;
    client.start({ microphone: first });
    assert.deepEqual(given, []);
    client.start({ microphone: second });
    await time.pass(200);
    assert.equal(given[0], second);
    assert.equal(calls.length, 1);
    client.start({ microphone: null }); // none needs a new call
    await time.pass(200);
    assert.deepEqual([calls.length, calls.at(-1).options.microphone], [2, null]);
    await client.close();
  }),
);

test(
  "a machine that slept doubts its call at once, though its own clock stood still",
  timed(async (time) => {
    const { client, calls } = rig();
    client.start();
    await time.pass(3_000);
    calls[0].says({ type: "pong", t_ms: 1 });
    const real = Date.now;
    try {
      Date.now = () => real() + 60_000;
      await time.pass(1_200);
      assert.deepEqual([client.connection.state, calls[0].restarts], ["suspect", 1]);
      calls[0].says({ type: "pong", t_ms: 1 });
      await time.pass(2_000);
      assert.deepEqual([client.connection.state, calls[0].restarts], ["open", 1], "asked once");
    } finally {
      Date.now = real;
    }
    await client.close();
  }),
);

test(
  "what the browser says of the line is heeded at once",
  timed(async (time) => {
    const { client, calls } = rig();
    client.start();
    await time.pass(200);
    calls[0].options.onDoubt();
    assert.deepEqual([client.connection.state, calls[0].restarts, calls[0].types().at(-1)], ["suspect", 1, "ping"]);
    calls[0].options.onSlow();
    assert.ok(client.connection.blocked, "the server answers, and nothing connects");
    calls[0].says({ type: "pong", t_ms: 1 });
    assert.deepEqual([client.connection.state, client.connection.blocked], ["open", false]);
    await client.close();
  }),
);
