import { attr, h, rebuild } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("../sdk/api.js").BrandShown} BrandShown */

/**
 * The integrator's colours, readable in both themes: styles/tokens.css takes them for its own.
 * @param {BrandShown | undefined} brand
 */
export function colour(brand) {
  const { style } = document.documentElement;
  for (const [theme, shades] of Object.entries(brand?.accent ?? {})) {
    for (const [name, value] of Object.entries(shades)) style.setProperty(`--brand-${theme}-${name}`, value);
  }
}

/**
 * Whose page it is: their logo, else their name, else the sign of this product.
 * @param {Element} element @param {BrandShown | undefined} brand
 */
export function updateMark(element, brand) {
  attr(element, "data-own", Boolean(brand?.name));
  rebuild(element, JSON.stringify([brand?.name, brand?.logo]), () => {
    if (brand?.name && brand.logo) {
      const picture = { src: brand.logo, alt: brand.name, decoding: "async" };
      return [h("img", { class: "brand-logo", attrs: picture })];
    }
    return [icon("chat", "icon brand-icon"), brand?.name ? h("span", { text: brand.name }) : null];
  });
}
