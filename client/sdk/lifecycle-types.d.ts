import type { InterviewError } from "./errors.js";
import type { Pulse } from "./reconnect.js";
import type { ConnectionInfo, LossReason, TransportName } from "./types.js";

/** Where a connection stands; finer than what the page is shown (`ConnectionState`). */
export type Phase =
  | "idle" // nothing was started
  | "waiting" // until the next attempt is due
  | "admitting" // a client token is asked for
  | "calling" // a call is being set up
  | "open" // messages and sound flow
  | "suspect" // nothing was heard for 4 seconds, or the browser misses packets
  | "lingering" // the interview is over; its last words may still be playing
  | "parked" // the interview rests; `start` goes on with it
  | "superseded" // another window has taken over; `start` takes it back
  | "failed" // given up; `start` tries again
  | "closed" // by `close`; `start` goes on
  | "ended"; // the interview is over, for good

/** What can happen. `call` numbers the attempt that says so: one of an older attempt is dropped. */
export type Input =
  // the page and the machine it runs on
  | { type: "start" }
  | { type: "try_now" }
  | { type: "close"; unloading?: boolean }
  | { type: "network_back" }
  | { type: "transport"; transport: TransportName } // with sound, or in writing alone
  | { type: "tick" }
  // the attempt
  | { type: "admitted"; call: number }
  | { type: "opened"; call: number }
  | { type: "refused"; call: number; error: InterviewError }
  | { type: "down"; call: number }
  | { type: "slow"; call: number } // the server answers, and nothing connects
  | { type: "doubt"; call: number } // the browser misses the other side's packets
  | { type: "microphone"; call: number } // came or went, in a way that needs a new call
  // the server, in the call
  | { type: "heard"; call: number }
  | { type: "moved"; call: number }
  | { type: "parked"; call: number }
  | { type: "superseded"; call: number }
  | { type: "rejected"; call: number; error: InterviewError; forget: boolean }
  | { type: "completed"; call: number };

export type InputType = Input["type"];
export type InputOf<T extends InputType> = Extract<Input, { type: T }>;

/** What to do, in this order. Whatever comes of it comes back as an input. */
export type Effect =
  | { do: "ask_ticket"; call: number } // → admitted, refused
  | { do: "open_call"; call: number } // → opened, refused, then what the server says, down
  | { do: "close_call"; unloading: boolean } // from here on nothing it says is heard
  | { do: "greet" } // say hello and what the server must know of us
  | { do: "ping" }
  | { do: "restart_ice" }
  | { do: "forget_token" } // the resume token is worth nothing any more
  | { do: "forget_ticket" } // the client token was refused
  | { do: "forget_call" } // drop what only the lost call knew
  | { do: "show" } // the connection looks different now
  | { do: "say_back"; reason: LossReason; afterMs: number };

export interface Life {
  readonly phase: Phase;
  /** Number of the newest attempt. */
  readonly call: number;
  /** When a `tick` is due, ms; null: this phase waits for somebody. */
  readonly dueMs: number | null;
  /** Attempts made since the last good connection. */
  readonly tries: number;
  /** Client tokens refused in a row. */
  readonly refusals: number;
  /** Calls cut in a row before they were any good. */
  readonly briefCalls: number;
  readonly openedMs: number;
  readonly pulse: Pulse;
  readonly reason: LossReason;
  readonly lostAtMs: number | null;
  readonly retryInMs: number;
  readonly error: InterviewError | null;
  readonly transport: TransportName;
  /** The server answers requests, and no call with sound connects. */
  readonly blocked: boolean;
}

/** Time and chance come in as values. */
export interface Moment {
  /** Milliseconds of a clock that never jumps back. */
  nowMs: number;
  /** In [0, 1). */
  chance: number;
}

export type Step = readonly [Life, readonly Effect[]];

export interface Ignored {
  ignored: string;
}

/** The phases an entry may lead to, and how. */
export interface Handled<T extends InputType> {
  to: readonly Phase[];
  run: (life: Life, input: InputOf<T>, at: Moment) => Step;
}

export type Entry<T extends InputType> = Ignored | Handled<T>;
export type Row = { readonly [T in InputType]: Entry<T> };
export type Table = { readonly [P in Phase]: Row };
export type Shown = ConnectionInfo;
