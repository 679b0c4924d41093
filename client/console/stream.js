/**
 * Server-sent events by `fetch`, which can send the key where `EventSource` cannot (WHATWG HTML,
 * section 9.2.6). What was lost is asked for again by its last id.
 *
 * @typedef {{name: string, data: any, id: string}} StreamEvent
 * @typedef {"connecting" | "open" | "waiting" | "over"} StreamState
 */

const RETRY_MS = 2_000;

/** Reads the text of a stream, piece by piece. */
export class EventReader {
  #rest = "";
  #name = "";
  /** @type {string[]} */
  #data = [];
  lastId = "";

  /** @param {string} text @returns {StreamEvent[]} */
  take(text) {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    /** @type {StreamEvent[]} */
    const found = [];
    for (const line of lines) {
      if (line === "") {
        if (this.#data.length)
          found.push({ name: this.#name, data: JSON.parse(this.#data.join("\n")), id: this.lastId });
        this.#name = "";
        this.#data = [];
      } else this.#field(line);
    }
    return found;
  }

  /** @param {string} line */
  #field(line) {
    const at = line.indexOf(":");
    const value = line.slice(at + 1).replace(/^ /, "");
    const name = line.slice(0, at);
    if (name === "id") this.lastId = value;
    else if (name === "event") this.#name = value;
    else if (name === "data") this.#data.push(value);
  }
}

/**
 * Follows until it is over, or `signal` is. Rejects with the refusal where trying again does not help.
 * @param {import("./api.js").ConsoleApi} api @param {string} id @param {boolean} words
 * @param {(event: StreamEvent) => void} onEvent @param {(state: StreamState) => void} onState
 * @param {AbortSignal} signal
 */
export async function follow(api, id, words, onEvent, onState, signal) {
  let lastId = "";
  let ended = false;
  while (!signal.aborted && !ended) {
    onState("connecting");
    try {
      const response = await api.events(id, { words, lastId, signal });
      if (response.status === 204 || !response.body) break;
      onState("open");
      const reader = new EventReader();
      const text = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let piece = await text.read(); !piece.done; piece = await text.read()) {
        for (const event of reader.take(piece.value)) {
          lastId = event.id || lastId;
          ended ||= event.name === "end";
          onEvent(event);
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      const status = /** @type {{status?: number}} */ (error).status ?? 0;
      // 409: the words are on another server, to which the next request may come.
      if (status >= 400 && status < 500 && status !== 429 && status !== 409) throw error;
    }
    if (ended) break;
    onState("waiting");
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  if (!signal.aborted) onState("over");
}
