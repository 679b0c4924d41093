import { LABEL } from "./channel.js";
import { InterviewError } from "./errors.js";
import { askForResends, restartedAnswer, Whip } from "./whip.js";

export const OPEN_TIMEOUT_MS = 15_000;
/** The server has answered, and nothing connects for so long: on a bad line it takes 2 seconds. */
export const SLOW_MS = 4_000;

/**
 * @typedef {object} CallOptions
 * @property {string} url WHIP endpoint of the interview
 * @property {string} textUrl WebSocket of the interview in writing
 * @property {string} token
 * @property {RTCIceServer[]} iceServers
 * @property {MediaStreamTrack | null} microphone null: the candidate types
 * @property {typeof fetch} fetch
 * @property {string} [label] of the data channel: an interview's unless another is given
 * @property {(text: unknown) => void} onText a data-channel message
 * @property {(track: MediaStreamTrack) => void} onTrack the interviewer's voice
 * @property {() => void} onDoubt the other side's packets are missing
 * @property {() => void} onSlow the server answers requests, and nothing connects
 * @property {(reason: string) => void} onDown once: the call is over and was not closed by us
 */

/**
 * What a `callFactory` must return: one call, used once.
 * @typedef {object} Call
 * @property {() => Promise<void>} open resolves when messages can be sent; rejects with InterviewError
 * @property {(text: string) => boolean} send false: the call is not open
 * @property {(track: MediaStreamTrack | null) => Promise<boolean>} replaceMicrophone false: needs a new call
 * @property {(quiet: boolean) => void} [hush] muted or paused: no sound is sent, not even silence
 * @property {() => Promise<boolean>} restartIce false: not possible, needs a new call
 * @property {(how?: {unloading?: boolean}) => Promise<void>} close no callback follows
 * @property {() => Promise<RTCStatsReport | null>} stats
 */

