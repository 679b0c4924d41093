import { request } from "../sdk/http.js";

/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./place.js").Place} Place */

const DEADLINE_MS = 30_000;
const FILE_DEADLINE_MS = 300_000;

/** The requests of the page; each carries the token as a header. */
export class ReportApi {
  /** @param {Place} place @param {typeof fetch} [fetch_] */
  constructor(place, fetch_ = globalThis.fetch.bind(globalThis)) {
    this.place = place;
    this.fetch = fetch_;
    /** Of the report that came last. @type {string | null} */
    this.etag = null;
  }

  /** @returns {Promise<Report>} */
  async report() {
    return this.#taken(await request(this.fetch, this.#path, this.init(), DEADLINE_MS));
  }

  /** One that says more than the last one; null: there is none. @returns {Promise<Report | null>} */
  async newer() {
    const { headers, ...init } = this.init();
    const asked = { ...init, headers: { ...headers, ...(this.etag ? { "If-None-Match": this.etag } : {}) } };
    /** @type {typeof fetch} */
    const fetch_ = async (...given) => {
      const response = await this.fetch(...given);
      return response.status === 304 ? new Response(null, { status: 204 }) : response;
    };
    const response = await request(fetch_, this.#path, asked, DEADLINE_MS);
    return response.status === 204 ? null : this.#taken(response);
  }

  get #path() {
    return this.url(`v1/interviews/${encodeURIComponent(this.place.interview)}/report`);
  }

  /** @param {Response} response */
  async #taken(response) {
    const report = await response.json();
    this.etag = response.headers.get("ETag");
    return report;
  }

  /** Loudness, where it was not yet known. @param {string} url @returns {Promise<import("./types.js").Sound>} */
  async sound(url) {
    return (await request(this.fetch, this.url(url), this.init(), FILE_DEADLINE_MS)).json();
  }

  /** One of `links`. @param {string} url @returns {Promise<{blob: Blob, name: string | null}>} */
  async file(url) {
    const response = await request(this.fetch, this.url(url), this.init(), FILE_DEADLINE_MS);
    return { blob: await response.blob(), name: nameOf(response.headers.get("Content-Disposition")) };
  }

  /** A person decides about a score; answers the evaluation after it. @param {string} url @param {Record<string, unknown>} body @returns {Promise<import("./types.js").Evaluation>} */
  async decide(url, body) {
    const { headers, ...init } = this.init();
    const json = { ...headers, "Content-Type": "application/json" };
    const sent = { ...init, method: "POST", headers: json, body: JSON.stringify(body) };
    return (await request(this.fetch, this.url(url), sent, DEADLINE_MS)).json();
  }

  /** Relative URLs count from where the service is mounted. @param {string} path */
  url(path) {
    return new URL(path.replace(/^\//, ""), `${this.place.base}/`).href;
  }

  /** @private @returns {RequestInit} */
  init() {
    return { headers: { Authorization: `Bearer ${this.place.token}` }, cache: "no-store", credentials: "omit" };
  }
}

/** File name of a Content-Disposition (RFC 6266), without its path. @param {string | null} header */
export function nameOf(header) {
  const encoded = header?.match(/filename\*=UTF-8''([^;]+)/i)?.[1];
  const plain = header?.match(/filename="?([^";]+)"?/i)?.[1];
  let name = plain ?? "";
  try {
    if (encoded) name = decodeURIComponent(encoded);
  } catch {
    // not what it says: the plain name is left
  }
  return name.split(/[/\\]/).pop()?.trim() || null;
}
