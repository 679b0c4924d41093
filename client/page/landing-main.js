import { startLanding } from "./landing.js";

const root = document.getElementById("app");
if (root) void startLanding(root);
