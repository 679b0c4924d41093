import { placeOf } from "../sdk/index.js";
import { startPage } from "./app.js";

const root = document.getElementById("app");
if (root) void startPage(root, placeOf(globalThis.location.href));
