import { InterviewError, promptOf } from "../sdk/index.js";

/** @typedef {import("./app.js").InterviewPage} InterviewPage */
/** @typedef {import("../sdk/messages.js").ServerMessage} ServerMessage */
/** @typedef {import("../sdk/messages.js").Transcript} Transcript */

/** After the welcome of a new call: by then the server has told again what it has. */
export const CHECK_MS = 2_000;

/**
 * @typedef {object} Sent
 * @property {string} promptId of the prompt on the screen when it was sent
 * @property {string} text
 * @property {number} sentMs
 * @property {boolean} back its call is lost: the text is in the draft again, until we know more
 */

/**
 * Typed answers, from the first letter until the server has said that it has them.
 *
 * A data channel takes text for many seconds after its server has died. So the text stays in the
 * drafts until its `transcript` comes. When the call is lost before, the text is put back into its
 * box; the replay of the next call takes it out again where the answer did arrive.
 */
export class Answers {
  /** @param {Pick<InterviewPage, "client" | "drafts" | "model" | "set">} page */
  constructor(page) {
    this.page = page;
    /** Not confirmed yet, oldest first. @type {Sent[]} @private */
    this.sent = [];
    /** @type {number | null} @private */
    this.welcomedMs = null;
    page.client.on("message", (message) => this.hear(message));
    page.client.on("change", () => this.follow());
  }

  /** What is typed and not sent yet belongs to the question on the screen. @param {string} text */
  draft(text) {
    this.page.set({ draft: text });
    this.keep();
  }

  /** Whether it was sent; if not, the page says why. @param {string} text */
  send(text) {
    const { client, model } = this.page;
    const { promptId } = model.view;
    // It may be there already: we are about to know.
    if (this.sent.some((one) => one.back) && !this.checked() && this.connected()) return this.notNow("checking");
    try {
      if (!client.answer(text, promptId)) return this.notNow("notSent");
    } catch (error) {
      if (!(error instanceof InterviewError)) throw error;
      return this.notNow("tooLong");
    }
    this.sent = this.sent.filter((one) => !one.back);
    this.sent.push({ promptId, text, sentMs: performance.now(), back: false });
    this.say("");
    this.draft("");
    return true;
  }

  /** Done: what is typed is a part of the answer, and sending it ends the turn as Done does. */
  finish() {
    if (this.send(this.page.model.draft.trim())) this.page.set({ closingTurn: true });
    else this.page.set({ typing: true, typingByClick: false }); // why not, stands beside it
  }

  /** @param {import("./model.js").Model["typingProblem"]} why @private */
  notNow(why) {
    this.say(why);
    return false;
  }

  /** The interview is over: nothing of it stays on a computer that others use. */
  clear() {
    this.sent = [];
    this.page.drafts.clear();
    this.page.set({ draft: "", typingProblem: "", unconfirmedSinceMs: null });
  }

  /** From time to time: what was lost is known to be lost once the server has told all it has. */
  tick() {
    const { typingProblem } = this.page.model;
    if (typingProblem === "notSent" && this.connected()) this.say("");
    if (!this.checked() || !this.sent.some((one) => one.back)) return;
    this.sent = this.sent.filter((one) => !one.back); // a draft like any other from now on
    this.say(this.page.model.draft ? "notArrived" : "");
  }

  /** @private */
  connected() {
    const { state } = this.page.client.connection;
    return state === "open" || state === "suspect";
  }

  /** @private */
  checked() {
    return this.welcomedMs !== null && performance.now() - this.welcomedMs >= CHECK_MS;
  }

  /** @private */
  waiting() {
    return this.sent.filter((one) => !one.back);
  }

  /** @param {import("./model.js").Model["typingProblem"]} typingProblem @private */
  say(typingProblem) {
    this.page.set({ typingProblem, unconfirmedSinceMs: this.sent[0]?.sentMs ?? null });
  }

