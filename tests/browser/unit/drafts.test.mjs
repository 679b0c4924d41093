import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts } from "../../../client/page/drafts.js";

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
const HOST = "https://e.org";

test("a draft outlives a reload, under its own question and interview only", () => {
  const keep = new Keep();
  new Drafts(HOST, "iv1.secret", keep).set("q1", "We mended");
  const after = new Drafts(HOST, "iv1.another", keep);
  assert.equal(after.of("q1"), "We mended");
  assert.equal(after.of("q2"), "");
  assert.equal(new Drafts(HOST, "iv2.secret", keep).of("q1"), "");
  assert.equal([...keep.items].join().includes("secret"), false, "the link's secret was stored");
});

test("sent or ended, nothing of it stays", () => {
  const keep = new Keep();
  const drafts = new Drafts(HOST, "iv1", keep);
  drafts.set("q1", "one");
  drafts.set("q2", "two");
  drafts.set("q1", "");
  assert.equal(new Drafts(HOST, "iv1", keep).of("q1"), "");
  assert.equal(new Drafts(HOST, "iv1", keep).of("q2"), "two");
  drafts.clear();
  assert.equal(drafts.of("q2"), "");
  assert.equal(keep.items.size, 0);
});

test("without a question there is nothing to keep", () => {
  const keep = new Keep();
  new Drafts(HOST, "iv1", keep).set("", "to what?");
  assert.equal(keep.items.size, 0);
});

test("storage that is off, full or spoilt is no reason to fail", () => {
  const refuse = () => {
    throw new Error("refused");
  };
  for (const keep of [null, { getItem: refuse, setItem: refuse, removeItem: refuse }]) {
    const drafts = new Drafts(HOST, "iv1", keep);
    drafts.set("q1", "kept in memory");
    assert.equal(drafts.of("q1"), "kept in memory");
    drafts.clear();
  }
  for (const spoilt of ["{", "null", "7", '{"q1": 5}', "[]"]) {
    const keep = new Keep();
    keep.setItem("interview-drafts:https://e.org/iv1", spoilt);
    assert.equal(new Drafts(HOST, "iv1", keep).of("q1"), "");
  }
});
