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
  }

  /** @returns {Promise<Report>} */
  async report() {
    const path = `v1/interviews/${encodeURIComponent(this.place.interview)}/report`;
    return (await request(this.fetch, this.url(path), this.init(), DEADLINE_MS)).json();
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
