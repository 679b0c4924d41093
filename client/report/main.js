import { button, h } from "../page/dom.js";
import { icon } from "../page/icons.js";
import { languageOf } from "../strings/index.js";
import { ReportApi } from "./api.js";
import { showLoading, showReport } from "./page.js";
import { tabStorage, takePlace } from "./place.js";
import { isFinal, problemOf } from "./problems.js";

/** @typedef {import("../strings/report/en.js").ReportWords} ReportWords */

/** @param {HTMLElement} root */
async function start(root) {
  const place = takePlace(globalThis.location, globalThis.history, tabStorage(globalThis.window));
  const language = languageOf(navigator.languages);
  /** @type {{words: ReportWords}} */
  const { words } = await import(`../strings/report/${language}.js`);
  const open = async () => {
    showLoading(root, words);
    if (!place.token) return problem(root, words, "noToken", open);
    const api = new ReportApi(place);
    try {
      const lost = (/** @type {import("./problems.js").Problem} */ kind) => problem(root, words, kind, open);
      showReport(root, await api.report(), { words, api, lost });
    } catch (error) {
      problem(root, words, problemOf(error), open);
    }
  };
  // Another link opened in this tab changes the fragment alone.
  globalThis.addEventListener("hashchange", () => globalThis.location.hash.length > 25 && globalThis.location.reload());
  await open();
}

/**
 * One sentence of what is wrong and one of what to do.
 * @param {HTMLElement} root @param {ReportWords} words @param {import("./problems.js").Problem} kind
 * @param {() => Promise<void>} again
 */
function problem(root, words, kind, again) {
  const [title = "", text = ""] = words.problem[kind];
  const heading = h("h1", { text: title, attrs: { tabindex: -1 } });
  root.replaceChildren(
    h(
      "main",
      { attrs: { id: "main" } },
      h(
        "div",
        { class: "screen centered" },
        h("span", { class: "badge" }, icon("info")),
        heading,
        h("p", { text }),
        isFinal(kind) ? null : button(words.problem.again, () => void again(), { class: "button primary" }),
      ),
    ),
  );
  document.title = title;
  heading.focus();
}

const root = document.getElementById("app");
if (root) void start(root);
