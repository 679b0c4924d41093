// A microphone that has gone, was blocked or gives nothing: what mends it, and what does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Devices } from "../../../client/page/devices.js";
import { INITIAL } from "../../../client/page/model.js";
import { Sound } from "../../../client/page/sound.js";
import { MicrophoneError } from "../../../client/sdk/index.js";
import { en } from "../../../client/strings/en.js";

const ONE = { id: "one", label: "One" };
const TWO = { id: "two", label: "Two" };

/** What of the browser says whether a microphone is allowed. */
const permission = Object.assign(new EventTarget(), { state: "granted" });
Object.defineProperty(globalThis, "navigator", {
  configurable: true,
  value: { permissions: { query: async () => permission } },
});

/** A call with a microphone; `refuse` says why the next one is not given, "" for a given one. */
function inCall({ trouble, microphones = [ONE], refuse = "", screen = "call" }) {
  permission.state = refuse === "denied" ? "denied" : "granted";
  const it = { refuse, opened: [], used: 0, lists: 0, notices: [] };
  const page = {
    strings: en,
    model: {
      ...INITIAL,
      screen,
      hasMicrophone: true,
      microphoneTrouble: trouble,
      check: { ...INITIAL.check, microphones, microphoneId: "one" },
    },
    set: (change) => (page.model = { ...page.model, ...change }),
    setCheck: (change) => page.set({ check: { ...page.model.check, ...change } }),
    notice: (text) => it.notices.push(text),
    client: { useMicrophone: async () => (it.used += 1) },
    sound: {
      deviceId: "one",
      open: async (id = "") => {
        it.opened.push(id);
        if (it.refuse) throw new MicrophoneError(it.refuse);
        page.set({ microphoneTrouble: "" }); // what a microphone says that is well
        return { label: "One" };
      },
      devices: async () => ({ microphones: it.refuse === "denied" ? [] : microphones, speakers: [] }),
      playback: { canChooseOutput: false },
    },
  };
  const devices = new Devices(page);
  const mend = () => devices.mend(() => (it.lists += 1));
  return Object.assign(it, { page, devices, mend });
}

for (const trouble of ["ended", "blocked", "silent"])
  test(`one click takes the only microphone again: ${trouble}`, async () => {
    const it = inCall({ trouble });
    await it.mend();
    assert.deepEqual([it.opened, it.used, it.lists, it.page.model.microphoneTrouble], [["one"], 1, 0, ""]);
  });

test("blocked still: the list, and what to do in the browser; allowed, the same click is enough", async () => {
  const it = inCall({ trouble: "blocked", refuse: "denied" });
  await it.mend();
  assert.deepEqual([it.lists, it.used, it.page.model.microphoneTrouble], [1, 0, "blocked"]);
  assert.deepEqual(it.page.model.check.microphones, []);
  assert.match(it.notices[0], new RegExp(en.check.problems.denied[1].slice(0, 30)));
  it.refuse = "";
  await it.mend();
  assert.deepEqual([it.lists, it.used, it.page.model.microphoneTrouble], [1, 1, ""]);
  assert.deepEqual(it.page.model.check.microphones, [ONE], "their names are known again");
});

test("one that is there and gives nothing: with others to choose from, the choice", async () => {
  const it = inCall({ trouble: "silent", microphones: [ONE, TWO] });
  await it.mend();
  assert.deepEqual([it.opened, it.lists], [[], 1]);
});

test("allowed again, a blocked microphone comes back by itself, in the call alone", async () => {
  const it = inCall({ trouble: "blocked", refuse: "denied" });
  await it.devices.changed();
  assert.deepEqual(it.opened, [], "nobody is asked unasked");
  it.refuse = "";
  permission.state = "prompt";
  await it.devices.changed();
  assert.deepEqual(it.opened, []);
  permission.state = "granted";
  await it.devices.changed();
  assert.deepEqual([it.used, it.page.model.microphoneTrouble], [1, ""]);

  for (const trouble of ["ended", "blocked"]) {
    const over = inCall({ trouble, screen: "finished" });
    await over.devices.changed();
    assert.deepEqual(over.opened, [], "the interview is over");
  }
});

test("the page is told when the browser allows or blocks the microphone", async () => {
  globalThis.document = { createElement: () => ({ setAttribute: () => {} }) };
  globalThis.MediaStream = class {};
  try {
    let changes = 0;
    const sound = new Sound({ onDevices: () => (changes += 1) });
    await new Promise((resolve) => setImmediate(resolve));
    permission.dispatchEvent(new Event("change"));
    assert.equal(changes, 1);
    assert.equal(sound.permission, permission, "kept, or it could be forgotten with its listener");
  } finally {
    delete globalThis.document;
    delete globalThis.MediaStream;
  }
});
