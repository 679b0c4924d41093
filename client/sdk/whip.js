import { InterviewError } from "./errors.js";
import { request } from "./http.js";

/**
 * ICE servers from `Link: <turn:…>; rel="ice-server"; username="…"; credential="…"` (RFC 9725 §4.6).
 * @param {string | null} header
 * @returns {RTCIceServer[]}
 */
export function iceServersOf(header) {
  const servers = [];
  for (const part of splitLinks(header ?? "")) {
    const match = /^\s*<([^>]*)>\s*(.*)$/s.exec(part);
    if (!match) continue;
    const [, url = "", rest = ""] = match;
    const parameters = parametersOf(rest);
    if (!(parameters.rel ?? "").split(/\s+/).includes("ice-server")) continue;
    if (!/^(stun|stuns|turn|turns):/.test(url)) continue;
    /** @type {RTCIceServer} */
    const server = { urls: [url] };
    if (parameters.username !== undefined) server.username = parameters.username;
    if (parameters.credential !== undefined) server.credential = parameters.credential;
    servers.push(server);
  }
  return servers;
}

/** Split at commas that stand outside `<…>` and quotes. @param {string} header */
function splitLinks(header) {
  return header.match(/(?:<[^>]*>|"(?:\\.|[^"\\])*"|[^,<"])+/g) ?? [];
}

/** @param {string} text @returns {Record<string, string>} */
function parametersOf(text) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const match of text.matchAll(/;\s*([\w-]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;,\s]*))/g)) {
    const [, name = "", quoted, bare = ""] = match;
    found[name.toLowerCase()] = quoted === undefined ? bare : quoted.replace(/\\(.)/g, "$1");
  }
  return found;
}

/**
 * The ICE credentials and candidates of an SDP or fragment.
 * @param {string} sdp
 */
export function iceOf(sdp) {
  const lines = sdp.split(/\r?\n/);
  const value = (/** @type {string} */ name) =>
    lines.find((line) => line.startsWith(`a=${name}:`))?.slice(name.length + 3) ?? "";
  return {
    ufrag: value("ice-ufrag"),
    password: value("ice-pwd"),
    candidates: [...new Set(lines.filter((line) => line.startsWith("a=candidate:")))],
  };
}

/**
 * The remote description after an ICE restart: the last answer with the fragment's credentials.
 * @param {string} answer @param {string} fragment
 */
export function restartedAnswer(answer, fragment) {
  const fresh = iceOf(fragment);
  if (!fresh.ufrag || !fresh.password) {
    throw new InterviewError("media", "The server's answer to the ICE restart has no credentials.");
  }
  const candidates = fresh.candidates.length ? fresh.candidates : iceOf(answer).candidates;
  /** @type {string[]} */
  const lines = [];
  for (const line of answer.split(/\r?\n/)) {
    if (line.startsWith("a=candidate:")) continue;
    if (line.startsWith("a=ice-ufrag:")) lines.push(`a=ice-ufrag:${fresh.ufrag}`);
    else if (line.startsWith("a=ice-pwd:")) lines.push(`a=ice-pwd:${fresh.password}`, ...candidates);
    else lines.push(line);
  }
  return lines.join("\r\n");
}

/**
 * An offer that asks the server for lost Opus packets again (NACK, RFC 4585 §4.2): browsers can do
 * it for sound and do not offer it by themselves.
 * @param {string} offer
 */
export function askForResends(offer) {
  return offer.replace(/^a=rtpmap:(\d+) opus\/.*$/gim, (line, number) => {
    const feedback = `a=rtcp-fb:${number} nack`;
    const known = offer.split(/\r?\n/).includes(feedback);
    return known ? line : `${line.trimEnd()}\r\n${feedback}${line.endsWith("\r") ? "\r" : ""}`;
  });
}

/** One call by WHIP (RFC 9725): POST the offer, PATCH an ICE restart, DELETE to leave. */
export class Whip {
  /** @param {string} url @param {string} token @param {typeof fetch} [fetch_] */
  constructor(url, token, fetch_ = globalThis.fetch.bind(globalThis)) {
    this.url = url;
    this.token = token;
    this.fetch = fetch_;
    /** URL of the call, once there is one. */
    this.callUrl = "";
    this.etag = "";
    /** @type {RTCIceServer[]} */
    this.iceServers = [];
  }

  /** @param {string} sdp @returns {Promise<string>} the answer */
  async offer(sdp) {
    const response = await request(this.fetch, this.url, {
      method: "POST",
      headers: this.headers("application/sdp"),
      body: sdp,
      credentials: "omit",
    });
    const location = response.headers.get("Location");
    if (location) this.callUrl = new URL(location, response.url || this.url).href;
    this.etag = response.headers.get("ETag") ?? "";
    this.iceServers = iceServersOf(response.headers.get("Link"));
    return response.text();
  }

  /**
   * Ask for an ICE restart. Throws where the server has none: open a new call instead.
   * @param {string} localSdp our offer made with `iceRestart` @returns {Promise<string>} its fragment
   */
  async restart(localSdp) {
    const ice = iceOf(localSdp);
    const media = /^m=.*$/m.exec(localSdp)?.[0] ?? "m=audio 9 UDP/TLS/RTP/SAVPF 0";
    const mid = /^a=mid:(.*)$/m.exec(localSdp)?.[1]?.trim() ?? "0";
    const body = [
      "a=ice-options:trickle ice2",
      media.trim(),
      `a=mid:${mid}`,
      `a=ice-ufrag:${ice.ufrag}`,
      `a=ice-pwd:${ice.password}`,
      ...ice.candidates,
      "",
    ].join("\r\n");
    const response = await request(
      this.fetch,
      this.callUrl,
      {
        method: "PATCH",
        headers: { ...this.headers("application/trickle-ice-sdpfrag"), "If-Match": "*" },
        body,
        credentials: "omit",
      },
      5_000,
    );
    this.etag = response.headers.get("ETag") ?? this.etag;
    return response.text();
  }

  /** Leave this call; the interview goes on. Never throws. @param {{unloading?: boolean}} [how] */
  async leave({ unloading = false } = {}) {
    if (!this.callUrl) return;
    const url = this.callUrl;
    this.callUrl = "";
    try {
      const init = { method: "DELETE", headers: this.headers(), keepalive: unloading };
      await request(this.fetch, url, { ...init, credentials: "omit" }, 5_000);
    } catch {
      // the server notices by itself that nobody is there
    }
  }

  /** @param {string} [type] @returns {Record<string, string>} */
  headers(type) {
    const headers = { Authorization: `Bearer ${this.token}` };
    return type ? { ...headers, "Content-Type": type } : headers;
  }
}
