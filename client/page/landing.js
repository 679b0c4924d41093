import { Api, placeOf } from "../sdk/index.js";
import { stringsFor } from "../strings/index.js";
import { colour, updateMark } from "./brand.js";
import { button, enable, h, setLabel, setText, writtenIn } from "./dom.js";
import { icon } from "./icons.js";
import { asError, withDetail } from "./problems.js";

/** @typedef {import("./model.js").Strings} Strings */
/** @typedef {import("../strings/landing/en.js").LandingWords} LandingWords */
/** @typedef {import("../sdk/api.js").BrandShown} BrandShown */

/**
 * The first page of a server: starts a demo interview and goes there.
 * @param {HTMLElement} root @param {Strings} strings @param {LandingWords} s
 * @param {{api: Api, go: (url: string) => void, brand?: BrandShown}} options `brand`: whose server it is
 */
export function showLanding(root, strings, s, { api, go, brand }) {
  const failure = h("p", { class: "failure", attrs: { role: "alert" } });
  const start = button(s.start, () => void begin(), { class: "button primary large" });
  const begin = async () => {
    setText(failure, "");
    setLabel(start, s.starting);
    enable(start, false);
    try {
      go((await api.demo()).join_url);
    } catch (error) {
      setText(failure, withDetail(strings, s.failed, asError(error)));
      setLabel(start, s.start);
      enable(start, true);
    }
  };
  writtenIn(document.documentElement, strings.lang);
  document.title = [strings.appName, brand?.name].filter(Boolean).join(" – ");
  colour(brand);
  document.body.setAttribute("data-screen", "landing");
  const actions = h("div", { class: "actions" }, start);
  const [title, lead, points] = wordsPart(s);
  // What one came for is above the fold of a phone; the reasons follow.
  const screen = h("div", { class: "screen narrow landing" }, title, lead, actions, failure, points);
  root.replaceChildren(header(strings, brand), h("main", { attrs: { id: "main" } }, screen));
}

/** As on the page of an interview that has no title. @param {Strings} strings @param {BrandShown | undefined} brand */
function header(strings, brand) {
  const mark = h("span", { class: "brand-mark" });
  updateMark(mark, brand);
  const name = brand?.name ? null : h("span", { class: "brand-title", text: strings.appName });
  return h("header", { class: "top" }, h("p", { class: "brand" }, mark, name));
}

/** What the server has written into its page. @returns {BrandShown | undefined} */
function brandOf() {
  const told = document.querySelector('meta[name="brand"]')?.getAttribute("content");
  return told ? JSON.parse(told) : undefined;
}

/** What this server is for. @param {LandingWords} s */
function wordsPart(s) {
  const points = s.points.map(([title = "", text = ""], index) => {
    const sign = icon(["clock", "mic", "chat"][index] ?? "check");
    return h("li", {}, sign, h("div", {}, h("strong", { text: title }), h("span", { text })));
  });
  const title = h("h1", { text: s.title });
  return /** @type {const} */ ([
    title,
    h("p", { class: "lead", text: s.lead }),
    h("ul", { class: "points card" }, ...points),
  ]);
}

/** @param {HTMLElement} root */
export async function startLanding(root) {
  const { base } = placeOf(globalThis.location.href);
  const strings = await stringsFor(navigator.languages);
  /** @type {{words: LandingWords}} */
  const { words } = await import(`../strings/landing/${strings.lang}.js`);
  const go = (/** @type {string} */ url) => globalThis.location.assign(url);
  showLanding(root, strings, words, { api: new Api(base), go, brand: brandOf() });
}
