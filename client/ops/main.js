import { startOperations } from "./app.js";

const root = document.getElementById("app");
if (root) startOperations(root);
