import type { InterviewError } from "./errors.js";
import type { ServerMessage } from "./messages.js";
import type { InterviewView } from "./store.js";

export type ConnectionState =
  | "idle" // nothing was started
  | "connecting" // the first call is being set up
  | "open" // messages and sound flow
  | "suspect" // nothing was heard for some seconds; the call may recover by itself
  | "reconnecting" // the call is lost, a new one is on its way
  | "parked" // the interview rests; `start` goes on with it
  | "superseded" // another window has taken over: final
  | "ended" // the interview is over: final
  | "failed" // `error` says why; `start` may try again where it is recoverable
  | "closed"; // closed by `close`

/** Why the last call was given up. */
export type LossReason =
  | "" // none was
  | "cut" // closed by the server or the network
  | "silent" // nothing was heard for 15 seconds
  | "moved" // the server goes away and asked us to call again: another one answers
  | "microphone" // the microphone came or went, which needs a new call
  | "transport" // `useTransport`
  | "asked"; // `retryNow`

/** A call with sound (WebRTC), or in writing over HTTPS (WebSocket). */
export type TransportName = "media" | "text";

export interface ConnectionInfo {
  state: ConnectionState;
  reason: LossReason;
  /** `performance.now()` at which the call was lost, until there is another; null while there is one. */
  lostAtMs: number | null;
  /** Attempts made since the last good connection. */
  attempt: number;
  /** Milliseconds until the next attempt; 0 while one is being made. */
  retryInMs: number;
  error: InterviewError | null;
  /** Of the call there is, or of the next one. */
  transport: TransportName;
  /** The server answers requests, but no call with sound connects: offer `useTransport("text")`. */
  blocked: boolean;
}

export interface ClientEvents {
  /** The view or the connection has changed. */
  change: { view: InterviewView; connection: ConnectionInfo };
  connection: ConnectionInfo;
  /** There is a call again after one was lost. */
  back: { reason: LossReason; afterMs: number };
  /** Every message of the server, after duplicates were dropped. */
  message: ServerMessage;
  /** The interviewer's voice, once per call. */
  track: MediaStreamTrack;
}
