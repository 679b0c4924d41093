import { BEGINNING } from "../sdk/rehearsal.js";
import { asError } from "./problems.js";

/** @typedef {import("./app.js").InterviewPage} InterviewPage */

/** The rehearsal on the check screen: one at a time, and none once the interview begins. */
export class Rehearsing {
  /** @param {InterviewPage} page */
  constructor(page) {
    this.page = page;
    /** @type {import("../sdk/rehearsal.js").Rehearsal | null} @private */
    this.call = null;
    /** Counts what was asked for: the newest wins. @private */
    this.asked = 0;
  }

  /** In a click: sound may play from then on. */
  async begin() {
    const { page } = this;
    this.close();
    const asked = this.asked;
    page.sound.playback.unlock();
    page.setCheck({ rehearsal: BEGINNING });
    try {
      const call = await page.client.rehearse({
        microphone: page.sound.track,
        onView: (rehearsal) => asked === this.asked && page.setCheck({ rehearsal }),
        onTrack: (track) => asked === this.asked && page.sound.playback.attach(track),
      });
      if (asked === this.asked) this.call = call;
      else await call.close();
    } catch (error) {
      if (asked === this.asked)
        page.setCheck({ rehearsal: { ...BEGINNING, phase: "failed", over: asError(error).kind } });
    }
  }

  /** What is next: the candidate's turn, or the end of it. */
  next() {
    if (this.page.model.check.rehearsal?.phase === "listening") this.call?.done();
    else this.call?.listen();
  }

  /** Before the interview, or because it is not wanted any more. */
  close() {
    this.asked += 1;
    const call = this.call;
    this.call = null;
    void call?.close();
  }
}
