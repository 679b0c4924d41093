/** Dates, durations and shares as the reader's language writes them. */

export class Format {
  /** @param {string} lang */
  constructor(lang) {
    this.lang = lang;
    this.date_ = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" });
    this.number_ = new Intl.NumberFormat(lang);
    this.share_ = new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 });
  }

  /** @param {string} iso */
  date(iso) {
    const at = new Date(iso);
    return Number.isNaN(at.getTime()) ? iso : this.date_.format(at);
  }

  /** @param {number} value */
  number(value) {
    return this.number_.format(value);
  }

  /** @param {number} share 0 to 1 */
  share(share) {
    return this.share_.format(share);
  }

  /** 42 → "42 sec", 200 → "3 min 20 sec", 3900 → "1 hr 5 min". @param {number} seconds */
  duration(seconds) {
    const unit = (/** @type {number} */ value, /** @type {string} */ name, digits = 0) =>
      new Intl.NumberFormat(this.lang, {
        style: "unit",
        unit: name,
        unitDisplay: "short",
        maximumFractionDigits: digits,
      }).format(value);
    if (seconds < 10) return unit(seconds, "second", 1);
    const whole = Math.round(seconds);
    const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
    const parts = [];
    if (hours) parts.push(unit(hours, "hour"));
    if (minutes) parts.push(unit(minutes, "minute"));
    if (!hours && (rest || !minutes)) parts.push(unit(rest, "second"));
    return parts.join(" ");
  }
}
