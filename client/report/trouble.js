import { asInterviewError } from "../sdk/errors.js";

/** @typedef {import("./api.js").ReportApi} ReportApi */
/** @typedef {import("./types.js").Report} Report */

/**
 * @typedef {"" | "expired" | "gone" | "network"} Trouble
 * expired: the link is no longer good. gone: the sound has been erased.
 */

/**
 * Why a sound does not come. A media element says only that it failed: so the address is asked once
 * more. Where it alone has run out, the report is asked for again: it has fresh ones.
 * @param {ReportApi} api @param {string} url
 * @returns {Promise<{trouble: Trouble, report: Report | null}>}
 */
export async function troubleOf(api, url) {
  const status = await statusOf(api, url);
  if (status === 404 || status === 410) return { trouble: "gone", report: null };
  if (status !== 401 && status !== 403) return { trouble: "network", report: null };
  try {
    return { trouble: "", report: await api.report() };
  } catch (error) {
    const { kind } = asInterviewError(error);
    return {
      trouble: kind === "token" ? "expired" : kind === "link" || kind === "over" ? "gone" : "network",
      report: null,
    };
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
