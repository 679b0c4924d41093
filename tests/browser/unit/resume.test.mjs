import assert from "node:assert/strict";
import { test } from "node:test";
import { ResumeMemory } from "../../../client/sdk/resume.js";
import { JOINED, rig, says, timed } from "./rig.mjs";

class Keep {
  constructor() {
    this.items = new Map();
  }
  getItem(key) {
    return this.items.get(key) ?? null;
  }
  setItem(key, value) {
    this.items.set(key, value);
  }
  removeItem(key) {
    this.items.delete(key);
  }
}
const welcome = (token) => ({
  type: "welcome",
  connection_epoch: 1,
  last_seq: 0,
  questions_total: 2,
  resume_token: token,
});
const bodies = (requests) => requests.map(([, body]) => body);
const unknown = [401, { code: "unknown_resume", title: "unknown" }];

test(
  "a lost call is asked for again with the newest resume token",
  timed(async (time) => {
    const { client, calls, requests } = rig();
    client.start();
    await time.pass(200);
    calls[0].says(welcome("r1"));
    calls[0].options.onDown("cut");
    await time.pass(200);
    calls[1].says(welcome("r2"));
    calls[1].options.onDown("cut");
    await time.pass(200);
    assert.deepEqual(bodies(requests), [{ link: "L" }, { resume: "r1" }, { resume: "r2" }]);
    assert.equal(client.connection.state, "open");
    await client.close();
  }),
);

test(
  "a token the server does not know is forgotten, and the link is used",
  timed(async (time) => {
    const keep = new Keep();
    const { client, calls, requests } = rig({ keep, joins: [[200, JOINED], unknown] });
    client.start();
    await time.pass(200);
    calls[0].says(welcome("r1"));
    assert.equal(keep.items.size, 1);
    calls[0].options.onDown("cut");
    await time.pass(200);
    assert.deepEqual(bodies(requests), [{ link: "L" }, { resume: "r1" }, { link: "L" }]);
    assert.equal(client.connection.state, "open");
    assert.equal(keep.items.size, 0);
    await client.close();
  }),
);

test(
  "a server that is away is not a reason to forget the token",
  timed(async (time) => {
    const { client, calls, requests } = rig({
      joins: [
        [200, JOINED],
        [503, {}],
        [502, {}],
      ],
    });
    client.start();
    await time.pass(200);
    calls[0].says(welcome("r1"));
    calls[0].options.onDown("cut");
    await time.pass(4_000);
    assert.deepEqual(bodies(requests).slice(1), [{ resume: "r1" }, { resume: "r1" }, { resume: "r1" }]);
    assert.equal(client.connection.state, "open");
    await client.close();
  }),
);

test("a reload in the same tab resumes; another interview, or a new tab, does not", async () => {
  const keep = new Keep();
  new ResumeMemory("https://e.org", "iv_1.secret", keep).set("r1");
  assert.ok(![...keep.items.keys()].some((key) => key.includes("secret")), "a link is a secret");
  const reloaded = rig({ keep, link: "iv_1.secret" });
  await reloaded.client.join();
  const other = rig({ keep, link: "iv_2.secret" });
  await other.client.join();
  const tab = rig({ keep: new Keep(), link: "iv_1.secret" });
  await tab.client.join();
  assert.deepEqual(bodies(reloaded.requests), [{ resume: "r1" }]);
  assert.deepEqual(bodies(other.requests), [{ link: "iv_2.secret" }]);
  assert.deepEqual(bodies(tab.requests), [{ link: "iv_1.secret" }]);
});

test(
  "storage that is switched off costs the reload, not the call",
  timed(async (time) => {
    const keep = {
      getItem() {
        throw new Error("SecurityError");
      },
      setItem() {
        throw new Error("QuotaExceededError");
      },
      removeItem() {
        throw new Error("SecurityError");
      },
    };
    const { client, calls, requests } = rig({ keep });
    client.start();
    await time.pass(200);
    calls[0].says(welcome("r1"));
    calls[0].options.onDown("cut");
    await time.pass(200);
    assert.deepEqual(bodies(requests), [{ link: "L" }, { resume: "r1" }]);
    await client.close();
  }),
);

