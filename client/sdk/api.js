import { request } from "./http.js";

/**
 * @typedef {object} PageInfo what the page needs before the call
 * @property {string} title
 * @property {number} questions_total
 * @property {number} minutes
 * @property {string} locale
 * @property {{required: boolean, version: string, text: string, locale: string, given: boolean}} consent
 * @property {boolean} record_audio
 * @property {boolean} text_mode
 * @property {import("./messages.js").Status} status
 * @property {string[]} notices
 * @property {BrandShown} [branding]
 * @property {{text: string, url: string | null} | null} [completion] what comes after the end
 * @property {string | null} [redirect_url] where the page goes after the end
 * @property {string | null} [contact] https, mailto or tel, as all of these links
 * @property {string | null} [privacy_url]
 * @property {string | null} [alternative_url] another way to take part
 * @property {number | null} [review_minutes] how long after the end the words may be corrected
 * @property {boolean} [watching] people may follow the interview live
 */

/**
 * @typedef {object} BrandShown whose interview it is
 * @property {string | null} name
 * @property {string | null} logo for an <img>
 * @property {Record<"light" | "dark", Record<"accent" | "strong" | "on" | "soft", string>> | null} accent
 */

/**
 * @typedef {object} OwnAnswer
 * @property {string} prompt_id
 * @property {import("./store.js").Kind} kind
 * @property {number} number
 * @property {string} asked_text
 * @property {string} text the answer as the result has it
 * @property {{text: string, mode: "voice" | "text", request: string, untranscribed: boolean}[]} said
 * @property {boolean} may_correct
 * @property {string | null} correction
 * @property {string[]} in_summary what was said about it when the summary was given
 */

/**
 * @typedef {object} OwnTranscript the candidate's own words, of an interview that is over
 * @property {string} title
 * @property {import("./messages.js").Status} status
 * @property {number} answered
 * @property {number} of
 * @property {number} pending stretches of speech whose words are still to come
 * @property {"kept" | "erased" | "elsewhere"} words
 * @property {{status: "open" | "done" | "over", until: string, left_s: number} | null} review
 * @property {OwnAnswer[]} answers
 */

/**
 * @typedef {object} Joined
 * @property {string} token
 * @property {string} interview
 * @property {string} expires_at
 * @property {RTCIceServer[]} ice_servers
 * @property {PageInfo} page
 */

/** The few HTTP requests of a candidate, besides signaling. */
export class Api {
  /** @param {string} base URL of the service without a slash at its end @param {typeof fetch} [fetch_] */
  constructor(base, fetch_ = globalThis.fetch.bind(globalThis)) {
    this.base = base.replace(/\/+$/, "");
    this.fetch = fetch_;
  }

  /**
   * @param {string} link last path segment of the join URL @param {{ended?: boolean}} [how] `ended`: also
   * when the interview is over @returns {Promise<Joined>}
   */
  async join(link, how) {
    const response = await request(this.fetch, `${this.base}/v1/join`, json({ link, ...how }));
    return response.json();
  }

  /**
   * The same by the resume token of the last connection.
   * @param {string} token from `welcome` @param {{ended?: boolean}} [how] as in `join` @returns {Promise<Joined>}
   */
  async resume(token, how) {
    const response = await request(this.fetch, `${this.base}/v1/join`, json({ resume: token, ...how }));
    return response.json();
  }

  /**
   * @param {string} token @param {string} version @param {boolean} accepted
   * @param {{unloading?: boolean}} [how] `unloading`: the page is left, the request outlives it
   * @returns {Promise<RTCIceServer[] | null>} for the call; null: those of joining are all there are
   */
  async consent(token, version, accepted, { unloading = false } = {}) {
    const init = { ...json({ version, accepted }, { Authorization: `Bearer ${token}` }), keepalive: unloading };
    const response = await request(this.fetch, `${this.base}/v1/consent`, init);
    return response.status === 204 ? null : ((await response.json()).ice_servers ?? null);
  }

  /** The candidate's own words, when the interview is over. @param {string} token @returns {Promise<OwnTranscript>} */
  async transcript(token) {
    const init = { headers: { Authorization: `Bearer ${token}` }, cache: /** @type {const} */ ("no-store") };
    return (await request(this.fetch, `${this.base}/v1/transcript`, init)).json();
  }

  /**
   * Hand the transcript over, with what has been corrected.
   * @param {string} token @param {{prompt_id: string, text: string}[]} corrections @returns {Promise<OwnTranscript>}
   */
  async review(token, corrections) {
    const init = json({ corrections }, { Authorization: `Bearer ${token}` });
    return (await request(this.fetch, `${this.base}/v1/review`, init)).json();
  }

  /** A fresh demo interview. @returns {Promise<{join_url: string}>} */
  async demo() {
    const response = await request(this.fetch, `${this.base}/v1/demo`, json({}));
    return response.json();
  }

  /** @param {string} interview */
  whipUrl(interview) {
    return `${this.base}/whip/${encodeURIComponent(interview)}`;
  }

  /** Of the WebSocket. @param {string} interview */
  textUrl(interview) {
    return `${this.callsUrl(interview)}/text`.replace(/^http/, "ws");
  }

  /** Of the check whether sound gets through. @param {string} interview */
  connectivityUrl(interview) {
    return `${this.callsUrl(interview)}/connectivity`;
  }

  /** @param {string} interview @private */
  callsUrl(interview) {
    return `${this.base}/v1/calls/${encodeURIComponent(interview)}`;
  }
}

/** @param {unknown} body @param {Record<string, string>} [headers] @returns {RequestInit} */
function json(body, headers = {}) {
  return {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
    cache: "no-store",
    credentials: "omit",
  };
}

/**
 * Base URL and link from the address of the page: everything before `/j/`, and what follows it.
 * @param {string} address
 * @returns {{base: string, link: string}}
 */
export function placeOf(address) {
  const url = new URL(address);
  const at = url.pathname.lastIndexOf("/j/");
  if (at < 0) return { base: url.origin + url.pathname.replace(/\/[^/]*$/, ""), link: "" };
  const link = url.pathname.slice(at + 3).split("/")[0] ?? "";
  return { base: url.origin + url.pathname.slice(0, at), link: decodeURIComponent(link) };
}
