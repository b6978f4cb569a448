// Every step of every value of a sweep over one setting, as far as the server has told.

import { nearest } from "../shared/format.js";

const FIELDS = ["step", "total", "score", "heldout", "realism", "picture"];
const WIDEST_STRIDE = 32; // steps between the pictures that are fetched first

/** The rows of all runs that were seen: a sweep with one more value shows most of them again. */
export class SweepRows {
  constructor() {
    this.byRun = new Map(); // run → rows by step
    this.whole = new Set(); // runs of which all rows are here
  }

  /** @param {any} state what the server says of a sweep */
  add({ cells, tradeoff }) {
    for (const [place, lines] of Object.entries(tradeoff.rows)) {
      const { id, status } = cells[place];
      if (!id) continue;
      const rows = [];
      for (const line of lines) rows[line[0]] = rowOf(line);
      this.byRun.set(id, rows);
      if (status === "done") this.whole.add(id);
    }
  }

  /**
   * Places of the cells that need not be told again, as the address has them.
   * @param {any} [state] what the server said last
   */
  known(state) {
    const places = (state?.cells ?? []).flatMap(({ id }, place) => (this.whole.has(id) ? [place] : []));
    return places.join(".");
  }

  /** Steps of a run; undefined before the first. */
  total(run) {
    return this.byRun.get(run)?.find(Boolean)?.total;
  }

  /** How far a run has come, 0 … 1; undefined before the first row. */
  head(run) {
    const rows = this.byRun.get(run);
    return rows?.length ? (rows.length - 1) / this.total(run) : undefined;
  }

  /** The row at a share of a run, or the newest before; undefined before the first. */
  at(run, share) {
    const rows = this.byRun.get(run);
    if (!rows?.length) return undefined;
    const wanted = Math.min(Math.round(share * this.total(run)), rows.length - 1);
    return rows[wanted] ?? rows.findLast((row, step) => row && step <= wanted) ?? rows.find(Boolean);
  }

  /** Every score of these cells, at any step. */
  scores(cells) {
    const rows = cells.flatMap(({ id }) => this.byRun.get(id) ?? []).filter(Boolean);
    return rows.flatMap(({ score, heldout }) => (heldout === null ? [score] : [score, heldout]));
  }

  /** The row nearest to a step of which the picture is kept. */
  withPicture(run, step) {
    const rows = this.byRun.get(run) ?? [];
    const kept = rows.filter((row) => row?.picture);
    const best = nearest(
      kept.map((row) => row.step),
      step,
    );
    return rows[best];
  }

  /**
   * Every picture, so ordered that both sliders are smooth long before all have come.
   * @param {{id: string, painter: string}[]} cells
   * @returns {[string, number][]} folder of a picture and its step
   */
  coarseToFine(cells) {
    const wanted = new Map();
    const want = ({ id, painter }, row) => wanted.set(`${id}/${row.step}`, [`${id}/${painter}`, row.step]);
    const kept = cells.map((cell) => (this.byRun.get(cell.id) ?? []).filter((row) => row?.picture));
    cells.forEach((cell, i) => kept[i].length && want(cell, kept[i].at(-1)));
    for (let stride = WIDEST_STRIDE; stride >= 1; stride >>= 1) {
      cells.forEach((cell, i) => kept[i].forEach((row) => row.step % stride || want(cell, row)));
    }
    return [...wanted.values()];
  }
}

const rowOf = (line) => Object.fromEntries(FIELDS.map((field, i) => [field, line[i]]));
