// The call in writing, with a socket of the test's own, and what leads to it and back.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { isRelayed } from "../../../client/sdk/connectivity.js";
import { problemOf, TextCall } from "../../../client/sdk/text-call.js";
import { rig, timed } from "./rig.mjs";

const WELCOME = JSON.stringify({ type: "welcome", connection_epoch: 1, last_seq: 0, questions_total: 2 });
const FULL = JSON.stringify({ status: 503, code: "full", detail: "no room", retry_after_s: 7 });

class FakeSocket {
  static OPEN = 1;
  constructor(url, protocols) {
    Object.assign(this, { url, protocols, readyState: 1, bufferedAmount: 0, sent: [], closes: [] });
    FakeSocket.last = this;
  }
  send(text) {
    this.sent.push(text);
  }
  close(code) {
    this.closes.push(code);
  }
}

const real = globalThis.WebSocket;
beforeEach(() => {
  globalThis.WebSocket = FakeSocket;
});
afterEach(() => {
  globalThis.WebSocket = real;
});

function dial() {
  const heard = [];
  const downs = [];
  const call = new TextCall({
    textUrl: "wss://e.org/v1/calls/iv/text",
    token: "a.b-c_d",
    onText: (text) => heard.push(text),
    onDown: (reason) => downs.push(reason),
  });
  const opened = call.open();
  opened.catch(() => {});
  return { call, heard, downs, opened, socket: FakeSocket.last };
}

test("the token is a protocol, and the first message of the server opens the call", async () => {
  const { call, heard, opened, socket } = dial();
  assert.equal(socket.url, "wss://e.org/v1/calls/iv/text");
  assert.deepEqual(socket.protocols, ["interview.v1", "bearer.a.b-c_d"]);
  socket.onmessage({ data: "rubbish" });
  socket.onmessage({ data: WELCOME });
  await opened;
  assert.deepEqual(heard, [WELCOME], "what opens it is heard as well");
  assert.ok(call.send("x"));
  socket.bufferedAmount = 100_000;
  assert.ok(!call.send("y"), "nobody takes it");
  socket.readyState = 3;
  assert.ok(!call.send("z"));
  assert.deepEqual(socket.sent, ["x"]);
});

test("a refusal is an error of its kind, with the time to wait", async () => {
  const { opened, socket, downs } = dial();
  socket.onmessage({ data: FULL });
  await assert.rejects(opened, { kind: "full", status: 503, code: "full", retryAfterS: 7 });
  socket.onclose();
  assert.deepEqual([socket.closes, downs], [[1000], []]);
});

test("every refusal has its kind; a message of the interview is none", () => {
  const kind = (status, code) => problemOf(JSON.stringify({ status, code, detail: "d" }))?.kind;
  assert.deepEqual(
    [kind(401, "invalid_token"), kind(403, "consent_needed"), kind(410, "interview_over"), kind(409, "superseded")],
    ["token", "consent", "over", "rejected"],
  );
  assert.equal(problemOf(WELCOME), null);
  assert.equal(problemOf(JSON.stringify({ type: "error", code: "moved", message: "m" })), null);
  assert.equal(problemOf(JSON.stringify({ type: "state", status: "asking" })), null);
  assert.equal(problemOf("null"), null);
});

test("a socket that cannot be had is a matter of the network; one that is lost is told once", async () => {
  const first = dial();
  first.socket.onclose();
  await assert.rejects(first.opened, { kind: "network" });
  const second = dial();
  second.socket.onmessage({ data: WELCOME });
  await second.opened;
  second.socket.onclose();
  second.socket.onclose();
  assert.deepEqual(second.downs, ["connection closed"]);
});

test("who closes hears nothing more", async () => {
  const { call, heard, downs, opened, socket } = dial();
  socket.onmessage({ data: WELCOME });
  await opened;
  await call.close();
  socket.onmessage({ data: WELCOME });
  socket.onclose();
  assert.deepEqual([heard.length, downs, socket.closes], [1, [], [1000]]);
});

test(
  "typing in mid-call and back to sound: each by a call of its own, one at a time",
  timed(async (time) => {
    const { client, calls, texts } = rig();
    client.start();
    await time.pass(200);
    client.useTransport("text");
    client.useTransport("text");
    await time.pass(200);
    assert.deepEqual([calls.length, texts.length, calls[0].closed], [1, 1, true]);
    assert.equal(texts[0].options.textUrl, "wss://e.org/v1/calls/iv/text");
    assert.deepEqual([client.connection.state, client.connection.transport], ["open", "text"]);
    texts[0].options.onDown("lost");
    await time.pass(200);
    assert.equal(texts.length, 2, "what is lost comes back in the same way");
    await client.useMicrophone({ enabled: true });
    await time.pass(200);
    assert.deepEqual([calls.length, texts[1].closed], [2, true], "a microphone is for speaking");
    assert.equal(client.connection.transport, "media");
    await client.close();
  }),
);

test("a relay is recognised in every browser's figures", () => {
  const stats = (pair, candidateType) => [
    ["p0", { type: "candidate-pair", state: "failed", localCandidateId: "other" }],
    ["p1", { type: "candidate-pair", localCandidateId: "l", ...pair }],
    ["l", { type: "local-candidate", candidateType }],
  ];
  assert.ok(isRelayed(stats({ nominated: true, state: "succeeded" }, "relay")));
  assert.ok(isRelayed(stats({ selected: true }, "relay")));
  assert.ok(!isRelayed(stats({ nominated: true, state: "succeeded" }, "host")));
  assert.ok(!isRelayed([]));
});
