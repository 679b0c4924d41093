import { isFinal, problemOf } from "./problems.js";

/** @typedef {import("./api.js").ReportApi} ReportApi */
/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./problems.js").Problem} Problem */

/**
 * @typedef {object} Trouble
 * @property {Report | null} report it has fresh addresses: play again
 * @property {boolean} gone this sound has been erased, and nothing else
 * @property {Problem | null} refused why the link opens nothing any more; null: it does, or nobody knows
 */

/**
 * Why a sound does not come. A media element says only that it failed: so the address is asked once
 * more. Where it alone has run out, or is gone, the report is asked for again, which says why.
 * @param {ReportApi} api @param {string} url @returns {Promise<Trouble>}
 */
export async function troubleOf(api, url) {
  const status = await statusOf(api, url);
  if (![401, 403, 404, 410].includes(status)) return { report: null, gone: false, refused: null };
  try {
    const report = await api.report();
    const gone = status === 404 || status === 410;
    return { report: gone ? null : report, gone, refused: null };
  } catch (error) {
    const problem = problemOf(error);
    return { report: null, gone: false, refused: isFinal(problem) ? problem : null };
  }
}

/** 0: no answer. @param {ReportApi} api @param {string} url */
async function statusOf(api, url) {
  try {
    const response = await api.fetch(url, { headers: { Range: "bytes=0-0" }, cache: "no-store", credentials: "omit" });
    void response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}
