// Every language has every word, in the same shape, and shows every number that it is given.
import assert from "node:assert/strict";
import test from "node:test";

import { directionOf, LANGUAGES, languageOf, stringsFor } from "../../../client/strings/index.js";

/** Every leaf by its path. */
function leaves(value, path = "", found = new Map()) {
  if (typeof value === "object") for (const [key, one] of Object.entries(value)) leaves(one, `${path}.${key}`, found);
  else found.set(path, value);
  return found;
}
const shapeOf = (table) => [...leaves(table)].map(([path, leaf]) => `${path}: ${typeof leaf}`).sort();
const said = (leaf, ...numbers) => (typeof leaf === "function" ? leaf(...numbers) : leaf);

const tables = new Map();
for (const language of LANGUAGES) {
  const { words: landing } = await import(`../../../client/strings/landing/${language}.js`);
  const { words: report } = await import(`../../../client/strings/report/${language}.js`);
  const { words: corrections } = await import(`../../../client/strings/corrections/${language}.js`);
  const { words: after } = await import(`../../../client/strings/after/${language}.js`);
  const { words: console } = await import(`../../../client/strings/console/${language}.js`);
  const { words: waiting } = await import(`../../../client/strings/waiting/${language}.js`);
  const page = await stringsFor([language]);
  tables.set(language, { ...page, landing, report, corrections, after, console, waiting });
}
const en = tables.get("en");

test("every language has the same keys and the same kinds of words", () => {
  for (const table of tables.values()) assert.deepEqual(shapeOf(table), shapeOf(en));
});

test("a table says its own language and its own direction", () => {
  for (const [language, table] of tables) {
    assert.equal(table.lang, language);
    assert.equal(table.dir, directionOf(language));
  }
});

test("no word is empty, and a sentence with values shows them all", () => {
  const expected = leaves(en);
  for (const [language, table] of tables)
    for (const [path, leaf] of leaves(table)) {
      const text = said(leaf, 37, 41);
      assert.notEqual(text.trim(), "", `${language}${path}`);
      for (const number of ["37", "41"])
        assert.equal(text.includes(number), said(expected.get(path), 37, 41).includes(number), `${language}${path}`);
    }
});

test("what another language says is not left in English", () => {
  const same =
    /\.(lang|dir|file|pause|options|title|question|normal\.0|nobody|no|fields\.(?:contact|glossary)\.1|practice|microphone|evaluation\.by)$/; // "Pause", "Options"; a name and a time
  for (const [language, table] of tables) {
    if (language === "en") continue;
    for (const [path, leaf] of leaves(table))
      if (said(leaf, 1, 2) === said(leaves(en).get(path), 1, 2)) assert.match(path, same, `${language}${path}`);
  }
});

test("numbers take the form of their language, from none to many", () => {
  const minutes = (language) => [0.4, 1, 2, 5, 20].map((count) => tables.get(language).call.timeLeft(count));
  assert.deepEqual(minutes("en").slice(0, 3), [
    "Less than a minute left",
    "About 1 minute left",
    "About 2 minutes left",
  ]);
  for (const language of LANGUAGES) assert.equal(new Set(minutes(language)).size, 5, language);
  assert.match(tables.get("ar").banner.tryingIn(2), /ثانيتين/);
  assert.match(tables.get("ar").banner.tryingIn(7), /7 ثوانٍ/);
  assert.match(tables.get("ar").banner.tryingIn(15), /15 ثانية/);
  assert.match(tables.get("fr").finished.text(0, 1), /0 sur 1 question\./);
});

test("no apology in legalese, no loneliness: short, spoken English", () => {
  for (const [path, leaf] of leaves(en))
    assert.doesNotMatch(said(leaf, 2, 3), /\bnobody\b|by itself|cannot be (used|heard)/i, path);
});

test("the first tag that has a table decides; English where none has", () => {
  assert.equal(languageOf(["de-AT"]), "de");
  assert.equal(languageOf(["FR_ca", "de"]), "fr");
  assert.equal(languageOf(["pt-BR", "es-419", "en"]), "es");
  assert.equal(languageOf(["pt"]), "en");
  assert.equal(languageOf([]), "en");
});

test("which way a language runs, by its tag", () => {
  for (const tag of ["ar", "AR-eg", "he", "fa-IR", "ur"]) assert.equal(directionOf(tag), "rtl", tag);
  for (const tag of ["en", "arn", "de", "ar-Latn", "hef"]) assert.equal(directionOf(tag), "ltr", tag);
});

test("each field of the console says what it is in the language of the page", async () => {
  Object.defineProperty(globalThis, "navigator", { value: { languages: ["fr"] }, configurable: true });
  const { MAIN, MORE } = await import("../../../client/console/fields.js");
  const fields = [...MAIN, ...MORE.flatMap((group) => group.fields)];
  const shown = fields.map(({ label, help }) => [label, help]);
  assert.deepEqual(shown.sort(), Object.values(tables.get("fr").console.fields).sort());
});