/** A real call: one peer connection, one audio line, one data channel. @implements {Call} */
export class PeerCall {
  /** @param {CallOptions} options */
  constructor(options) {
    this.options = options;
    this.whip = new Whip(options.url, options.token, options.fetch);
    this.peer = new RTCPeerConnection({
      iceServers: options.iceServers,
      bundlePolicy: "max-bundle",
      rtcpMuxPolicy: "require",
    });
    this.channel = this.peer.createDataChannel(options.label ?? LABEL, { ordered: true });
    this.audio = this.peer.addTransceiver(options.microphone ?? "audio", {
      direction: options.microphone ? "sendrecv" : "recvonly",
    });
    this.microphone = options.microphone;
    this.quiet = false;
    this.closed = false;
    this.restarting = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} @private */
    this.slowTimer = undefined;
  }

  async open() {
    const { peer, channel, options } = this;
    peer.ontrack = (event) => options.onTrack(event.track);
    channel.onmessage = (event) => {
      if (!this.closed) options.onText(event.data);
    };
    const opened = this.whenOpen();
    // An answer that never comes must not surface as an unhandled rejection of the wait.
    opened.catch(() => {});
    try {
      await this.describe();
      // No wait for candidates: the server is ICE-lite and learns ours from our checks.
      const answer = await this.whip.offer(peer.localDescription?.sdp ?? "");
      if (this.closed) throw new InterviewError("media", "The call was closed.");
      await peer.setRemoteDescription({ type: "answer", sdp: answer });
      this.watchIce();
      await opened;
      clearTimeout(this.slowTimer);
    } catch (error) {
      await this.close();
      if (error instanceof InterviewError) throw error;
      throw new InterviewError("media", `The call could not be set up: ${String(error)}`);
    }
    channel.onclose = () => this.down("channel closed");
    peer.onconnectionstatechange = () => {
      if (peer.connectionState === "failed") this.down("connection failed");
    };
  }

  /**
   * Our half, with the wish for resends; without it where the browser takes no offer but its own.
   * @param {RTCOfferOptions} [options]
   */
  async describe(options) {
    const offer = await this.peer.createOffer(options);
    const sdp = askForResends(offer.sdp ?? "");
    await this.peer.setLocalDescription({ type: "offer", sdp }).catch(() => this.peer.setLocalDescription(offer));
  }

  /** The server has just answered: what does not connect soon will not. @private */
  watchIce() {
    clearTimeout(this.slowTimer);
    this.slowTimer = setTimeout(() => !this.closed && this.options.onSlow(), SLOW_MS);
    this.peer.oniceconnectionstatechange = () => {
      const { iceConnectionState: state } = this.peer;
      if (state === "connected" || state === "completed") clearTimeout(this.slowTimer);
      // Chromium says so after some 3 seconds without a packet, Firefox after 5.
      if (state === "disconnected") this.options.onDoubt();
    };
  }

  /** @returns {Promise<void>} */
  whenOpen() {
    return new Promise((resolve, reject) => {
      const fail = (/** @type {string} */ why) => reject(new InterviewError("media", why));
      const timer = setTimeout(() => fail("No connection for sound within 15 seconds."), OPEN_TIMEOUT_MS);
      this.channel.onopen = () => {
        clearTimeout(timer);
        resolve();
      };
      this.channel.onclose = () => {
        clearTimeout(timer);
        fail("The server closed the call.");
      };
      this.peer.onconnectionstatechange = () => {
        if (this.peer.connectionState !== "failed") return;
        clearTimeout(timer);
        fail("The network does not let sound through.");
      };
    });
  }

  /** @param {string} reason */
  down(reason) {
    if (this.closed) return;
    void this.close();
    this.options.onDown(reason);
  }

  /** @param {string} text */
  send(text) {
    if (this.closed || this.channel.readyState !== "open") return false;
    try {
      this.channel.send(text);
      return true;
    } catch {
      return false;
    }
  }

  /** @param {MediaStreamTrack | null} track */
  async replaceMicrophone(track) {
    if (this.closed || this.audio.currentDirection !== "sendrecv" || !track) return false;
    this.microphone = track;
    return this.switchTrack();
  }

  /** @param {boolean} quiet */
  hush(quiet) {
    if (quiet === this.quiet || this.closed || !this.microphone) return;
    this.quiet = quiet;
    void this.switchTrack();
  }

  /** The browser does these one after the other: the last one counts. @private */
  switchTrack() {
    return this.audio.sender.replaceTrack(this.quiet ? null : this.microphone).then(
      () => true,
      () => false,
    );
  }

  async restartIce() {
    const { peer } = this;
    const answer = peer.currentRemoteDescription?.sdp;
    if (this.closed || this.restarting || !answer || peer.signalingState !== "stable") return false;
    this.restarting = true;
    try {
      await this.describe({ iceRestart: true });
      const fragment = await this.whip.restart(peer.localDescription?.sdp ?? "");
      await peer.setRemoteDescription({ type: "answer", sdp: restartedAnswer(answer, fragment) });
      if (!this.closed) this.watchIce();
      return true;
    } catch (error) {
      // The server has started again and knows nothing of this call: no need to wait any longer.
      if (error instanceof InterviewError && (error.status === 404 || error.status === 401)) {
        this.down("the server does not know this call");
      }
      if (!this.closed) await peer.setLocalDescription({ type: "rollback" }).catch(() => {});
      return false;
    } finally {
      this.restarting = false;
    }
  }

  /** @param {{unloading?: boolean}} [how] */
  async close(how = {}) {
    if (this.closed) return;
    this.closed = true;
    this.channel.onclose = this.channel.onopen = this.channel.onmessage = null;
    clearTimeout(this.slowTimer);
    this.peer.onconnectionstatechange = this.peer.oniceconnectionstatechange = this.peer.ontrack = null;
    const left = this.whip.leave(how);
    this.channel.close();
    this.peer.close();
    if (!how.unloading) await left;
  }

  async stats() {
    return this.closed ? null : this.peer.getStats();
  }
}
