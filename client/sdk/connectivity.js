import { request } from "./http.js";

/** On a line that loses 20 % a call connects within 2 seconds, 95 times of 100. */
export const TIMEOUT_MS = 4_000;
/** However long the request took. */
const LEAST_MS = 2_500;

/**
 * What was found out about a network.
 * @typedef {object} Connectivity
 * @property {boolean} udp a call with sound connects, by UDP or through a relay
 * @property {boolean} relay through a relay (TURN)
 * @property {number} ms how long that took
 */

/**
 * Connect as a call does, to the same port, with nothing to say. Throws InterviewError where the
 * server does not answer: then nothing is known of the network's ways.
 * @param {{url: string, token: string, iceServers: RTCIceServer[], fetch: typeof fetch, timeoutMs?: number}} how
 * @returns {Promise<Connectivity>}
 */
export async function checkConnectivity({ url, token, iceServers, fetch: fetch_, timeoutMs = TIMEOUT_MS }) {
  const beganMs = performance.now();
  const tookMs = () => Math.round(performance.now() - beganMs);
  const peer = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle", rtcpMuxPolicy: "require" });
  try {
    peer.addTransceiver("audio", { direction: "recvonly" });
    await peer.setLocalDescription(await peer.createOffer());
    const response = await request(fetch_, url, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/sdp" },
      body: peer.localDescription?.sdp ?? "",
      credentials: "omit",
    });
    await peer.setRemoteDescription({ type: "answer", sdp: await response.text() });
    const udp = await connects(peer, Math.max(LEAST_MS, timeoutMs - tookMs()));
    return { udp, relay: udp && isRelayed(await peer.getStats()), ms: tookMs() };
  } finally {
    peer.close();
  }
}

/** @param {RTCPeerConnection} peer @param {number} withinMs @returns {Promise<boolean>} */
function connects(peer, withinMs) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), withinMs);
    const look = () => {
      const { iceConnectionState: state } = peer;
      if (!["connected", "completed", "failed"].includes(state)) return;
      clearTimeout(timer);
      resolve(state !== "failed");
    };
    peer.oniceconnectionstatechange = look;
    look();
  });
}

/**
 * Whether the pair in use goes through a relay. @param {Iterable<[string, any]>} stats
 */
export function isRelayed(stats) {
  const all = new Map(stats);
  const pairs = [...all.values()].filter(({ type }) => type === "candidate-pair");
  const used = pairs.find(({ nominated, selected, state }) => selected || (nominated && state === "succeeded"));
  return all.get(used?.localCandidateId)?.candidateType === "relay";
}
