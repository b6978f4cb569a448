// Both judges on one scale: cosines as they are, or rescaled by real pairs, where 0 is an unrelated picture
// and 1 a matching one (core/measures/judge_gap.py, which also says what a gap is).

import { MEASURES, isOutside } from "./measures.js";

// Measurements by the networks that judge (core/base/judges.py): by network, whoever steers.
export const JUDGES = ["score", "heldout", "robust"];
const USUAL = { steering: ["score"], witness: "heldout" };
const NO_RUN = { named: {}, shown: ["score", "heldout"], roles: {}, limits: {} };

/** Shows the judges' scores as cosines, or on the shared scale; knows who steers and who is held out. */
export class JudgeScale {
  constructor() {
    this.setJudges();
    this.shared = true; // wherever there is one
    // The pack's bands of real pictures by measure; only realism's for a weighted prompt.
    this.reference = null;
  }

  /** Whether the judges' scores can be compared with those of real pictures. */
  get judged() {
    return Boolean(this.reference?.score);
  }

  /** What the scores that are shown are on: "shared" or "cosine". */
  get name() {
    return this.shared && this.judged ? "shared" : "cosine";
  }

  /**
   * A measured value as it is shown.
   * @param {string} measure
   * @param {number} value
   */
  value(measure, value) {
    const rescaled = this.shared && this.judged && JUDGES.includes(measure) && this.reference[measure];
    return rescaled ? this.rescale(measure, value) : value;
  }

  /** A row with its values as they are shown; `outside` names those that are unlike real pictures. */
  row(row) {
    const shown = { ...row };
    for (const name of JUDGES) shown[name] = this.known(row, name) ? this.value(name, row[name]) : null;
    const { steering } = this.roles(row.painter);
    const outside = [...JUDGES, "realism"].filter((name) =>
      isOutside(row[name] ?? NaN, this.reference?.[name], steering.includes(name)),
    );
    return { ...shown, outside, steered: mean(steering.map((name) => shown[name])) };
  }

  known(row, name) {
    return row[name] !== null && row[name] !== undefined;
  }

  /**
   * @param {{named: object, shown: string[], roles: object, limits: object}} [judges] of the run on stage
   */
  setJudges(judges = NO_RUN) {
    this.judges = judges;
    this.shown = [...judges.shown];
  }

  /** Whether every painter follows the judge, so that its name alone says who is held out. */
  get usual() {
    return !Object.values(this.judges.named).some(({ role }) => role);
  }

  /** @returns {{steering: string[], witness: string | null}} */
  roles(painter) {
    return this.judges.roles[painter] ?? USUAL;
  }

  /** The network that a chart's place shows; other charts show themselves. */
  network(place) {
    return { score: this.shown[0], heldout: this.shown[1] }[place] ?? place;
  }

  /** What one painter's panel shows: two judges and realism, each with its part in the run. */
  figures(painter) {
    const { steering } = this.roles(painter);
    return MEASURES.map(({ key, short, help }) => {
      const name = this.network(key);
      if (!JUDGES.includes(name)) return { key: name, short, help };
      const role = this.usual ? "" : steering.includes(name) ? "steers" : "held out";
      const named = this.judges.named[name];
      return { key: name, short: named?.short ?? short, help: named?.help ?? help, role };
    });
  }

  /**
   * The steering judge's score minus the held-out judge's, and whether the held-out judge objects as it does
   * to no real picture: the gap wider than for 99 of 100, its score lower than for 95. Null where that cannot
   * be said.
   * @returns {{gap: number, wide: boolean, witness: string} | null}
   */
  gap(row) {
    const { steering, witness } = this.roles(row.painter);
    if (!this.judged || !witness || !this.known(row, witness) || !this.reference[witness]) return null;
    const steered = mean(steering.map((name) => this.rescale(name, row[name])));
    const gap = steered - this.rescale(witness, row[witness]);
    const limit = this.judges.limits[row.painter] ?? this.reference.gap?.p99 ?? Infinity;
    return { gap, wide: gap > limit && row[witness] < this.reference[witness].p5, witness };
  }

  rescale(measure, value) {
    const { matched, mismatched } = this.reference[measure];
    return (value - mismatched) / (matched - mismatched);
  }
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
