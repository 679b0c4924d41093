/** What the page says: English alone, for the people who run servers. */
import { ApiProblem } from "../console/keyed.js";

const LOCALE = "en-GB";
const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

export const key = {
  title: "Type an API key of the operator",
  lead: "It needs the scope ops, and stays in the memory of this page: after a reload, or in another tab, you are asked again.",
  label: "API key",
  show: "Show the key",
  open: "Open the operations page",
  opening: "Opening …",
  hint: "The server's own key has every scope. On its machine it stands in data/secrets/api-key, where none was set.",
};

export const titles = {
  app: "Operations",
  skip: "Skip to the figures",
  leave: "Forget the key",
  workers: "Workers",
  turns: "Slow turns",
  refusals: "Refused",
  stalls: "What held the event loop",
  interview: "An interview's last decisions",
};

/** @type {Record<string, string>} */
export const health = { good: "Healthy", warn: "Needs a look", bad: "Candidates are affected" };

/** @type {Record<string, string>} */
const REFUSALS = {
  full: "Calls: every place was taken",
  demos: "Calls: every place for demos was taken",
  tenant: "Calls: their tenant had all its places",
  kept: "Calls: the free places were kept for interviews under way",
  turn: "Calls: others had waited for longer",
  loop_lag: "Calls: the event loop was late",
  cpu: "Calls: too much of the CPU was in use",
  transcription: "Calls: words waited for a recogniser",
  memory: "Calls: too little memory was left",
  files: "Calls: too many files were open",
  pace: "Calls: newcomers came in one after another, after too much load",
  recogniser: "Calls: no recogniser was ready",
  store: "Calls: the store could not keep what is said",
  draining: "Calls: the server was about to stop",
  rehearsal: "Rehearsals: no room, or not fit",
  connection_limit: "Connections: beyond a limit",
  connection_slow: "Connections: too slow",
};

/** @param {string} reason */
export const refusal = (reason) => REFUSALS[reason] ?? `Calls: ${reason.replaceAll("_", " ")}`;

/** @param {number} number */
export const workerName = (number) => (number ? `Worker ${number}` : "The server");

/** @param {number[]} numbers of several workers, or of one */
export const workerNames = (numbers) => (numbers.length > 1 ? `Workers ${numbers.join(", ")}` : workerName(numbers[0]));

/** @param {unknown} error */
export function sentenceOf(error) {
  if (!(error instanceof ApiProblem)) return "That did not work.";
  if (error.status === 0) return "The server was not reached.";
  if (error.status === 401) return "This key is not one of this server's, or has expired.";
  if (error.code === "missing_scope") return `${error.message} Ask whoever runs the server for a key that has it.`;
  return error.message || "That did not work.";
}

/** @param {string | number | Date} at */
export function clock(at) {
  return new Date(at).toLocaleTimeString(LOCALE);
}

/** To the millisecond. @param {string} at */
export function exactClock(at) {
  const date = new Date(at);
  return `${date.toLocaleTimeString(LOCALE)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** @param {string} at */
export function day(at) {
  return new Date(at).toLocaleString(LOCALE, { dateStyle: "medium", timeStyle: "short" });
}

/** A short time, with a unit that suits it. @param {number | null} s null: for good */
export function short(s) {
  if (s === null) return "no end";
  if (s < 1) return `${Math.round(s * 1000)} ms`;
  if (s < 10) return `${s.toFixed(1)} s`;
  return long(s);
}

/** A long time. @param {number} s */
export function long(s) {
  if (s < MINUTE_S) return `${Math.round(s)} s`;
  if (s < HOUR_S) return `${Math.round(s / MINUTE_S)} min`;
  if (s < DAY_S) return `${Math.floor(s / HOUR_S)} h ${Math.round((s % HOUR_S) / MINUTE_S)} min`;
  return `${Math.floor(s / DAY_S)} d ${Math.floor((s % DAY_S) / HOUR_S)} h`;
}

/** @param {number} n */
export function bytes(n) {
  return n >= 1e9 ? `${(n / 1e9).toFixed(1)} GB` : `${Math.round(n / 1e6)} MB`;
}

/** @param {number} share */
export const percent = (share) => `${Math.round(100 * share)} %`;

/** As a log's type or field reads: "turn_ended" is "turn ended". @param {string} name */
export const plain = (name) => name.replaceAll("_", " ");
