import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "../../../client/sdk/api.js";
import { errorOf, retryAfter } from "../../../client/sdk/errors.js";
import { askForResends, iceOf, iceServersOf, restartedAnswer, Whip } from "../../../client/sdk/whip.js";

test("ICE servers are read from Link headers, and nothing else is", () => {
  const header =
    '<stun:stun.example.net>; rel="ice-server", ' +
    '<turn:turn.example.net:3478?transport=udp>; rel="ice-server"; username="u,1;2"; ' +
    'credential="p\\"w"; credential-type="password", ' +
    '<urn:ietf:params:whip:ext:x>; rel="urn:ietf:params:whip:ext:x", ' +
    '<https://example.net>; rel="ice-server"';
  assert.deepEqual(iceServersOf(header), [
    { urls: ["stun:stun.example.net"] },
    { urls: ["turn:turn.example.net:3478?transport=udp"], username: "u,1;2", credential: 'p"w' },
  ]);
  for (const nothing of [null, "", "nonsense", "<turn:x"]) assert.deepEqual(iceServersOf(nothing), []);
});

const ANSWER = [
  "v=0",
  "a=ice-lite",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "a=mid:0",
  "a=ice-ufrag:old",
  "a=ice-pwd:oldpassword",
  "a=candidate:1 1 udp 1 192.0.2.1 5000 typ host",
  "m=application 9 x y",
  "a=mid:1",
  "a=ice-ufrag:old",
  "a=ice-pwd:oldpassword",
  "a=candidate:1 1 udp 1 192.0.2.1 5000 typ host",
  "",
].join("\r\n");

test("an ICE restart replaces credentials and candidates in every section", () => {
  const fragment = "a=ice-ufrag:new\r\na=ice-pwd:newpassword\r\na=candidate:1 1 udp 1 192.0.2.9 6000 typ host\r\n";
  const sdp = restartedAnswer(ANSWER, fragment);
  assert.equal(sdp.match(/a=ice-ufrag:new/g).length, 2);
  assert.equal(sdp.match(/192\.0\.2\.9 6000/g).length, 2);
  assert.ok(!/old|192\.0\.2\.1 /.test(sdp));
  assert.equal(sdp.split("\r\n").length, ANSWER.split("\r\n").length);
});

test("a restart without candidates keeps the server's own", () => {
  const sdp = restartedAnswer(ANSWER, "a=ice-ufrag:n\na=ice-pwd:p\n");
  assert.deepEqual(iceOf(sdp).candidates, iceOf(ANSWER).candidates);
  assert.throws(() => restartedAnswer(ANSWER, "a=mid:0"), { kind: "media" });
});

test("resends are asked for where Opus is offered, once", () => {
  const offer = [
    "v=0",
    "m=audio 9 x 111 0",
    "a=rtpmap:111 opus/48000/2",
    "a=rtcp-fb:111 transport-cc",
    "a=rtpmap:0 PCMU/8000",
    "",
  ].join("\r\n");
  const asking = askForResends(offer);
  assert.ok(asking.includes("a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 nack\r\na=rtcp-fb:111 transport-cc\r\n"));
  assert.equal(asking.replace("a=rtcp-fb:111 nack\r\n", ""), offer);
  assert.equal(askForResends(asking), asking);
  assert.equal(askForResends("m=audio 9 x 0\r\n"), "m=audio 9 x 0\r\n");
});

function server(answers) {
  const requests = [];
  const fetch = async (url, init) => {
    requests.push({ url, ...init });
    const [status, body, headers] = answers.shift();
    return new Response(status === 204 ? null : body, { status, headers });
  };
  return { fetch, requests };
}

test("POST, restart and DELETE carry what WHIP asks for", async () => {
  const { fetch, requests } = server([
    [201, "answer", { Location: "/base/whip/i/c1", ETag: '"e1"', Link: '<stun:s.example>; rel="ice-server"' }],
    [200, "a=ice-ufrag:n", { ETag: '"e2"' }],
    [200, "", {}],
  ]);
  const whip = new Whip("https://example.org/base/whip/i", "secret", fetch);
  assert.equal(await whip.offer("offer"), "answer");
  assert.equal(whip.callUrl, "https://example.org/base/whip/i/c1");
  assert.deepEqual(whip.iceServers, [{ urls: ["stun:s.example"] }]);
  await whip.restart("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\n");
  assert.equal(whip.etag, '"e2"');
  await whip.leave();
  await whip.leave();
  assert.deepEqual(
    requests.map((r) => r.method),
    ["POST", "PATCH", "DELETE"],
  );
  assert.ok(requests.every((r) => r.headers.Authorization === "Bearer secret"));
  assert.equal(requests[0].headers["Content-Type"], "application/sdp");
  assert.equal(requests[1].headers["If-Match"], "*");
  assert.equal(requests[1].headers["Content-Type"], "application/trickle-ice-sdpfrag");
  assert.match(requests[1].body, /a=ice-ufrag:u\r\na=ice-pwd:p/);
});

test("answers become errors that say what to do", async () => {
  const cases = [
    [401, {}, "token", true],
    [404, {}, "link", false],
    [410, {}, "over", false],
    [403, { code: "consent_needed" }, "consent", false],
    [409, { code: "consent_version" }, "consent", false],
    [409, { code: "interview_damaged" }, "damaged", false],
    [422, {}, "rejected", false],
    [429, {}, "full", true],
    [503, {}, "full", true],
    [500, {}, "server", true],
  ];
  for (const [status, problem, kind, recoverable] of cases) {
    const body = JSON.stringify({ title: "T", detail: "D", ...problem });
    const error = await errorOf(new Response(body, { status, headers: { "Retry-After": "7" } }));
    assert.deepEqual([error.kind, error.recoverable, error.message, error.retryAfterS], [kind, recoverable, "D", 7]);
  }
  const bare = await errorOf(new Response("<html>", { status: 502 }));
  assert.deepEqual([bare.kind, bare.retryAfterS], ["server", null]);
});

test("a network that fails is an error of its own", async () => {
  const whip = new Whip("https://example.org/whip/i", "t", async () => {
    throw new TypeError("failed to fetch");
  });
  await assert.rejects(whip.offer("x"), { kind: "network" });
  await whip.leave();
});

test("Retry-After as a date", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(retryAfter("Thu, 01 Jan 2026 00:00:30 GMT", now), 30);
  assert.equal(retryAfter("soon", now), null);
});

test("base and link come from the address, under any prefix", () => {
  const cases = [
    ["https://e.org/j/abc", "https://e.org", "abc"],
    ["https://e.org/interviews/j/a.b-c?x=1#y", "https://e.org/interviews", "a.b-c"],
    ["https://e.org/j/j/abc/", "https://e.org/j", "abc"],
    ["https://e.org/interviews/", "https://e.org/interviews", ""],
    ["https://e.org/", "https://e.org", ""],
  ];
  for (const [address, base, link] of cases) assert.deepEqual(placeOf(address), { base, link });
});
