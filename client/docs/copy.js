// A button beside each example of /docs that copies it. Without this file the examples are text to select.

const SHOWN_MS = 2000;

const told = document.createElement("p");
told.className = "unseen";
told.setAttribute("role", "status");
document.body.append(told);

for (const example of document.querySelectorAll("pre[data-copy]")) {
  const label = example.getAttribute("aria-label") ?? "";
  const language = label.split(":", 1)[0];
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `Copy ${language}`;
  button.setAttribute("aria-label", `Copy ${label}`);
  button.addEventListener("click", () => copy(example, button, language));
  example.before(button);
}

/**
 * @param {Element} example
 * @param {HTMLButtonElement} button
 * @param {string} language
 */
async function copy(example, button, language) {
  const done = await written(example);
  const said = done ? "Copied" : "Selected: press Ctrl+C";
  button.textContent = said;
  told.textContent = `${language}: ${said}`;
  setTimeout(() => {
    button.textContent = `Copy ${language}`;
    told.textContent = "";
  }, SHOWN_MS);
}

/**
 * Whether it is in the clipboard. Where the page may not write there (no https), it is selected instead.
 * @param {Element} example
 */
async function written(example) {
  try {
    await navigator.clipboard.writeText(example.textContent ?? "");
    return true;
  } catch {
    getSelection()?.selectAllChildren(example);
    return false;
  }
}