test(
  "a window that was taken over has no token left, and one that saw the end reads with it",
  timed(async (time) => {
    const endings = [
      [{ type: "completed", seq: 9, status: "completed" }, 1],
      [{ type: "error", code: "superseded", message: "m", recoverable: false }, 0],
    ];
    for (const [ending, left] of endings) {
      const keep = new Keep();
      const { client, calls } = rig({ keep });
      client.start();
      await time.pass(200);
      calls[0].says(welcome("r1"));
      assert.equal(keep.items.size, 1);
      calls[0].says(ending);
      assert.equal(keep.items.size, left);
      await client.close();
    }
  }),
);

test(
  "leaving the page keeps the token for the reload",
  timed(async (time) => {
    const keep = new Keep();
    const { client, calls } = rig({ keep });
    client.start();
    await time.pass(200);
    calls[0].says(welcome("r1"));
    await client.close({ unloading: true });
    assert.equal(keep.items.size, 1);
  }),
);

test(
  "a window that slept while another took over does not take the interview back",
  timed(async (time) => {
    for (const status of [401, 409]) {
      const superseded = [status, { code: "superseded", title: "another window" }];
      const { client, calls, requests } = rig({ joins: [[200, JOINED], superseded] });
      client.start();
      await time.pass(200);
      calls[0].says(welcome("r1"));
      calls[0].options.onDown("cut");
      await time.pass(60_000);
      assert.equal(client.connection.state, "superseded");
      assert.deepEqual(bodies(requests), [{ link: "L" }, { resume: "r1" }]);
      client.start(); // unless the candidate asks for it
      await time.pass(200);
      assert.deepEqual([client.connection.state, bodies(requests).at(-1)], ["open", { link: "L" }]);
      await client.close();
    }
  }),
);

test("a reload is a wish to go on here, whoever had taken over", async () => {
  const keep = new Keep();
  new ResumeMemory("https://e.org", "L", keep).set("r1");
  const { client, requests } = rig({ keep, joins: [[401, { code: "superseded" }]] });
  await client.join();
  assert.deepEqual(bodies(requests), [{ resume: "r1" }, { link: "L" }]);
});

test(
  "a server that moves is left within a second, by each client at another moment",
  timed(async (time) => {
    const waits = new Set();
    for (const chance of [0, 0.3, 0.6, 0.999]) {
      const { client, calls, requests } = rig({ random: () => chance });
      const seen = [];
      client.on("connection", ({ state, reason, retryInMs }) => {
        seen.push([state, reason]);
        if (state === "reconnecting" && retryInMs) waits.add(retryInMs);
      });
      client.start();
      await time.pass(200);
      calls[0].says(welcome("r1"));
      says(calls[0], { type: "error", code: "moved", message: "m", recoverable: true });
      assert.ok(calls[0].closed, "not a second call beside the old one");
      assert.equal(calls.length, 1);
      await time.pass(1_000);
      assert.equal(calls.length, 2);
      assert.deepEqual(bodies(requests).at(-1), { resume: "r1" });
      assert.ok(seen.some(([state, reason]) => state === "reconnecting" && reason === "moved"));
      assert.deepEqual(seen.at(-1), ["open", ""]);
      await client.close();
    }
    assert.equal(waits.size, 4);
    assert.ok(
      [...waits].every((ms) => ms >= 100 && ms <= 1_000),
      [...waits].join(),
    );
  }),
);

test(
  "being back is told once, with what it was and how long it took",
  timed(async (time) => {
    const { client, calls } = rig({
      joins: [
        [200, JOINED],
        [503, {}],
      ],
    });
    const back = [];
    client.on("back", (detail) => back.push(detail));
    client.start();
    await time.pass(200);
    assert.deepEqual(back, []); // a first call is no return
    calls[0].says(welcome("r1"));
    calls[0].options.onDown("cut");
    assert.equal(typeof client.connection.lostAtMs, "number");
    await time.pass(3_000);
    assert.equal(client.connection.lostAtMs, null);
    assert.equal(back.length, 1);
    assert.equal(back[0].reason, "cut");
    assert.ok(back[0].afterMs > 0 && back[0].afterMs <= 3_000);
    await client.close();
  }),
);
