// What is said of a microphone from which nothing comes: the same words wherever they stand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { INITIAL } from "../../../client/page/model.js";
import { noticeOf } from "../../../client/page/screens/banner.js";
import { muteLabel } from "../../../client/page/screens/controls.js";
import { activityOf, labelOf } from "../../../client/page/screens/presence.js";
import { SilenceCheck } from "../../../client/sdk/devices.js";
import { EMPTY_VIEW } from "../../../client/sdk/store.js";
import { en } from "../../../client/strings/en.js";

const strings = en;
const connection = { state: "open", reason: "", lostAtMs: null, attempt: 0, retryInMs: 0, error: null };
const view = { ...EMPTY_VIEW, stage: "answer", activity: "listening" };
const base = { ...INITIAL, screen: "call", hasMicrophone: true, connection, view, nowMs: 1 };
const said = (model) => [
  noticeOf(strings, {}, model)?.title,
  labelOf(strings, model, activityOf(model)),
  muteLabel(strings, model),
];

test("banner, headline and button say what is wrong with the microphone, in the same words", () => {
  const names = ["ended", "blocked", "muted", "silent"].map((microphoneTrouble) => {
    const words = said({ ...base, microphoneTrouble });
    assert.equal(new Set(words).size, 1, words.join(" | "));
    // Switched off by the candidate as well: what the candidate cannot know goes first.
    assert.deepEqual(said({ ...base, microphoneTrouble, muted: true }), words);
    return words[0];
  });
  assert.equal(new Set(names).size, 4, "each fault has words of its own");
  const { activity, mute, unmute } = strings.call;
  assert.deepEqual(said(base), [undefined, activity.listening, mute]);
  assert.deepEqual(said({ ...base, muted: true }), [undefined, activity.muted, unmute]);
  assert.equal(noticeOf(strings, {}, { ...base, hasMicrophone: false, microphoneTrouble: "ended" }), null);
});

test("what is wrong can be mended from the banner: it opens the list of microphones", () => {
  const opened = [];
  const notice = noticeOf(
    strings,
    { openOptions: (which) => opened.push(which) },
    { ...base, microphoneTrouble: "silent" },
  );
  notice.act();
  assert.deepEqual(opened, ["microphone"]);
});

/** Feed ten levels a second. */
const fed = (check, fromMs, forMs, dbfs, due = true) => {
  for (let at = fromMs; at < fromMs + forMs; at += 100) check.feed(dbfs, at, due);
  return check.silent;
};

test("a microphone that gives nothing at all is silent after 8 s, and well at the first noise", () => {
  const check = new SilenceCheck();
  assert.equal(fed(check, 0, 8_000, -100), false);
  assert.equal(fed(check, 8_000, 200, -100), true);
  assert.equal(check.feed(-80, 9_000, true), false);
  assert.equal(fed(check, 9_100, 7_000, -100), false);
});

test("the noise of a room is no silence, and nobody is hurried who has been heard", () => {
  assert.equal(fed(new SilenceCheck(), 0, 60_000, -90), false);
  const heard = new SilenceCheck();
  heard.feed(-30, 0, true);
  assert.equal(fed(heard, 100, 19_000, -100), false);
  assert.equal(fed(heard, 19_100, 1_300, -100), true);
});

test("while nobody listens, silence says nothing, and what was found stays found", () => {
  const check = new SilenceCheck();
  assert.equal(fed(check, 0, 60_000, -100, false), false);
  assert.equal(fed(check, 60_000, 7_000, -100), false);
  assert.equal(fed(check, 67_000, 5_000, -100, false), false);
  assert.equal(fed(check, 72_000, 7_000, -100), false, "the time begins again");
  assert.equal(fed(check, 79_000, 2_000, -100), true);
  assert.equal(check.feed(-100, 90_000, false), true);
});
