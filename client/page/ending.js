import { InterviewError } from "../sdk/index.js";
import { asError, PASSING } from "./problems.js";

/** @typedef {import("./app.js").InterviewPage} InterviewPage */

/** The interview is over, here or before it was opened. What is needed only then is loaded then. */
export class Ending {
  /** @param {InterviewPage} page */
  constructor(page) {
    this.page = page;
    /** What there is of it was asked for already. @private */
    this.lookedBack = false;
    /** @private */
    this.opening = false;
    /** Times that the code did not come. @private */
    this.missed = 0;
  }

  /** The call says that it is over. */
  show() {
    const { page } = this;
    const { screen } = page.model;
    if (this.opening || screen === "finished" || screen === "review") return page.set({});
    const status = page.client.view.completed?.status;
    // It ended while the connection was lost.
    if (!status) page.failed(page.client.connection.error ?? new InterviewError("over", ""));
    else if (status === "declined") page.set({ screen: "declined", decline: { state: "sent", leftS: 0 } });
    else {
      page.set({ screen: "finished", finishedHere: true });
      this.after((after) => after.catchUp(page));
    }
  }

  /** @param {(after: typeof import("./after-end.js")) => unknown} work */
  after(work) {
    this.load()
      .then(work)
      .catch(() => this.page.set({ failure: this.page.strings.endings.notNow }));
  }

  /**
   * A browser may remember that a module did not come: each try has an address of its own.
   * @returns {Promise<typeof import("./after-end.js")>} @private
   */
  async load() {
    try {
      return await import(`./after-end.js${this.missed ? `?try=${this.missed}` : ""}`);
    } catch (error) {
      this.missed += 1;
      throw error;
    }
  }

  /**
   * Whether this refusal is shown as the page of an interview that is over. Once: where there is no such
   * page it is a problem like any other.
   * @param {InterviewError} problem
   */
  isAnswered(problem) {
    if (problem.code !== "interview_over" || this.lookedBack) return false;
    this.lookedBack = true;
    void this.open();
    return true;
  }

  /** @private */
  async open() {
    this.opening = true;
    try {
      const { openEnded } = await this.load();
      await openEnded(this.page);
      this.opening = false;
    } catch (error) {
      this.opening = false;
      this.lookedBack = !PASSING.has(asError(error).kind);
      this.page.failed(error);
    }
  }

  /** Minutes of a review are on the screen. */
  counts() {
    const { screen, ended } = this.page.model;
    return ended?.review?.status === "open" && (screen === "finished" || screen === "review");
  }
}
