/** @typedef {import("./page.js").Context} Context */

/** After the reader scrolls, the page leaves them where they are for as long as this plays on. */
const EDGE_PX = 120;

/**
 * Keep the word that is spoken in the window, until the reader scrolls somewhere else.
 * @param {Context} context
 */
export function following({ player, seen }) {
  // Who refreshes while it plays has pressed no Play: the page stays where they are.
  let on = !seen.refreshed;
  let played = seen.refreshed;
  /** @type {HTMLElement | null} */
  let last = null;
  for (const name of ["wheel", "touchmove"]) {
    addEventListener(name, () => player.playing && leave(), { passive: true, signal: seen.over });
  }
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (["PageUp", "PageDown", "Home", "End"].includes(event.key) && player.playing) leave();
  };
  addEventListener("keydown", pressed, { signal: seen.over });

  function leave() {
    on = false;
  }

  /** @param {HTMLElement} element @param {boolean} always */
  function bring(element, always) {
    const { top, bottom } = element.getBoundingClientRect();
    if (!always && top > EDGE_PX / 2 && bottom < innerHeight - EDGE_PX) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    element.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
  }

  return {
    /** @param {HTMLElement | null} element the word being said; null: none is */
    see(element) {
      if (player.playing && !played) on = true; // who presses Play wants to see it
      played = player.playing;
      if (element && element !== last && on && player.playing) bring(element, false);
      last = element;
    },
    /** Go there now, and stay with it. */
    show() {
      on = true;
      if (last) bring(last, true);
    },
  };
}
