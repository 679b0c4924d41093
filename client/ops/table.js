import { attr, button, h, setLabel, show } from "../page/dom.js";

/**
 * @template T
 * @typedef {object} Column
 * @property {string} name
 * @property {(row: T) => string | number} by what it is sorted by
 * @property {(row: T) => Node | string} cell
 * @property {boolean} [number] it stands at the end of its column, and is sorted from the most down
 */

const FIRST_SHOWN = 6;

/**
 * A table that its reader sorts, by the buttons of its head. A row that has not changed keeps its
 * element, so that nobody loses their place or focus when figures come. Of many rows the first few
 * are shown until all are asked for.
 * @template T
 */
export class SortableTable {
  /** @type {T[]} */
  #rows = [];
  /** @type {Map<string, {text: string, element: HTMLTableRowElement}>} */
  #made = new Map();
  #all = false;
  #body = h("tbody");

  /**
   * @param {string} caption @param {string} none what is said where there is no row
   * @param {Column<T>[]} columns @param {(row: T) => string} keyOf @param {number} first column it is sorted by
   */
  constructor(caption, none, columns, keyOf, first) {
    this.#columns = columns;
    this.#keyOf = keyOf;
    this.#by = first;
    this.#down = columns[first].number ?? false;
    this.#heads = columns.map(({ name, number }, index) => {
      const sort = button(name, () => this.#sortBy(index), { class: "sort" });
      return h("th", { class: number ? "number" : "", attrs: { scope: "col" } }, sort);
    });
    const head = h("thead", {}, h("tr", {}, ...this.#heads));
    const title = h("caption", { class: "visually-hidden", text: caption });
    this.#table = h("table", { class: "interviews" }, title, head, this.#body);
    this.#empty = h("p", { class: "empty", text: none });
    this.#more = button("", () => this.#turn(), { class: "button secondary" });
    this.element = h("div", { class: "table" }, this.#table, this.#empty, this.#more);
    this.#draw();
  }

  #columns;
  #keyOf;
  #by;
  #down;
  #heads;
  #table;
  #empty;
  #more;

  /** @param {T[]} rows */
  update(rows) {
    this.#rows = rows;
    this.#draw();
  }

  #turn() {
    this.#all = !this.#all;
    this.#draw();
  }

  /** @param {number} index */
  #sortBy(index) {
    this.#down = index === this.#by ? !this.#down : (this.#columns[index].number ?? false);
    this.#by = index;
    this.#draw();
  }

  #draw() {
    const value = this.#columns[this.#by].by;
    const sorted = [...this.#rows].sort((a, b) => compare(value(a), value(b)) * (this.#down ? -1 : 1));
    for (const [index, th] of this.#heads.entries())
      attr(th, "aria-sort", index === this.#by ? (this.#down ? "descending" : "ascending") : null);
    const kept = new Map();
    for (const row of this.#all ? sorted : sorted.slice(0, FIRST_SHOWN)) {
      const text = JSON.stringify(row);
      const before = this.#made.get(this.#keyOf(row));
      kept.set(this.#keyOf(row), before?.text === text ? before : { text, element: rowOf(this.#columns, row) });
    }
    this.#made = kept;
    place(
      this.#body,
      [...kept.values()].map(({ element }) => element),
    );
    show(this.#table, sorted.length > 0);
    show(this.#empty, sorted.length === 0);
    show(this.#more, sorted.length > FIRST_SHOWN);
    setLabel(this.#more, this.#all ? `Show ${FIRST_SHOWN}` : `Show all ${sorted.length}`);
  }
}

/** @param {string | number} a @param {string | number} b */
function compare(a, b) {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
}

/** @template T @param {Column<T>[]} columns @param {T} row */
function rowOf(columns, row) {
  const cells = columns.map(({ name, cell, number }, index) => {
    const kind = number ? "number" : "";
    if (index === 0) return h("th", { class: kind, attrs: { scope: "row" } }, cell(row));
    return h("td", { class: kind, attrs: { "data-name": name } }, cell(row));
  });
  return h("tr", {}, ...cells);
}

/** Leaves alone what stands in its place already. @param {HTMLElement} parent @param {HTMLElement[]} wanted */
export function place(parent, wanted) {
  const stays = new Set(wanted);
  for (const child of [...parent.children]) if (!stays.has(/** @type {HTMLElement} */ (child))) child.remove();
  for (const [index, element] of wanted.entries())
    if (parent.children[index] !== element) parent.insertBefore(element, parent.children[index] ?? null);
}
