/** A document that grows while somebody reads it: only what has changed is drawn again. */

/** Of an address, only whether it is there counts: each answer of the server signs it again. */
const ADDRESSES = new Set(["url", "audio_url"]);

/**
 * @typedef {object} Part
 * @property {string} key
 * @property {string} shows all that it is made from, as text: another text, and it is drawn again
 * @property {() => HTMLElement | null} make
 */

/** Facts as a text to compare. @param {unknown} facts */
export function textOf(facts) {
  return JSON.stringify(facts, (name, value) => (ADDRESSES.has(name) ? Boolean(value) : value));
}

/** A part that stays the same element. @param {string} key @param {HTMLElement | null} element @returns {Part} */
export function fixed(key, element) {
  return { key, shows: "", make: () => element };
}

/** One that is cheap to make, so that what it looks like says whether it has changed. @param {string} key @param {HTMLElement | null} element @returns {Part} */
export function plain(key, element) {
  return { key, shows: element?.outerHTML ?? "", make: () => element };
}

/** The children of an element. */
export class Parts {
  /**
   * @param {HTMLElement} parent
   * @param {(held: Element) => (() => boolean) | null} [again] how to give the focus to what takes
   * the place of the element that has it, where it does not stand in the same place
   */
  constructor(parent, again = () => null) {
    this.parent = parent;
    this.again = again;
    /** @type {Map<string, {shows: string, element: HTMLElement | null}>} */
    this.known = new Map();
  }

  /**
   * Draw what has changed. What somebody types in, has selected or waits for stays as it is, and is
   * drawn when they are done and the next facts come.
   * @param {readonly Part[]} parts
   */
  draw(parts) {
    const before = this.known;
    this.known = new Map();
    /** @type {HTMLElement[]} */
    const wanted = [];
    /** @type {(() => void) | null} */
    let focus = null;
    for (const { key, shows, make } of parts) {
      let one = before.get(key);
      if (!one || (one.shows !== shows && !isInUse(one.element))) {
        const element = make();
        if (one?.element) focus ??= focusIn(one.element, element, this.again);
        one = { shows, element };
      }
      this.known.set(key, one);
      if (one.element) wanted.push(one.element);
    }
    arrange(this.parent, wanted);
    focus?.();
  }
}

/** @param {HTMLElement | null} element */
function isInUse(element) {
  if (!element) return false;
  if (element.querySelector("[aria-busy], details.decide[open]")) return true;
  const selection = getSelection();
  return Boolean(selection && !selection.isCollapsed && selection.containsNode(element, true));
}

/** How to give the focus to what now stands where it is; null: it is elsewhere. @param {HTMLElement} old @param {HTMLElement | null} now @param {Parts["again"]} again */
function focusIn(old, now, again) {
  const held = document.activeElement;
  if (!held || !old.contains(held)) return null;
  const found = again(held);
  /** @type {number[]} */
  const way = [];
  for (let at = held; at !== old; at = /** @type {Element} */ (at.parentElement)) {
    way.unshift([...(at.parentElement?.children ?? [])].indexOf(at));
  }
  return () => {
    if (found?.()) return;
    let at = /** @type {Element | undefined} */ (now ?? undefined);
    for (const index of way) at = at?.children[index];
    const same = at?.tagName === held.tagName ? at : document.querySelector("h1");
    /** @type {HTMLElement | null} */ (same)?.focus({ preventScroll: true });
  };
}

/** What stays is not moved: an element that is taken out loses the focus, and sound stops. @param {HTMLElement} parent @param {HTMLElement[]} wanted */
function arrange(parent, wanted) {
  const kept = new Set(/** @type {Node[]} */ (wanted));
  let at = parent.firstChild;
  const drop = () => {
    while (at && !kept.has(at)) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  };
  for (const element of wanted) {
    drop();
    if (at === element) at = at.nextSibling;
    else parent.insertBefore(element, at);
  }
  drop();
}

/**
 * Do something to the page, and leave what is at the upper edge of the window where it is.
 * @param {HTMLElement} article @param {() => void} act
 */
export function inPlace(article, act) {
  const seen = [...article.querySelectorAll("section, header, footer")].filter((one) => {
    const { bottom } = one.getBoundingClientRect();
    return bottom > 0;
  });
  // The innermost one that the edge lies in; drawn again, it is found by its id.
  const edge = seen.filter((one) => one.getBoundingClientRect().top <= 0).at(-1) ?? seen[0];
  const top_px = edge?.getBoundingClientRect().top ?? 0;
  const root = document.documentElement;
  root.style.overflowAnchor = "none"; // else the browser moves it as well
  act();
  const now = edge?.isConnected ? edge : edge?.id ? document.getElementById(edge.id) : null;
  if (now) globalThis.scrollBy(0, now.getBoundingClientRect().top - top_px);
  root.style.overflowAnchor = "";
}
