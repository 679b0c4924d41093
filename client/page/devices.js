import { MicrophoneError, microphonePermission } from "../sdk/index.js";

/** @typedef {import("./app.js").InterviewPage} InterviewPage */
/** @typedef {import("./model.js").MicrophoneTrouble} MicrophoneTrouble */

/** Microphones and speakers: asked for, chosen, gone and found again. */
export class Devices {
  /** @param {InterviewPage} page */
  constructor(page) {
    this.page = page;
    /** @private */
    this.replacing = false;
  }

  /** Ask for a microphone on the check screen. @param {string} deviceId "" for any */
  async ask(deviceId) {
    const { page } = this;
    if (page.model.check.microphone === "asking") return;
    page.setCheck({ microphone: "asking", problem: null, sound: "waiting" });
    try {
      if (!(await page.sound.open(deviceId))) return;
      page.setCheck({ microphone: "on", microphoneId: page.sound.deviceId });
    } catch (error) {
      page.setCheck({ microphone: "problem", problem: problemOf(error), microphoneId: "" });
    }
    await this.read();
  }

  /** Take another microphone, during the call too. @param {string} id "": none, the candidate types */
  async choose(id) {
    const { page } = this;
    if (page.model.screen === "check") {
      await this.ask(id);
      return;
    }
    if (!id) {
      page.sound.release();
      await page.client.useMicrophone(null);
      page.set({ hasMicrophone: false, microphoneTrouble: "" });
      return;
    }
    try {
      const track = await page.sound.open(id);
      if (!track) return;
      page.setCheck({ microphone: "on", microphoneId: page.sound.deviceId });
      page.set({ hasMicrophone: true, typing: page.model.draft !== "" });
      await page.client.useMicrophone(track);
    } catch (error) {
      this.tell(problemOf(error));
    }
  }

  /** @param {string} id */
  async chooseSpeaker(id) {
    const { page } = this;
    page.setCheck({ speakerId: id });
    await page.sound.playback.useOutput(id).catch(() => page.setCheck({ tone: "failed" }));
  }

  async playTone() {
    const { page } = this;
    page.setCheck({ tone: "playing" });
    try {
      await page.sound.playback.testTone();
      page.setCheck({ tone: "played" });
    } catch {
      page.setCheck({ tone: "failed" });
    }
  }

  /** Which there are now. */
  async read() {
    const { page } = this;
    const { microphones, speakers } = await page.sound.devices();
    const known = page.sound.playback.canChooseOutput ? speakers : [];
    page.setCheck({ microphones: microphones.filter((device) => device.label), speakers: known });
  }

  /** Something was plugged in or pulled out, or allowed: the microphone that was missing may be back. */
  async changed() {
    await this.read();
    // Where it is blocked nobody is asked unasked.
    const blocked = this.page.model.microphoneTrouble === "blocked" && (await microphonePermission()) !== "granted";
    const { microphoneTrouble, screen } = this.page.model;
    const gone = ["ended", "blocked"].includes(microphoneTrouble) && !blocked;
    if (gone && ["call", "waiting", "paused"].includes(screen)) await this.replace();
  }

  /**
   * The candidate asks for a fix. What can be tried is tried before a choice is offered: while it is
   * blocked the list has no microphone, and one that is the only choice cannot be chosen again.
   * @param {() => void} choose
   */
  async mend(choose) {
    const { page } = this;
    const { check, microphoneTrouble } = page.model;
    if (this.replacing) return;
    if (["ended", "blocked"].includes(microphoneTrouble) || check.microphones.length < 2) {
      const problem = await this.replace();
      if (!page.model.microphoneTrouble) return;
      if (problem) this.tell(problem);
    }
    choose();
  }

  /** @param {import("../sdk/devices.js").MicrophoneProblem} problem @private */
  tell(problem) {
    const [title = "", advice = ""] = this.page.strings.check.problems[problem];
    this.page.notice(`${title}. ${advice}`, 12_000);
  }

  /** With the same microphone as before, or by way of the check: who spoke is not made to type. */
  async comeBack() {
    const { page } = this;
    if (!page.model.hasMicrophone) page.start(false);
    else if (await this.reopen()) page.start(true);
    else await page.toCheck();
  }

  /**
   * Whether the microphone of before is there: live still, or opened again by its name. Not another
   * one, and no excuse: what is wrong is shown on the check.
   */
  async reopen() {
    const { sound, model } = this.page;
    if (sound.track?.readyState === "live") return true;
    try {
      return (await sound.open(model.check.microphoneId)) !== null;
    } catch {
      return false;
    }
  }

  /** The microphone has stopped, is silenced by the system, or gives nothing. @param {MicrophoneTrouble} trouble */
  async trouble(trouble) {
    const { page } = this;
    if (page.model.screen === "check") {
      if (trouble === "ended") page.setCheck({ microphone: "problem", problem: "constraint", microphoneId: "" });
      return;
    }
    page.set({ microphoneTrouble: trouble });
    if (trouble !== "ended") return;
    await this.replace();
    if (page.model.microphoneTrouble) page.set({ typing: true, typingByClick: false });
  }

  /** The one that went, else the next; why not, where there is none. @private */
  async replace() {
    const { page } = this;
    if (this.replacing) return null;
    this.replacing = true;
    try {
      const track = await page.sound.open(page.model.check.microphoneId).catch(() => page.sound.open());
      if (!track) return null;
      page.setCheck({ microphone: "on", microphoneId: page.sound.deviceId });
      if (track.label) page.notice(page.strings.microphones.nowUsing(track.label), 8_000);
      await page.client.useMicrophone(track);
      return null;
    } catch (error) {
      const problem = problemOf(error);
      page.set({ microphoneTrouble: ["denied", "dismissed"].includes(problem) ? "blocked" : "ended" });
      return problem;
    } finally {
      this.replacing = false;
      await this.read();
    }
  }
}

/** @param {unknown} error */
function problemOf(error) {
  return error instanceof MicrophoneError ? error.problem : "unknown";
}
