/**
 * The last ten minutes of each worker: what the server kept, and what was asked since. Pure.
 *
 * @typedef {{at: number, value: number}} Point `at`: milliseconds of the epoch, by the server's clock
 * @typedef {keyof typeof KINDS} Kind
 */

export const SPAN_MS = 600_000;
/** Two points further apart than this are not joined: nobody knows what was between them. */
export const GAP_MS = 15_000;

/** What is drawn: its name, the least top of its scale, and how it is read from a sample. */
export const KINDS = {
  in_call: { name: "Calls", least: 5 },
  loop_lag_p99_s: { name: "Loop lag, p99", least: 0.05 },
  cpu_cores: { name: "CPU, cores", least: 1 },
  stt_wait_s: { name: "Wait for words", least: 1 },
};
/** Where words would wait for good there is no number to draw: at the top of the scale. */
const FOR_GOOD_S = 60;

/** What each worker said last: one that falls silent has not been without its troubles before. */
export class LastSaid {
  /** @type {Map<number, import("./api.js").Worker>} */
  #said = new Map();

  /** @param {import("./api.js").Workers} answer @returns {import("./api.js").Worker[]} */
  update({ workers, silent }) {
    const told = workers.map((worker) => worker.number);
    for (const number of this.#said.keys()) if (![...told, ...silent].includes(number)) this.#said.delete(number);
    for (const worker of workers) this.#said.set(worker.number, worker);
    return [...this.#said.values()];
  }
}

export class Series {
  /** @type {Map<number, Map<Kind, Point[]>>} */
  #points = new Map();
  #newest = 0;

  /** @param {import("./api.js").Workers} answer */
  add(answer) {
    const now = Date.parse(answer.now);
    const seen = new Set();
    for (const worker of answer.workers) {
      seen.add(worker.number);
      const told = (worker.history ?? []).map((sample) => ({ ...sample, at: Date.parse(sample.at) }));
      if (worker.history) this.#points.delete(worker.number);
      for (const sample of told) this.#put(worker.number, sample.at, sample);
      this.#put(worker.number, now, worker.load);
    }
    this.#newest = now;
    for (const number of this.#points.keys())
      if (!seen.has(number) && !answer.silent.includes(number)) this.#points.delete(number);
  }

  /** Until when. */
  get newest() {
    return this.#newest;
  }

  /** Oldest first. @param {number} worker @param {Kind} kind @returns {readonly Point[]} */
  of(worker, kind) {
    return this.#points.get(worker)?.get(kind) ?? [];
  }

  /** @param {number} worker @param {number} at @param {Record<Kind, number | null>} figures */
  #put(worker, at, figures) {
    const kinds = this.#points.get(worker) ?? new Map();
    this.#points.set(worker, kinds);
    for (const kind of /** @type {Kind[]} */ (Object.keys(KINDS))) {
      const points = kinds.get(kind) ?? [];
      if (at > (points.at(-1)?.at ?? 0)) points.push({ at, value: figures[kind] ?? FOR_GOOD_S });
      while (points.length && points[0].at < at - SPAN_MS) points.shift();
      kinds.set(kind, points);
    }
  }
}

/** Stretches of points that are joined, each at least one point. @param {readonly Point[]} points @returns {Point[][]} */
export function stretches(points) {
  /** @type {Point[][]} */
  const found = [];
  for (const point of points) {
    const last = found.at(-1);
    if (last && point.at - /** @type {Point} */ (last.at(-1)).at <= GAP_MS) last.push(point);
    else found.push([point]);
  }
  return found;
}
