import { InterviewError, isSuperseded } from "./errors.js";

/** @typedef {import("./api.js").Api} Api */
/** @typedef {import("./api.js").Joined} Joined */
/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Keep */

const TOKEN_MARGIN_MS = 15_000;
const KEY = "interview-resume:";

/**
 * The resume token of one interview, across a reload of the page.
 *
 * Session storage on purpose: it is this tab's alone, so a second tab cannot pass for the first,
 * and the browser forgets it with the tab, so nothing that opens an interview stays on a computer
 * that others use. Whoever comes back after that has the join link. When the interview is over it
 * opens no call, and shows this tab its words.
 */
export class ResumeMemory {
  /** @param {string} base @param {string} link @param {Keep | null} keep null: in memory only */
  constructor(base, link, keep) {
    // The interview's id is the part of a link that is no secret.
    this.key = KEY + [base, link.split(".")[0]].join("/");
    this.keep = keep;
    this.token = this.stored();
  }

  /** @private */
  stored() {
    try {
      return this.keep?.getItem(this.key) ?? "";
    } catch {
      return ""; // storage is switched off
    }
  }

  /** @param {string} token "" forgets it */
  set(token) {
    this.token = token;
    try {
      if (token) this.keep?.setItem(this.key, token);
      else this.keep?.removeItem(this.key);
    } catch {
      // full or switched off: a reload will use the link
    }
  }
}

/** Session storage, or null where the browser does not let us have it. @returns {Keep | null} */
export function sessionKeep() {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}

/**
 * Client tokens for calls: by the resume token of the last connection where there is one, by the
 * join link otherwise.
 */
export class Admission {
  /** @param {Api} api @param {string} link @param {Keep | null} keep */
  constructor(api, link, keep) {
    this.api = api;
    this.link = link;
    this.memory = new ResumeMemory(api.base, link, keep);
    /** @type {Joined | null} */
    this.joined = null;
    /** What is asked for beside the token: nothing, before the end. @type {{ended: true} | undefined} @private */
    this.how = undefined;
  }

  /** A token that is still good, joining again where there is none. Throws InterviewError. */
  async ticket() {
    if (this.joined && !this.isOld()) return this.joined;
    this.joined = (await this.resumed()) ?? (await this.api.join(this.link, this.how));
    return this.joined;
  }

  /** Join because the candidate asked for it: whoever took over in the meantime gives way. */
  async deliberately() {
    this.joined = null;
    try {
      return await this.ticket();
    } catch (error) {
      if (!isSuperseded(error)) throw error;
      this.memory.set("");
      return this.ticket();
    }
  }

  /** Join an interview that is over, to read. Throws InterviewError. */
  afterEnd() {
    this.how = { ended: true };
    return this.deliberately();
  }

  /**
   * By the resume token; null where there is none or the server does not know it (any more). That
   * another connection has taken over is thrown: an old window must not take the interview back.
   * @returns {Promise<Joined | null>}
   * @private
   */
  async resumed() {
    const { token } = this.memory;
    if (!token) return null;
    try {
      return await this.api.resume(token, this.how);
    } catch (error) {
      if (!refused(error) || isSuperseded(error)) throw error;
      // A newer welcome may have brought another token in the meantime.
      if (this.memory.token === token) this.memory.set("");
      return null;
    }
  }

  /** The call is lost: the next one is asked for with the resume token. */
  lost() {
    if (this.memory.token) this.joined = null;
  }

  /** The server has refused the client token. */
  refused() {
    this.joined = null;
  }

  /**
   * Run with a token; once more with a fresh one when the server says that it has expired.
   * @template T
   * @param {(joined: Joined) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async withToken(work) {
    try {
      return await work(await this.ticket());
    } catch (error) {
      if (!(error instanceof InterviewError) || error.kind !== "token") throw error;
      this.joined = null;
      return work(await this.ticket());
    }
  }

  /** @private */
  isOld() {
    const expiresMs = Date.parse(this.joined?.expires_at ?? "");
    return !Number.isNaN(expiresMs) && expiresMs - Date.now() < TOKEN_MARGIN_MS;
  }
}

/** The server answered, and its answer is about this token. @param {unknown} error */
function refused(error) {
  return error instanceof InterviewError && ["token", "link", "rejected"].includes(error.kind);
}
