import { ApiProblem, KeyedApi, TIMEOUT_MS } from "./keyed.js";

export { ApiProblem };

/**
 * The public API, with the key that was typed in.
 *
 * @typedef {object} Interview
 * @property {string} id
 * @property {string} status
 * @property {string} title
 * @property {string | null} [candidate_external_id]
 * @property {string} created_at
 * @property {string | null} [expires_at]
 * @property {number} questions_total
 * @property {number | null} round
 * @property {boolean} live
 * @property {"pending" | "proposed" | "needs_human" | "final" | "failed" | null} [evaluation]
 * @property {Record<string, string>} metadata
 * @property {string} join_url
 * @property {string} [damage]
 * @property {{id: string, text: string}[]} [questions]
 * @property {Warning[]} [warnings]
 *
 * @typedef {{id: string, created_at: string, expires_at: string}} ReportLink
 * @typedef {{pointer: string, message: string}} Fault
 * @typedef {{code: string, pointer: string, message: string}} Warning
 * @typedef {{interviews: Interview[], next_cursor: string}} Page
 * @typedef {{id: string, version: number, name: string, title: string, questions_total: number}} Template
 */

export class ConsoleApi extends KeyedApi {
  /** @param {string} base of the server, without a slash at its end @param {string} key */
  constructor(base, key) {
    super(base, key);
    /** Which addresses this server has, by its own description. @type {ReadonlySet<string>} */
    this.paths = new Set();
    /** What the server remarked on an interview that was made here. @type {Map<string, Warning[]>} */
    this.warnings = new Map();
  }

  /** Whether the key is good, and what this server can do. */
  async open() {
    await this.list({ limit: 1 });
    const document = await this.json("GET", "/openapi.json");
    this.paths = new Set(Object.keys(document.paths ?? {}));
  }

  /** @param {string} path with its variables, as in the description */
  has(path) {
    return this.paths.has(path);
  }

  /** @param {{cursor?: string, status?: string, text?: string, limit?: number}} query @returns {Promise<Page>} */
  async list({ cursor = "", status = "", text = "", limit = 20 }) {
    const query = new URLSearchParams({ limit: String(limit) });
    for (const [name, value] of Object.entries({ cursor, status, text })) if (value) query.set(name, value);
    return this.json("GET", `/v1/interviews?${query}`);
  }

  /** @param {string} id @returns {Promise<Interview>} */
  interview(id) {
    return this.json("GET", pathOf(id));
  }

  /** @param {unknown} body @param {string} idempotencyKey @returns {Promise<Interview>} */
  create(body, idempotencyKey) {
    return this.json("POST", "/v1/interviews", body, { "Idempotency-Key": idempotencyKey });
  }

  /** @param {string} id @returns {Promise<Interview>} */
  cancel(id) {
    return this.json("POST", `${pathOf(id)}/cancel`);
  }

  /** @param {string} id */
  async erase(id) {
    await this.request("DELETE", pathOf(id));
  }

  /** Have the answers judged once more. @param {string} id @returns {Promise<{status: string}>} */
  evaluateAgain(id) {
    return this.json("POST", `${pathOf(id)}/evaluation`);
  }

  /** @param {string} id @param {string[]} [scopes] @returns {Promise<{url: string, expires_at: string}>} */
  reportLink(id, scopes = ["report", "audio"]) {
    const body = { ttl_s: 3600, scopes };
    return this.json("POST", `${pathOf(id)}/report-links`, body);
  }

  /** Those that still open. @param {string} id @returns {Promise<{links: ReportLink[]}>} */
  reportLinks(id) {
    return this.json("GET", `${pathOf(id)}/report-links`);
  }

  /** @param {string} id @param {string} link */
  async revokeReportLink(id, link) {
    await this.request("DELETE", `${pathOf(id)}/report-links/${encodeURIComponent(link)}`);
  }

  /** A data URL of the link's QR code. @param {string} id */
  async code(id) {
    const response = await this.request("GET", `${pathOf(id)}/link.svg`);
    return `data:image/svg+xml,${encodeURIComponent(await response.text())}`;
  }

  /** @returns {Promise<{templates: Template[]}>} */
  templates() {
    return this.json("GET", "/v1/templates?limit=100");
  }

  /** @param {string} cursor @param {number} limit @returns {Promise<{deliveries: import("./deliveries.js").Delivery[], next_cursor: string}>} */
  deliveries(cursor, limit) {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor ? { cursor } : {}) });
    return this.json("GET", `/v1/webhooks/deliveries?${query}`);
  }

  /** @returns {Promise<{endpoints: import("./deliveries.js").Endpoint[]}>} */
  endpoints() {
    return this.json("GET", "/v1/webhooks/endpoints");
  }

  /** Send it once more. @param {string} delivery */
  async replay(delivery) {
    await this.request("POST", `/v1/webhooks/deliveries/${encodeURIComponent(delivery)}/replay`);
  }

  /** Take deliveries again. @param {string} endpoint */
  async enable(endpoint) {
    await this.request("POST", `/v1/webhooks/endpoints/${encodeURIComponent(endpoint)}/enable`);
  }

  /** What /readyz says; it answers 503 where nobody new may come. */
  async ready() {
    const response = await fetch(`${this.base}/readyz`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    /** @type {{ready: boolean, reasons: string[], live: number, capacity: number}} */
    const body = await response.json();
    return body;
  }

  /**
   * The stream of an interview's events.
   * @param {string} id @param {{words: boolean, lastId: string, signal: AbortSignal}} options
   */
  events(id, { words, lastId, signal }) {
    const headers = { Accept: "text/event-stream", ...(lastId ? { "Last-Event-ID": lastId } : {}) };
    const path = `${pathOf(id)}/events${words ? "?include=words" : ""}`;
    return this.request("GET", path, undefined, headers, signal);
  }
}

/** Of an interview. Its id may come from the address, which others can write. @param {string} id */
function pathOf(id) {
  return `/v1/interviews/${encodeURIComponent(id)}`;
}
