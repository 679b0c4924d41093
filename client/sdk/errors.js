/**
 * What can go wrong between the page and the server, as values with a `kind` to act on.
 *
 * @typedef {"link" | "over" | "token" | "consent" | "full" | "rejected" | "damaged" | "deleted" | "media" | "network" | "server"} ErrorKind
 * link: no such interview, or the link was withdrawn. over: the interview has ended. token: the
 * client token has expired, join again. consent: consent is missing or of another version. full:
 * try again after `retryAfterS`. rejected: the server refused the request for good. media: no
 * connection for sound and data. damaged: what the server has stored of this interview cannot be
 * read, for good. deleted: its owner has erased the interview during the call. network: no answer. server: an error of the server, try again.
 */

/**
 * @typedef {object} Waiting what a newcomer waits for who was refused and gets in by asking again
 * @property {"place" | "load"} waitsFor that somebody goes, or that the server has less to do
 * @property {number | null} ahead how many have their turn before; null: there is no queue
 * @property {number | null} expectedS about how long it takes; null: not known
 */

/** Kinds after which trying again cannot help. @type {ReadonlySet<ErrorKind>} */
export const FINAL_KINDS = new Set(["link", "over", "consent", "rejected", "damaged", "deleted"]);

export class InterviewError extends Error {
  /**
   * @param {ErrorKind} kind
   * @param {string} message plain words, for a person
   * @param {{status?: number, code?: string, retryAfterS?: number | null, waiting?: Waiting | null}} [details]
   */
  constructor(kind, message, { status = 0, code = "", retryAfterS = null, waiting = null } = {}) {
    super(message);
    this.name = "InterviewError";
    this.kind = kind;
    this.status = status;
    this.code = code;
    /** Seconds the server asks us to wait, or null. */
    this.retryAfterS = retryAfterS;
    this.waiting = waiting;
  }

  /** Whether the same request may succeed later without the candidate doing anything. */
  get recoverable() {
    return !FINAL_KINDS.has(this.kind);
  }
}

/** Another window has taken the interview over. @param {unknown} error */
export function isSuperseded(error) {
  return error instanceof InterviewError && error.code === "superseded";
}

/** Whatever was thrown, as an InterviewError. @param {unknown} error */
export function asInterviewError(error) {
  if (error instanceof InterviewError) return error;
  return new InterviewError("media", error instanceof Error ? error.message : String(error));
}

/**
 * Which kind an HTTP answer is.
 * @param {number} status @param {string} code `code` of the problem details
 * @returns {ErrorKind}
 */
export function kindOf(status, code) {
  if (status === 401) return "token";
  if (status === 404) return "link";
  if (status === 410) return "over";
  if (code === "consent_needed" || code === "consent_version") return "consent";
  if (code === "interview_damaged") return "damaged";
  if (status === 429 || status === 503 || code === "replaced") return "full";
  if (status >= 500) return "server";
  if (status === 408 || status === 425) return "network";
  return "rejected";
}

/**
 * The typed error of an answer with RFC 9457 problem details (or anything else).
 * @param {Response} response
 */
export async function errorOf(response) {
  /** @type {{title?: unknown, detail?: unknown, code?: unknown, waiting?: unknown}} */
  let problem = {};
  try {
    problem = Object(await response.json());
  } catch {
    // not JSON: a proxy's page; its text is of no use to a candidate
  }
  const code = typeof problem.code === "string" ? problem.code : "";
  const detail = [problem.detail, problem.title].find((text) => typeof text === "string" && text);
  return new InterviewError(
    kindOf(response.status, code),
    typeof detail === "string" ? detail : `The server answered ${response.status}.`,
    {
      status: response.status,
      code,
      retryAfterS: retryAfter(response.headers.get("Retry-After")),
      waiting: waitingOf(problem.waiting),
    },
  );
}

/**
 * `waiting` of the problem details; null: there is none, so nothing to wait for.
 * @param {unknown} told @returns {Waiting | null}
 */
export function waitingOf(told) {
  if (!told || typeof told !== "object") return null;
  const { waits_for: waitsFor, ahead, expected_s: expectedS } = /** @type {Record<string, unknown>} */ (told);
  const count = (/** @type {unknown} */ value) => (typeof value === "number" && value >= 0 ? value : null);
  return { waitsFor: waitsFor === "load" ? "load" : "place", ahead: count(ahead), expectedS: count(expectedS) };
}

/**
 * Seconds from a Retry-After header (number or date), or null.
 * @param {string | null} value @param {number} [nowMs]
 */
export function retryAfter(value, nowMs = Date.now()) {
  if (!value) return null;
  if (/^\d+$/.test(value.trim())) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, Math.round((at - nowMs) / 1000));
}
