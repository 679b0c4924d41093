import { chip, fact } from "../console/bits.js";
import { attr, h, rebuild, setText, show } from "../page/dom.js";
import { chart } from "./chart.js";
import { KINDS } from "./series.js";
import { bytes, health, long, percent, short, workerName } from "./words.js";

/** @typedef {import("./api.js").Worker} Worker */
/** @typedef {import("./series.js").Kind} Kind */

const CHIP_OF = { good: "live", warn: "warn", bad: "bad" };
const HEARD_BEFORE = "It does not answer. What stands here is what it said last.";
const NEVER_HEARD = "It has not answered since this page was opened.";
/** @type {Record<Kind, (value: number) => string>} */
const SAID = {
  in_call: String,
  loop_lag_p99_s: short,
  cpu_cores: (value) => value.toFixed(2),
  stt_wait_s: short,
};

/** One worker: what it carries, how it is, and its last ten minutes. @param {number} number */
export function workerCard(number) {
  const name = h("h3", { text: workerName(number) });
  const state = h("span");
  const facts = h("dl", { class: "figures" });
  const kinds = /** @type {Kind[]} */ (Object.keys(KINDS));
  const charts = kinds.map((kind) => ({ kind, ...chart(KINDS[kind].name, KINDS[kind].least, SAID[kind]) }));
  const lines = h("div", { class: "charts" }, ...charts.map(({ element }) => element));
  const silent = h("p", { class: "fine" });
  show(silent, false);
  show(lines, false);
  const element = h("article", { class: "card worker" }, h("header", {}, name, state), silent, lines, facts);
  /** @param {Worker} worker @param {import("./series.js").Series} series */
  const update = (worker, series) => {
    attr(element, "data-health", worker.health);
    show(silent, false);
    show(lines, true);
    rebuild(state, worker.health, () => [chip(health[worker.health], CHIP_OF[worker.health])]);
    for (const { kind, update: draw } of charts) draw(series.of(number, kind), series.newest, worker.load[kind]);
    const told = figuresOf(worker);
    if (facts.children.length !== told.length) facts.replaceChildren(...told.map(([what]) => fact(what, h("span"))));
    for (const [index, [, value]] of told.entries())
      setText(/** @type {HTMLElement} */ (facts.children[index].querySelector("dd span")), value);
  };
  const fallSilent = () => {
    attr(element, "data-health", "bad");
    setText(silent, lines.hidden ? NEVER_HEARD : HEARD_BEFORE);
    show(silent, true);
    rebuild(state, "silent", () => [chip("No answer", "bad")]);
  };
  return { element, update, fallSilent };
}

/** @param {import("./api.js").Load} load */
function placesOf({ in_call, capacity, kept, waiting }) {
  return `${in_call} of ${capacity}${kept ? `, ${kept} kept` : ""}${waiting ? `, ${waiting} waiting` : ""}`;
}

/** @param {Worker} worker @returns {[string, string][]} */
function figuresOf({ load, stt, store, uptime_s, version, pid, restarts }) {
  const again = Object.values(restarts ?? {}).reduce((all, n) => all + n, 0);
  return [
    ["Calls", placesOf(load)],
    ["Machine's CPU", percent(load.machine_cpu)],
    ["Memory", `${bytes(load.rss_bytes)}, ${bytes(load.memory_available_bytes)} free`],
    ["Open files", `${load.open_files} of ${load.open_files_limit}`],
    ["Recognisers", `${stt.workers_ready} of ${stt.workers_wanted}, ${stt.running} at work`],
    ["Waiting segments", `${stt.queued}${stt.given_up ? `, ${stt.given_up} given up` : ""}`],
    ["Free disk", store.disk_free_bytes === null ? "not known" : bytes(store.disk_free_bytes)],
    ["Store troubles", String(Object.values(store.troubles).reduce((all, n) => all + n, 0))],
    ["Up for", `${long(uptime_s)}${again ? `, restarted ${again} ×` : ""}`],
    ["Version, process", `${version}, ${pid}`],
  ];
}
