// The rows of one run, and which of them belongs to a place of the slider.

const FIELDS = ["painter", "step", "total", "seconds", "evaluations", "score", "heldout", "realism", "picture"];

export class Series {
  constructor() {
    this.painters = [];
    this.rows = {};
  }

  /** painters: [{name, total}] in display order. */
  reset(painters) {
    this.painters = painters;
    this.rows = Object.fromEntries(painters.map(({ name }) => [name, []]));
  }

  /** lines: arrays in the order of FIELDS. Returns how many there were. */
  add(lines) {
    const fresh = lines.map((line) => Object.fromEntries(FIELDS.map((field, i) => [field, line[i]])));
    for (const row of fresh) this.rows[row.painter][row.step] = row;
    return fresh.length;
  }

  /** Places of the slider: the steps of the painter that makes most. */
  get places() {
    return Math.max(1, ...this.painters.map(({ total }) => total));
  }

  /** Steps that a painter makes. */
  total(name) {
    return this.painters.find((painter) => painter.name === name).total;
  }

  all() {
    return Object.values(this.rows).flatMap((rows) => rows.filter(Boolean));
  }

  /** The painter's row at a share of the run, or its latest before that; undefined if it has none. */
  at(name, share) {
    const rows = this.rows[name];
    return rows?.[Math.min(Math.round(share * this.total(name)), rows.length - 1)];
  }

  /** The row nearest to a step that has a picture (a shipped example keeps only some). */
  withFrame(name, step) {
    const rows = this.rows[name];
    for (let away = 0; away < rows.length; away++) {
      if (rows[step - away]?.picture) return rows[step - away];
      if (rows[step + away]?.picture) return rows[step + away];
    }
    return undefined;
  }

  /** Every picture, so ordered that scrubbing is smooth long before all have come. */
  coarseToFine() {
    const wanted = new Map();
    for (let stride = 32; stride >= 1; stride >>= 1) {
      for (const { name } of this.painters) {
        for (let step = 0; step < this.rows[name].length; step += stride) {
          if (this.rows[name][step]?.picture) wanted.set(`${name}/${step}`, [name, step]);
        }
      }
    }
    return [...wanted.values()];
  }
}
