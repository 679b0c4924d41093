/** @typedef {import("./app.js").InterviewPage} InterviewPage */

/**
 * Whether sound gets through, looked at before the start; and typing over the web where it does not.
 */
export class Connectivity {
  /** @param {InterviewPage} page */
  constructor(page) {
    this.page = page;
    /** Counts the checks: the newest one says what is shown. @private */
    this.asked = 0;
  }

  async check() {
    const { page } = this;
    if (page.options.callFactory) return; // a test, without a network
    const asked = ++this.asked;
    page.set({ connectivity: "checking" });
    /** @type {import("./model.js").Model["connectivity"]} */
    let found = "unknown";
    try {
      found = (await page.client.checkConnectivity()).udp ? "open" : "blocked";
    } catch {
      // the server did not answer: that says nothing of the ways of sound
    }
    if (asked === this.asked) page.set({ connectivity: found });
  }

  /** How the next call is made. @param {boolean} withMicrophone */
  choose(withMicrophone) {
    const { client, model } = this.page;
    if (withMicrophone) client.useTransport("media");
    else if (model.connectivity === "blocked") client.useTransport("text");
  }

  /** The candidate types over the web, from the check or in the middle of the interview. */
  type() {
    const { page } = this;
    const { screen } = page.model; // another one may come with the change of transport
    page.client.useTransport("text");
    page.sound.release();
    if (screen === "check") {
      page.start(false);
      return;
    }
    void page.client.useMicrophone(null);
    page.set({ hasMicrophone: false, microphoneTrouble: "", soundLocked: false, typing: true });
  }
}
