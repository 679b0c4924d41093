/**
 * What the page asks of the server: /v1/ops, with a key of the scope `ops`.
 *
 * @typedef {"good" | "warn" | "bad"} Health
 * @typedef {{level: "warn" | "bad", code: string, text: string}} Sign
 * @typedef {object} Load
 * @property {number} in_call
 * @property {number} kept
 * @property {number} capacity
 * @property {number} loop_lag_p99_s
 * @property {number} cpu_cores
 * @property {number} machine_cpu
 * @property {number | null} stt_wait_s
 * @property {number} rss_bytes
 * @property {number} memory_available_bytes
 * @property {number} open_files
 * @property {number} open_files_limit
 * @property {boolean} draining
 * @property {number} waiting
 *
 * @typedef {{at: string, in_call: number, loop_lag_p99_s: number, cpu_cores: number, stt_wait_s: number | null}} Sample
 * @typedef {{at: string, held_ms: number, computing_ms: number, stack: string[]}} Stall
 * @typedef {object} Worker
 * @property {number} number
 * @property {number} pid
 * @property {string} version
 * @property {string} started_at
 * @property {number} uptime_s
 * @property {Health} health
 * @property {Sign[]} signs
 * @property {boolean} ready
 * @property {Load} load
 * @property {Record<string, number>} refusals
 * @property {{engine: string, model: string, workers_ready: number, workers_wanted: number, running: number, queued: number, given_up: number}} stt
 * @property {{ready: boolean, disk_free_bytes: number | null, troubles: Record<string, number>}} store
 * @property {Stall[]} recent_stalls
 * @property {Record<string, number> | null} restarts
 * @property {Sample[] | null} history
 *
 * @typedef {{now: string, workers: Worker[], silent: number[]}} Workers
 * @typedef {{stage: string, from_s: number, length_s: number}} Stage
 * @typedef {object} Turn
 * @property {string} turn_id
 * @property {string} interview
 * @property {string} ended_by
 * @property {string} utterance_kind
 * @property {string} speech_ended_at
 * @property {number} reply_s
 * @property {number} waited_s
 * @property {Stage[]} stages
 *
 * @typedef {{now: string, turns: Turn[]}} Turns
 * @typedef {object} Entry
 * @property {number} seq
 * @property {string} at
 * @property {string} type
 * @property {string} state
 * @property {Record<string, unknown>} facts
 * @property {string[]} held_back
 * @property {Record<string, unknown> | null} words
 *
 * @typedef {object} Decisions
 * @property {string} interview
 * @property {string} tenant
 * @property {string} status
 * @property {string} created_at
 * @property {number} version
 * @property {boolean} live
 * @property {string} damage
 * @property {Entry[]} entries
 */
import { KeyedApi } from "../console/keyed.js";

const TIMEOUT_MS = 5_000;

export class OpsApi extends KeyedApi {
  /** @param {boolean} history @returns {Promise<Workers>} */
  workers(history) {
    return this.#get(`/v1/ops${history ? "?history=true" : ""}`);
  }

  /** @returns {Promise<Turns>} */
  turns() {
    return this.#get("/v1/ops/turns?limit=50");
  }

  /** @param {string} id @param {boolean} words @returns {Promise<Decisions>} */
  decisions(id, words) {
    return this.#get(`/v1/ops/interviews/${encodeURIComponent(id)}?limit=100${words ? "&words=true" : ""}`);
  }

  /** @param {string} path */
  #get(path) {
    return this.json("GET", path, undefined, {}, AbortSignal.timeout(TIMEOUT_MS));
  }
}
