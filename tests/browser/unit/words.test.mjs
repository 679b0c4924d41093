import assert from "node:assert/strict";
import test from "node:test";

import { unclearWords } from "../../../client/page/model.js";
import { en } from "../../../client/strings.en.js";

test("a recording is named only where one is kept", () => {
  const words = (/** @type {boolean} */ recorded) => unclearWords({ page: { record_audio: recorded } }, en);
  assert.match(words(true), /recording is kept/);
  assert.doesNotMatch(words(false), /record/);
  assert.doesNotMatch(unclearWords({ page: null }, en), /record/);
});
