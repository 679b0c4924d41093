import { button, h } from "../page/dom.js";
import { icon } from "../page/icons.js";
import { asInterviewError } from "../sdk/errors.js";
import { languageOf } from "../strings/index.js";
import { ReportApi } from "./api.js";
import { showLoading, showReport } from "./page.js";
import { tabStorage, takePlace } from "./place.js";

/** @typedef {import("../strings/report/en.js").ReportWords} ReportWords */

/** What the reader can do about each kind of error. @type {Record<string, "token" | "gone" | "damaged" | "full" | "network">} */
const PROBLEMS = {
  token: "token",
  link: "gone",
  over: "gone",
  deleted: "gone",
  damaged: "damaged",
  full: "full",
  network: "network",
};
const FINAL = new Set(["noToken", "token", "gone", "damaged"]);

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
      showReport(root, await api.report(), { words, api });
    } catch (error) {
      problem(root, words, PROBLEMS[asInterviewError(error).kind] ?? "server", open);
    }
  };
  // Another link opened in this tab changes the fragment alone.
  globalThis.addEventListener("hashchange", () => globalThis.location.hash.length > 25 && globalThis.location.reload());
  await open();
}

/**
 * One sentence of what is wrong and one of what to do.
 * @param {HTMLElement} root @param {ReportWords} words @param {Exclude<keyof ReportWords["problem"], "again">} kind
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
        FINAL.has(kind) ? null : button(words.problem.again, () => void again(), { class: "button primary" }),
      ),
    ),
  );
  document.title = title;
  heading.focus();
}

const root = document.getElementById("app");
if (root) void start(root);
