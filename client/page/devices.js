import { MicrophoneError } from "../sdk/index.js";

/** @typedef {import("./app.js").InterviewPage} InterviewPage */

/** Microphones and speakers: asked for, chosen, gone and found again. */
export class Devices {
  /** @param {InterviewPage} page */
  constructor(page) {
    this.page = page;
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
      page.set({ hasMicrophone: true, microphoneTrouble: "", typing: false });
      await page.client.useMicrophone(track);
    } catch (error) {
      const [title = "", advice = ""] = page.strings.check.problems[problemOf(error)];
      page.notice(`${title}. ${advice}`, 12_000);
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

  /** The microphone has stopped, or is silenced by the system. @param {"" | "ended" | "muted"} trouble */
  async trouble(trouble) {
    const { page } = this;
    if (page.model.screen === "check") {
      if (trouble === "ended") page.setCheck({ microphone: "problem", problem: "constraint", microphoneId: "" });
      return;
    }
    page.set({ microphoneTrouble: trouble });
    if (trouble !== "ended") return;
    try {
      // Permission was given: the next microphone can be had without asking.
      const track = await page.sound.open();
      if (!track) return;
      page.set({ microphoneTrouble: "" });
      await page.client.useMicrophone(track);
    } catch {
      page.set({ typing: true });
    }
    await this.read();
  }
}

/** @param {unknown} error */
function problemOf(error) {
  return error instanceof MicrophoneError ? error.problem : "unknown";
}
