/**
 * Asks again and again, one at a time, and not while nobody sees the page. It begins at once.
 * @param {() => Promise<void>} look never rejects @param {number} every_ms from one answer to the next question
 * @returns {() => void} ends it
 */
export function lookAgain(look, every_ms) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let busy = false;
  let left = false;
  const next = async () => {
    clearTimeout(timer);
    if (busy) return; // it goes on from there
    busy = true;
    await look();
    busy = false;
    if (!left && !document.hidden) timer = setTimeout(next, every_ms);
  };
  const seen = () => {
    clearTimeout(timer);
    if (!document.hidden) void next();
  };
  document.addEventListener("visibilitychange", seen);
  void next();
  return () => {
    left = true;
    document.removeEventListener("visibilitychange", seen);
    clearTimeout(timer);
  };
}
