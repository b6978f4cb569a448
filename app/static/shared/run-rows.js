// The rows of one run, and which of them belongs to a place of the slider.

const FIELDS = [
  "painter",
  "step",
  "total",
  "seconds",
  "evaluations",
  "score",
  "heldout",
  "realism",
  "picture",
  "robust",
];
const WIDEST_STRIDE = 32; // steps between the pictures that are fetched first

/**
 * Address of what is new of a run.
 * @param {string} base
 * @param {string} run id
 * @param {number} seq of the newest row that has come
 * @param {boolean} isKnown whether an answer has come that said what never changes
 */
export function newsAddress(base, run, seq, isKnown) {
  return `${base}/runs/${run}.json?after=${seq}${isKnown ? "&known=1" : ""}`;
}

/**
 * @typedef {object} Row what was measured of one step
 * @property {string} painter
 * @property {number} step
 * @property {number} total steps that this painter makes
 * @property {number} seconds
 * @property {number} evaluations pictures that the judge has looked at
 * @property {number} score
 * @property {number} heldout
 * @property {number} realism
 * @property {boolean} picture whether the step's picture is kept
 * @property {number | null} robust
 */

/** All rows that have come of a run. */
export class RunRows {
  constructor() {
    this.painters = [];
    this.byPainter = {}; // painter → rows by step
  }

  /** @param {{name: string, total: number}[]} painters in display order */
  reset(painters) {
    this.painters = painters;
    this.byPainter = Object.fromEntries(painters.map(({ name }) => [name, []]));
  }

  /**
   * @param {any[][]} lines values in the order of FIELDS
   * @returns {number} how many there were
   */
  add(lines) {
    for (const line of lines) {
      const row = Object.fromEntries(FIELDS.map((field, i) => [field, line[i]]));
      this.byPainter[row.painter][row.step] = row;
    }
    return lines.length;
  }

  /** Places of the slider: the steps of the painter that makes most. */
  get places() {
    return Math.max(1, ...this.painters.map(({ total }) => total));
  }

  /** Steps that a painter makes. */
  total(name) {
    return this.painters.find((painter) => painter.name === name).total;
  }

  /** @returns {Row[]} */
  all() {
    return Object.values(this.byPainter).flatMap((rows) => rows.filter(Boolean));
  }

  /**
   * The painter's row at a share of the run, or its latest before that.
   * @returns {Row | undefined}
   */
  at(name, share) {
    const rows = this.byPainter[name];
    return rows?.[Math.min(Math.round(share * this.total(name)), rows.length - 1)];
  }

  /**
   * The row nearest to a step that has a picture (a shipped example keeps only some).
   * @returns {Row | undefined}
   */
  withFrame(name, step) {
    const rows = this.byPainter[name];
    for (let away = 0; away < rows.length; away += 1) {
      if (rows[step - away]?.picture) return rows[step - away];
      if (rows[step + away]?.picture) return rows[step + away];
    }
    return undefined;
  }

  /**
   * Every picture, so ordered that scrubbing is smooth long before all have come.
   * @returns {[string, number][]} painter and step
   */
  coarseToFine() {
    const wanted = new Map();
    for (let stride = WIDEST_STRIDE; stride >= 1; stride >>= 1) {
      for (const { name } of this.painters) {
        for (let step = 0; step < this.byPainter[name].length; step += stride) {
          if (this.byPainter[name][step]?.picture) wanted.set(`${name}/${step}`, [name, step]);
        }
      }
    }
    return [...wanted.values()];
  }
}
