import { languageOf } from "../strings/index.js";

/** @typedef {import("../strings/console/en.js").Words} Words */

/** In the browser's language, of which one table is loaded. @type {{words: Words}} */
const table = await import(`../strings/console/${languageOf(navigator.languages)}.js`);
export const { words } = table;
