import { decode } from "./channel.js";
import { InterviewError, kindOf, waitingOf } from "./errors.js";

export const OPEN_TIMEOUT_MS = 15_000;
const PROTOCOL = "interview.v1";
const MAX_BUFFERED_BYTES = 65_536;
const LEFT = 1_000;

/** @typedef {import("./connection.js").Call} Call */
/** @typedef {import("./connection.js").CallOptions} CallOptions */

/**
 * A call in writing: the interview's messages over a WebSocket, where no sound gets through.
 * It is open with the server's first message; a refusal is a message of Problem details.
 * @implements {Call}
 */
export class TextCall {
  /** @param {CallOptions} options */
  constructor(options) {
    this.options = options;
    this.closed = false;
    /** @type {WebSocket | null} @private */
    this.socket = null;
  }

  /** @returns {Promise<void>} */
  open() {
    const { textUrl, token, onText } = this.options;
    return new Promise((resolve, reject) => {
      // The token is a protocol, not a part of the address: those are logged on their way.
      const socket = new WebSocket(textUrl, [PROTOCOL, `bearer.${token}`]);
      this.socket = socket;
      let opened = false;
      const fail = (/** @type {InterviewError} */ error) => {
        clearTimeout(timer);
        void this.close();
        reject(error);
      };
      const late = new InterviewError("network", "The server did not answer in time.");
      const timer = setTimeout(() => fail(late), OPEN_TIMEOUT_MS);
      socket.onmessage = ({ data }) => {
        if (this.closed) return;
        if (!opened) {
          const problem = problemOf(data);
          if (problem) return fail(problem);
          if (!decode(data)) return;
          opened = true;
          clearTimeout(timer);
          resolve();
        }
        onText(data);
      };
      socket.onclose = () => {
        if (opened) this.down("connection closed");
        else if (!this.closed) fail(new InterviewError("network", "The server could not be reached."));
      };
    });
  }

  /** @param {string} text */
  send(text) {
    const { socket } = this;
    if (this.closed || socket?.readyState !== WebSocket.OPEN || socket.bufferedAmount > MAX_BUFFERED_BYTES)
      return false;
    socket.send(text);
    return true;
  }

  /** Nothing is spoken here: a microphone needs another call. @param {MediaStreamTrack | null} track */
  async replaceMicrophone(track) {
    return track === null;
  }

  /** There is nothing to restart; a socket that is gone says so. */
  async restartIce() {
    return false;
  }

  async close() {
    if (this.closed) return;
    this.closed = true;
    this.socket?.close(LEFT);
  }

  async stats() {
    return null;
  }

  /** @param {string} reason @private */
  down(reason) {
    if (this.closed) return;
    void this.close();
    this.options.onDown(reason);
  }
}

/**
 * Why the server lets nobody in here, or null: a message of the interview. @param {unknown} data
 */
export function problemOf(data) {
  /** @type {{status?: unknown, code?: unknown, detail?: unknown, retry_after_s?: unknown, waiting?: unknown}} */
  let problem = {};
  try {
    problem = Object(JSON.parse(String(data)));
  } catch {
    return null;
  }
  const { status, code, detail, retry_after_s: retryAfterS } = problem;
  if (typeof status !== "number" || typeof code !== "string" || status < 400) return null;
  return new InterviewError(kindOf(status, code), typeof detail === "string" ? detail : code, {
    status,
    code,
    retryAfterS: typeof retryAfterS === "number" ? retryAfterS : null,
    waiting: waitingOf(problem.waiting),
  });
}
