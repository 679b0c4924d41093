/** The words of the page: one table per language, of which a page loads the one that it shows. */

/** @typedef {import("./en.js").Strings} Strings */

export const LANGUAGES = ["en", "de", "es", "fr", "ar"];
const TRIES = 3;
const WAIT_MS = 700;
const RIGHT_TO_LEFT = /^(ar|arc|ckb|dv|fa|he|iw|nqo|ps|sd|syr|ug|ur|yi)(?!-latn)(-|$)/;

/**
 * The language of the page: that of the first tag which has a table, else English.
 * @param {readonly string[]} tags BCP 47, such as "de-AT", the most wanted first
 */
export function languageOf(tags) {
  const primaries = tags.map((tag) => tag.toLowerCase().split(/[-_]/)[0] ?? "");
  return primaries.find((primary) => LANGUAGES.includes(primary)) ?? "en";
}

/**
 * Which way a language is written. @param {string} tag BCP 47
 * @returns {"ltr" | "rtl"}
 */
export function directionOf(tag) {
  return RIGHT_TO_LEFT.test(tag.toLowerCase()) ? "rtl" : "ltr";
}

/**
 * The table of the language that serves these tags. Tried again when the network fails: a browser
 * may remember that a module did not come, so that each try has an address of its own.
 * @param {readonly string[]} tags @returns {Promise<Strings>} rejects after the last try
 */
export async function stringsFor(tags) {
  const language = languageOf(tags);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const module = await import(`./${language}.js${attempt > 1 ? `?try=${attempt}` : ""}`);
      return module[language];
    } catch (error) {
      if (attempt === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS * attempt));
    }
  }
}
