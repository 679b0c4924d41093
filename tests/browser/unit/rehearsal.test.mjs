// A rehearsal on the check screen: what the server says becomes a view, in every language.
import assert from "node:assert/strict";
import test from "node:test";

import { after, BEGINNING, ended, LABEL, Rehearsal } from "../../../client/sdk/rehearsal.js";
import { LANGUAGES } from "../../../client/strings/index.js";

const SENTENCE = "Hello, I can hear you well.";
const READY = {
  type: "ready",
  sentence: SENTENCE,
  language: "en",
  pace_ms: { faster: 1500, normal: 2000, slower: 4000 },
};
const told = (...messages) => messages.reduce((view, one) => after(view, JSON.stringify(one)), BEGINNING);

test("the view follows the messages of a rehearsal", () => {
  const view = told(
    READY,
    { type: "phase", phase: "listening" },
    { type: "level", dbfs: -20, speech: true },
    { type: "heard", findings: ["noise"], judged: true, level_dbfs: -30, noise_dbfs: -40, lost_ms: 0 },
    { type: "words", status: "understood", text: "hello i can hear you well" },
    { type: "phase", phase: "done" },
  );
  assert.equal(view.sentence, SENTENCE);
  assert.equal(view.paceMs.slower, 4000);
  assert.equal(view.speech, true);
  assert.deepEqual(view.findings, ["noise"]);
  assert.equal(view.words.text, "hello i can hear you well");
  assert.equal(view.phase, "done");
});

test("what cannot be read, or says nothing new, changes nothing", () => {
  const view = told(READY, { type: "level", dbfs: -20, speech: true });
  for (const data of ["", "{", "null", "7", '{"type":"later"}', '{"type":"level","dbfs":-3,"speech":true}'])
    assert.equal(after(view, data), view, data);
});

test("a call that ends keeps what was found, and says so where nothing was", () => {
  assert.equal(ended(told(READY)).phase, "failed");
  const heard = ended(told(READY, { type: "heard", findings: [], judged: true }));
  assert.equal(heard.phase, "done");
  assert.equal(heard.words.status, "late");
});

test("a rehearsal is a call with a label of its own, and sends two requests", async () => {
  const sent = [];
  const views = [];
  let options;
  const rehearsal = new Rehearsal({
    url: "/v1/rehearsals",
    token: "t",
    iceServers: [],
    microphone: null,
    fetch: globalThis.fetch,
    onTrack: () => {},
    onView: (view) => views.push(view),
    callFactory: (given) => {
      options = given;
      return { open: async () => {}, send: (text) => sent.push(JSON.parse(text).type), close: async () => {} };
    },
  });
  await rehearsal.open();
  assert.equal(options.label, LABEL);
  options.onText(JSON.stringify(READY));
  options.onText("nonsense");
  rehearsal.listen();
  rehearsal.done();
  assert.deepEqual(sent, ["listen", "done"]);
  assert.equal(views.length, 1);
  options.onDown("gone");
  assert.equal(views.at(-1).phase, "failed");
});

test("every language has every word of a rehearsal", async () => {
  const tables = new Map();
  for (const language of LANGUAGES)
    tables.set(language, (await import(`../../../client/strings/rehearsal/${language}.js`)).words);
  const leaves = (table, path = "") =>
    Object.entries(table).flatMap(([key, leaf]) =>
      typeof leaf === "object" ? leaves(leaf, `${path}.${key}`) : [[`${path}.${key}`, leaf]],
    );
  const keys = (table) => leaves(table).map(([path, leaf]) => `${path} ${typeof leaf}`);
  const english = new Map(leaves(tables.get("en")));
  for (const [language, table] of tables) {
    assert.deepEqual(keys(table), keys(tables.get("en")), language);
    assert.match(table.seconds("1.5"), /1\.5/);
    for (const [path, leaf] of leaves(table))
      if (language !== "en" && typeof leaf === "string") assert.notEqual(leaf, english.get(path), `${language}${path}`);
  }
});
