/**
 * Where the page is and what lets it read the report. The token stands in the fragment, which no
 * server is sent. It is taken out of the address at once, so that a copied address, a screenshot or
 * a shared screen does not hold it, and kept for this tab alone, so that a reload works: what
 * sessionStorage has ends with the tab.
 */

const KEY = "report-token:";

/**
 * @typedef {object} Place
 * @property {string} base URL of the service without a slash at its end
 * @property {string} interview
 * @property {string} token "": none was given
 */

/**
 * @param {{href: string}} location @param {Pick<History, "replaceState" | "state">} history
 * @param {Pick<Storage, "getItem" | "setItem"> | null} storage null: the browser keeps nothing
 * @returns {Place}
 */
export function takePlace(location, history, storage) {
  const url = new URL(location.href);
  const at = url.pathname.lastIndexOf("/r/");
  const interview = decoded(url.pathname.slice(at + 3).split("/")[0] ?? "");
  const base = url.origin + url.pathname.slice(0, Math.max(at, 0));
  const given = decoded(url.hash.slice(1));
  // Fragments of ours: places on the page, such as "#q-3". No token looks like one.
  if (given.length > 24) {
    keep(storage, KEY + interview, given);
    history.replaceState(history.state, "", url.pathname + url.search);
    return { base, interview, token: given };
  }
  return { base, interview, token: kept(storage, KEY + interview) };
}

/** Percent-encoding undone (RFC 3986 §2.1); what a program on the way has damaged stays as it is. @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The tab's storage; null where the browser refuses it. @param {Window} window_ */
export function tabStorage(window_) {
  try {
    return window_.sessionStorage;
  } catch {
    return null;
  }
}

/** @param {Pick<Storage, "setItem"> | null} storage @param {string} key @param {string} value */
function keep(storage, key, value) {
  try {
    storage?.setItem(key, value);
  } catch {
    // full or refused: a reload then asks for the link again
  }
}

/** @param {Pick<Storage, "getItem"> | null} storage @param {string} key */
function kept(storage, key) {
  try {
    return storage?.getItem(key) ?? "";
  } catch {
    return "";
  }
}
