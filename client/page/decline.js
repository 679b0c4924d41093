import { asError } from "./problems.js";

/** @typedef {import("./app.js").InterviewPage} InterviewPage */

/** How long "I do not agree" can be taken back. */
export const UNDO_MS = 8_000;
const AGAIN_MS = 3_000;

/**
 * "I do not agree", and its undo. The server learns of it when it stands: after UNDO_MS, or at once when
 * the page is left before. So what the server has is never taken back; and where its word is lost on the
 * way, the page asks again at the next visit.
 */
export class Decline {
  /** @param {Pick<InterviewPage, "client" | "model" | "set" | "open" | "failed">} page */
  constructor(page) {
    this.page = page;
    /** @type {ReturnType<typeof setTimeout> | undefined} @private */
    this.timer = undefined;
    /** @private */
    this.dueMs = 0;
  }

  begin() {
    this.dueMs = performance.now() + UNDO_MS;
    this.page.set({ screen: "declined", failure: "", decline: { state: "waiting", leftS: UNDO_MS / 1000 } });
    this.later(1_000, () => this.count());
  }

  undo() {
    if (this.page.model.decline?.state !== "waiting") return;
    clearTimeout(this.timer);
    this.page.set({ screen: "welcome", decline: null });
  }

  /** The page is left: it stands now. */
  leave() {
    const state = this.page.model.decline?.state;
    if (!state || state === "sent") return;
    clearTimeout(this.timer);
    void this.page.client.consent(false, { unloading: true }).catch(() => {});
  }

  /** @param {number} ms @param {() => void} what @private */
  later(ms, what) {
    clearTimeout(this.timer);
    this.timer = setTimeout(what, ms);
  }

  /** @private */
  count() {
    const leftMs = this.dueMs - performance.now();
    if (leftMs <= 0) return void this.send();
    this.page.set({ decline: { state: "waiting", leftS: Math.ceil(leftMs / 1000) } });
    this.later(Math.min(1_000, leftMs), () => this.count());
  }

  /** @private */
  async send() {
    this.page.set({ decline: { state: "sending", leftS: 0 } });
    try {
      await this.page.client.consent(false);
      this.page.set({ decline: { state: "sent", leftS: 0 } });
    } catch (error) {
      const problem = asError(error);
      if (problem.kind === "over") return this.page.failed(problem); // it shows how it ended
      if (problem.kind === "consent" || problem.code === "already_begun") {
        this.page.set({ decline: null });
        return this.page.open(); // another text, or it goes on in another window
      }
      this.page.set({ decline: { state: "failed", leftS: 0 } });
      this.later(AGAIN_MS, () => void this.send());
    }
  }
}
