import { attr, button, enable, h, setText } from "../page/dom.js";
import { icon } from "../page/icons.js";
import { isFinal, problemOf } from "./problems.js";

/** @typedef {import("./page.js").Context} Context */

const ORDER = /** @type {const} */ (["txt", "csv", "json", "vtt", "audio", "candidate_audio", "bundle"]);
const KEPT_MS = 10_000;

/** What can be taken along; what the link does not allow is not there. @param {Context} context */
export function downloadsPart(context) {
  const { report, words } = context;
  const s = words.downloads;
  const told = h("p", { class: "fine", attrs: { role: "status" } });
  const buttons = ORDER.filter((name) => report.links[name]).map((name) => download(context, name, told));
  const print = button(s.print, () => globalThis.print(), { class: "button secondary", icon: icon("window") });
  return h(
    "section",
    { class: "downloads", attrs: { "aria-labelledby": "downloads" } },
    h("h2", { class: "part-title", text: s.title, attrs: { id: "downloads" } }),
    h("div", { class: "actions" }, print, ...buttons),
    told,
  );
}

/** @param {Context} context @param {typeof ORDER[number]} name @param {HTMLElement} told */
function download({ api, report, words, seen }, name, told) {
  const s = words.downloads;
  const fetchIt = async () => {
    const url = report.links[name];
    if (!url) return;
    enable(one, false);
    attr(one, "aria-busy", true);
    setText(told, s.busy);
    try {
      const { blob, name: given } = await api.file(url);
      save(blob, given ?? `${report.interview.id}.${EXTENSIONS[name]}`);
      setText(told, "");
    } catch (error) {
      const problem = problemOf(error);
      if (problem === "erased") return seen.lost(problem);
      setText(told, isFinal(problem) ? words.problem[problem].join(". ") : s.failed);
    }
    attr(one, "aria-busy", null);
    enable(one, true);
  };
  const one = button(s[name], () => void fetchIt(), { class: "button secondary", icon: icon("download") });
  return one;
}

const EXTENSIONS = /** @type {const} */ ({
  txt: "txt",
  csv: "csv",
  json: "json",
  vtt: "vtt",
  audio: "ogg",
  candidate_audio: "ogg",
  bundle: "zip",
});

/** @param {Blob} blob @param {string} name */
function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = h("a", { attrs: { href: url, download: name } });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
