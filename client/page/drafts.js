/** @typedef {import("../sdk/resume.js").Keep} Keep */

const KEY = "interview-drafts:";

/**
 * What was typed and not sent yet, by prompt: across a pause, a lost call and a reload.
 *
 * In session storage, like the resume token: it is this tab's alone and goes with it. Unsent words
 * never reach the server.
 */
export class Drafts {
  /** @param {string} base @param {string} link @param {Keep | null} keep null: in memory only */
  constructor(base, link, keep) {
    // The interview's id is the part of a link that is no secret.
    this.key = KEY + [base, link.split(".")[0]].join("/");
    this.keep = keep;
    /** @type {Map<string, string>} */
    this.texts = this.stored();
  }

  /** @returns {Map<string, string>} @private */
  stored() {
    try {
      const found = Object.entries(JSON.parse(this.keep?.getItem(this.key) ?? "{}") ?? {});
      return new Map(found.filter((entry) => typeof entry[1] === "string"));
    } catch {
      return new Map(); // storage is switched off, or holds something else
    }
  }

  /** @param {string} promptId */
  of(promptId) {
    return this.texts.get(promptId) ?? "";
  }

  /** @param {string} promptId @param {string} text "" forgets it */
  set(promptId, text) {
    if (!promptId) return; // nothing has been asked: there is nothing to answer
    if (text) this.texts.set(promptId, text);
    else this.texts.delete(promptId);
    this.store();
  }

  /** The interview is over: nothing of it stays on a computer that others use. */
  clear() {
    this.texts.clear();
    this.store();
  }

  /** @protected */
  store() {
    try {
      if (this.texts.size) this.keep?.setItem(this.key, JSON.stringify(Object.fromEntries(this.texts)));
      else this.keep?.removeItem(this.key);
    } catch {
      // full or switched off: a pause keeps it, a reload will not
    }
  }
}
