import { placeOf } from "../sdk/index.js";
import { startPage } from "./app.js";

const root = document.getElementById("app");
if (root) {
  const { href, hash } = globalThis.location;
  const page = await startPage(root, placeOf(href));
  if (globalThis.parent !== globalThis.window) (await import("./framed.js")).tellParent(page, hash);
}
