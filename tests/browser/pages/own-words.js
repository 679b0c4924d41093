// Notes whatever the page showed of the candidate's own words, however short a time.
window.ownWords = [];
document.addEventListener("DOMContentLoaded", () => {
  const note = () => {
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
  });
});
