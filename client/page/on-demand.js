import { hasPassed } from "./lingering.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").Strings} Strings */

/**
 * The dialog with the conversation so far. Its code is fetched when there is something to look up,
 * not with the page, so that it is there even when the connection is not.
 * @param {HTMLElement} root @param {Strings} strings @param {() => void} onFailure it cannot be had now
 */
export function historyOnDemand(root, strings, onFailure) {
  /** @type {Model | null} */
  let model = null;
  /** @typedef {ReturnType<typeof import("./screens/history.js").historyDialog>} Dialog */
  /** @type {Promise<Dialog> | null} */
  let loading = null;
  /** @type {Dialog | null} */
  let dialog = null;
  let fetchedAhead = false;

  let tries = 0;

  async function load() {
    tries += 1;
    // A browser may remember that a module did not come: each try has an address of its own.
    /** @type {typeof import("./screens/history.js")} */
    const { historyDialog } = await import(`./screens/history.js${tries > 1 ? `?try=${tries}` : ""}`);
    dialog = historyDialog(strings);
    root.append(dialog.element);
    return dialog;
  }
  function loaded() {
    loading ??= load().catch((error) => {
      loading = null;
      throw error;
    });
    return loading;
  }

  return {
    async open() {
      try {
        const ready = await loaded();
        if (model) ready.open(model);
      } catch {
        onFailure();
      }
    },
    close: () => dialog?.close(),
    /** @param {Model} now */
    update(now) {
      model = now;
      if (!fetchedAhead && now.screen === "call" && hasPassed(now.view)) {
        fetchedAhead = true;
        void loaded().catch(() => {}); // tried again at a click
      }
      if (dialog?.element.open) dialog.update(now);
    },
  };
}
