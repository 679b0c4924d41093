import { button, h, writtenIn } from "../page/dom.js";
import { icon } from "../page/icons.js";
import { ConsoleApi } from "./api.js";
import { createScreen } from "./create.js";
import { deliveriesScreen } from "./deliveries.js";
import { detailScreen } from "./detail.js";
import { keyScreen } from "./key.js";
import { listScreen } from "./list.js";
import { nowScreen } from "./now.js";
import { sentenceOf } from "./parts.js";
import { words } from "./words.js";

/**
 * @typedef {object} Screen one part of the console
 * @property {HTMLElement} element
 * @property {string} title
 * @property {() => void} [leave] it is shown no more: stop what it does
 */

const PARTS = /** @type {const} */ (["list", "now", "create", "deliveries"]);
const DELIVERIES = "/v1/webhooks/deliveries";

/** @param {HTMLElement} root */
export function startConsole(root) {
  writtenIn(document.documentElement, words.lang);
  document.title = words.appName;
  const base = globalThis.location.origin + globalThis.location.pathname.replace(/\/console$/, "");
  askForKey(root, base);
}

/** @param {HTMLElement} root @param {string} base */
function askForKey(root, base) {
  const open = async (/** @type {string} */ key) => {
    const api = new ConsoleApi(base, key);
    await api.open();
    showParts(root, api, () => askForKey(root, base));
  };
  const { element, input } = keyScreen(words.key, open, sentenceOf);
  root.replaceChildren(brand(), h("main", { attrs: { id: "main" } }, element));
  input.focus();
}

/** @param {...(Node | null)} more */
function brand(...more) {
  const name = h("span", { text: words.appName });
  return h(
    "header",
    { class: "console-top" },
    h("p", { class: "brand" }, icon("chat", "icon brand-icon"), name),
    ...more,
  );
}

/** @param {HTMLElement} root @param {ConsoleApi} api @param {() => void} forget */
function showParts(root, api, forget) {
  const s = words.nav;
  const parts = PARTS.filter((part) => part !== "deliveries" || api.has(DELIVERIES));
  const links = parts.map((part) => {
    const label = h("span", { text: s[part] });
    return h("a", { class: `part ${part}`, attrs: { href: `#/${part === "list" ? "" : part}` } }, label);
  });
  const main = h("main", { attrs: { id: "main", tabindex: -1 } });
  const leave = button(s.leave, () => close(), { class: "button quiet", icon: icon("leave") });
  const skip = h("a", { class: "skip-link", text: words.skip, attrs: { href: "#main" } });
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  const nav = h("nav", { class: "parts", attrs: { "aria-label": s.label } }, ...links);
  root.replaceChildren(skip, brand(nav, leave), main);
  // What was looked for is this key's: with another one nothing is left of it.
  const kept = { text: "", status: "", cursors: [""] };
  /** @type {Screen | null} */
  let shown = null;
  const route = () => {
    shown?.leave?.();
    const path = globalThis.location.hash.replace(/^#\/?/, "");
    shown = screenOf(api, kept, path);
    document.title = `${shown.title} – ${words.appName}`;
    const part = parts.find((name) => name === path.split("/")[0]) ?? "list";
    links.forEach((link, index) => {
      if (parts[index] === part) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    main.replaceChildren(shown.element);
    shown.element.querySelector("h1")?.focus();
    globalThis.scrollTo(0, 0);
  };
  const close = () => {
    globalThis.removeEventListener("hashchange", route);
    shown?.leave?.();
    forget();
  };
  globalThis.addEventListener("hashchange", route);
  route();
}

/** @param {ConsoleApi} api @param {import("./list.js").Kept} kept @param {string} path @returns {Screen} */
function screenOf(api, kept, path) {
  const [part = "", id = ""] = path.split("/");
  if (part === "now") return nowScreen(api);
  if (part === "create") return createScreen(api);
  if (part === "deliveries") return deliveriesScreen(api);
  if (part === "interview" && id) return detailScreen(api, decoded(id));
  return listScreen(api, kept);
}

/** As it stands where it is not well encoded: there is no interview of that name. @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
