// Both judges on one scale: cosines as they are, or rescaled by real pairs, where 0 is an unrelated photograph and
// 1 a matching one (core/gap.py, which also says what a gap is).

const JUDGES = ["score", "heldout"];

export class Scale {
  constructor() {
    this.shared = false;
    this.reference = null;
  }

  /** A figure as it is shown. */
  value(figure, value) {
    return this.shared && this.reference && JUDGES.includes(figure) ? this.rescaled(figure, value) : value;
  }

  /** A row with its figures as they are shown. */
  row(row) {
    return { ...row, score: this.value("score", row.score), heldout: this.value("heldout", row.heldout) };
  }

  /** {gap, wide}: judge minus held-out judge, and whether 99 of 100 real photographs have less; null without a reference. */
  gap(row) {
    if (!this.reference) return null;
    const gap = this.rescaled("score", row.score) - this.rescaled("heldout", row.heldout);
    return { gap, wide: gap > (this.reference.gap?.p99 ?? Infinity) };
  }

  rescaled(figure, value) {
    const { matched, mismatched } = this.reference[figure];
    return (value - mismatched) / (matched - mismatched);
  }
}