  /** In the drafts: what is not confirmed, then what is being typed. @private */
  keep() {
    const { model, drafts } = this.page;
    const { promptId } = model.view;
    const waiting = this.waiting().filter((one) => one.promptId === promptId);
    drafts.set(promptId, joined([...waiting.map((one) => one.text), model.draft]));
  }

  /** @param {ServerMessage} message @private */
  hear(message) {
    if (message.type === "welcome") this.welcomedMs = performance.now();
    else if (message.type === "transcript" && message.final && message.mode === "text") this.confirm(message);
    else if (message.type === "hint") this.heed(message.code);
    // It does not say which message was meant. Was it another one, the transcript clears the box.
    else if (message.type === "error" && message.code === "bad_message") {
      this.bringBack(this.waiting().slice(-1), "notArrived");
    }
  }

  /** @param {string} code of a hint @private */
  heed(code) {
    // Kept for the result, though under no question: the text is of no more use here.
    if (code === "typed_early" || code === "typed_late") this.arrived(this.waiting().slice(0, 1));
    // The newest was not taken, and the hint on the screen says so.
    else if (code === "too_many_answers") this.bringBack(this.waiting().slice(-1), "");
  }

  /**
   * By its words, for older servers put it under the next question when that began while it was on its
   * way; else by its question, should the server have changed the words.
   * @param {Transcript} message @private
   */
  confirm(message) {
    const asked = promptOf(message);
    const same = this.sent.filter((one) => plain(one.text) === plain(message.text));
    const next = this.waiting().filter((one) => one.promptId === asked);
    const here = same.filter((one) => one.promptId === asked);
    const found = here.length ? here : (same.length ? same : next).slice(0, 1);
    if (found.length) this.arrived(found);
    else this.takeOut(asked, message.text); // sent before a reload of this page
  }

  /** @param {Sent[]} those @private */
  arrived(those) {
    if (!those.length) return;
    this.sent = this.sent.filter((one) => !those.includes(one));
    for (const { promptId, text, back } of those) {
      if (back || promptId !== this.page.model.view.promptId) this.takeOut(promptId, text);
    }
    this.keep();
    this.say("");
  }

  /** What has arrived is no draft. @param {string} promptId @param {string} text @private */
  takeOut(promptId, text) {
    const { model, drafts } = this.page;
    if (promptId === model.view.promptId) this.draft(without(model.draft, text));
    else drafts.set(promptId, without(drafts.of(promptId), text));
  }

  /** @private */
  follow() {
    if (this.connected()) return;
    this.welcomedMs = null;
    this.bringBack(this.waiting(), "broughtBack");
  }

  /**
   * Into the box, before what has been typed since; under another question than the one on the
   * screen it stays in the drafts.
   * @param {Sent[]} those @param {import("./model.js").Model["typingProblem"]} typingProblem @private
   */
  bringBack(those, typingProblem) {
    if (!those.length) return;
    const lost = !this.connected();
    // Where the call goes on, what was refused is known to be: a draft like any other.
    if (!lost) this.sent = this.sent.filter((one) => !those.includes(one));
    for (const one of those) one.back = true;
    if (this.page.model.closingTurn) this.page.set({ closingTurn: false }); // Done has sent it
    const { draft, view } = this.page.model;
    const here = those.filter((one) => one.promptId === view.promptId).map((one) => one.text);
    if (here.length) {
      this.page.set({ typing: true, typingByClick: false });
      this.draft(joined([...here, draft]));
    }
    this.say(here.length ? typingProblem : "");
  }
}

/** @param {string[]} texts */
function joined(texts) {
  return texts.filter(Boolean).join("\n");
}

/** What is left of a text that the server takes: without what no screen shows. @param {string} text */
function plain(text) {
  return text.replace(/[\p{C}\s]/gu, "");
}

/** @param {string} draft @param {string} text one of its parts */
function without(draft, text) {
  if (plain(draft) === plain(text)) return "";
  const lines = `\n${draft}\n`;
  const at = lines.indexOf(`\n${text}\n`);
  return at < 0 ? draft : `${lines.slice(0, at)}${lines.slice(at + text.length + 1)}`.slice(1, -1);
}
