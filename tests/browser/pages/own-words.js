// Notes whatever the page showed of the candidate's own words, and of the wait in a pause, however short a time.
window.ownWords = [];
window.ringsRun = 0;
document.addEventListener("DOMContentLoaded", () => {
  const note = (changes) => {
    if (changes.some((change) => change.target.matches?.(".ring[data-wait=runs]"))) window.ringsRun += 1;
    for (const element of document.querySelectorAll(".final, .stable, .interim")) {
      const text = element.textContent.trim();
      if (text && element.checkVisibility() && !window.ownWords.includes(text)) {
        window.ownWords.push(text);
      }
    }
  };
  new MutationObserver(note).observe(document.body, {
    childList: true,
    subtree: true,
    characterData: true,
    attributes: true,
    attributeFilter: ["data-wait"],
  });
});
