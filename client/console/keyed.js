/**
 * Requests with the key that was typed in. The key is in this object and nowhere else: no storage of
 * the browser, no cookie and no address ever has it.
 *
 * @typedef {{pointer: string, message: string}} Fault
 */

export const TIMEOUT_MS = 20_000;
const HEADER = /^[\x21-\x7e]+$/;

/** The server's refusal (RFC 9457), or that it was not reached (status 0). */
export class ApiProblem extends Error {
  /** @param {number} status @param {string} code @param {string} detail @param {Fault[]} [errors] */
  constructor(status, code, detail, errors = []) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

export class KeyedApi {
  #key;

  /** @param {string} base of the server, without a slash at its end @param {string} key */
  constructor(base, key) {
    this.base = base;
    this.#key = key;
  }

  /**
   * @param {string} method @param {string} path @param {unknown} [body]
   * @param {Record<string, string>} [headers] @param {AbortSignal} [signal]
   */
  async json(method, path, body, headers, signal) {
    return (await this.request(method, path, body, headers, signal)).json();
  }

  /**
   * @param {string} method @param {string} path @param {unknown} [body]
   * @param {Record<string, string>} [headers] @param {AbortSignal} [signal]
   */
  async request(method, path, body, headers = {}, signal = AbortSignal.timeout(TIMEOUT_MS)) {
    // No header can carry it, so that no server has such a key.
    if (!HEADER.test(this.#key)) throw new ApiProblem(401, "unauthorized", "");
    /** @type {RequestInit} */
    const init = { method, signal, cache: "no-store", headers: { ...headers, Authorization: `Bearer ${this.#key}` } };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { ...init.headers, "Content-Type": "application/json" };
    }
    const response = await fetch(this.base + path, init).catch((error) => {
      if (signal.aborted && error.name === "AbortError") throw error;
      throw new ApiProblem(0, "network", error.message);
    });
    if (!response.ok) throw await problemOf(response);
    return response;
  }
}

/** @param {Response} response */
async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  const detail = typeof body.detail === "string" ? body.detail : response.statusText;
  return new ApiProblem(response.status, String(body.code ?? ""), detail, body.errors ?? []);
}
