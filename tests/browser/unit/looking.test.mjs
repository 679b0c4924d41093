// The console looks again by itself.
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { lookAgain } from "../../../client/console/looking.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("it asks one at a time, however often the tab is left, and not while it is hidden", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const page = Object.assign(new EventTarget(), { hidden: false });
  globalThis.document = page;
  const show = (shown) => {
    page.hidden = !shown;
    page.dispatchEvent(new Event("visibilitychange"));
  };
  /** @type {(() => void)[]} */
  const open = [];
  let asked = 0;
  const stop = lookAgain(() => {
    asked += 1;
    return new Promise((resolve) => open.push(resolve));
  }, 5_000);
  const answer = async () => {
    for (const done of open.splice(0)) done();
    await settled();
  };
  for (let times = 0; times < 3; times += 1) {
    show(false);
    show(true);
  }
  assert.equal(asked, 1, "the first answer is still on its way");
  await answer();
  mock.timers.tick(5_000);
  assert.equal(asked, 2, "one chain of questions");
  show(false);
  await answer();
  mock.timers.tick(60_000);
  assert.equal(asked, 2, "nobody looks");
  show(true);
  assert.equal(asked, 3, "somebody looks again");
  await answer();
  stop();
  show(true);
  mock.timers.tick(60_000);
  assert.equal(asked, 3, "it is left");
  mock.timers.reset();
  globalThis.document = undefined;
});
