import { asInterviewError } from "../sdk/errors.js";

/** @typedef {import("../strings/report/en.js").ReportWords} ReportWords */
/** @typedef {Exclude<keyof ReportWords["problem"], "again">} Problem */

/** What the server says of a link, by its code. @type {Record<string, Problem>} */
const BY_CODE = {
  report_link_expired: "expired",
  report_link_revoked: "revoked",
  report_link_other_interview: "other",
  interview_erased: "erased",
};
/** @type {Record<string, Problem>} */
const BY_KIND = {
  token: "token",
  link: "gone",
  over: "gone",
  deleted: "erased",
  damaged: "damaged",
  full: "full",
  network: "network",
};
const FINAL = new Set(["noToken", "expired", "revoked", "other", "token", "erased", "gone", "damaged"]);

/** What the page says of an error. @param {unknown} error @returns {Problem} */
export function problemOf(error) {
  const { code, kind } = asInterviewError(error);
  return BY_CODE[code] ?? BY_KIND[kind] ?? "server";
}

/** Whether trying again cannot help. @param {Problem} problem */
export function isFinal(problem) {
  return FINAL.has(problem);
}
