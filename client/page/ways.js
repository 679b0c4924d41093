import { h } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("../sdk/api.js").PageInfo} PageInfo */
/** @typedef {import("./model.js").Strings} Strings */

const SAFE = /^(https:|mailto:|tel:)/i;

/**
 * A link that an integrator gave; nothing where it is none that this page opens. The server has checked
 * it; so does whoever draws it.
 * @param {string | null | undefined} url @param {string} label @param {Strings} strings @param {string} [className]
 */
export function outside(url, label, strings, className = "") {
  if (!url || !SAFE.test(url)) return null;
  const page = /^https:/i.test(url);
  const attrs = { href: url, rel: "noopener noreferrer", referrerpolicy: "no-referrer" };
  const name = page ? `${label} ${strings.endings.newTab}` : null;
  const where = { target: page ? "_blank" : null, "aria-label": name };
  return h("a", { class: className, attrs: { ...attrs, ...where } }, h("span", { text: label }));
}

/** What a contact reads like: the address itself, where it is one. @param {string} url */
export function addressOf(url) {
  const bare = url.replace(/^(mailto|tel):/i, "").split("?")[0] ?? "";
  if (!/^https:/i.test(url)) return decoded(bare);
  return /^https:\/\/([^/?#]+)/i.exec(url)?.[1] ?? bare;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Whom to ask, what becomes of one's data, another way to take part: what of it the integrator has given.
 * @param {PageInfo | null} page @param {Strings} strings
 * @param {{alternative?: boolean}} [which] whether another way is of use here
 */
export function waysOn(page, strings, { alternative = false } = {}) {
  const s = strings.endings;
  const rows = [
    alternative && outside(page?.alternative_url, s.alternative, strings),
    page?.contact && outside(page.contact, s.contact(addressOf(page.contact)), strings),
    outside(page?.privacy_url, s.privacy, strings),
  ].flatMap((link) => (link ? [h("li", {}, link)] : []));
  return rows.length ? h("ul", { class: "ways" }, ...rows) : null;
}

/** Where it goes on after the end. @param {PageInfo | null} page @param {Strings} strings */
export function goOnLink(page, strings) {
  const kind = page?.redirect_url ? "secondary" : "primary"; // where it goes by itself comes first
  const link = outside(page?.completion?.url, strings.endings.goOn, strings, `button ${kind} large`);
  link?.append(icon("link"));
  return link;
}
