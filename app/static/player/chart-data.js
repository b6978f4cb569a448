// What the charts show: their data sets, computed from the rows of a run and the place of the slider.

const AXES = {
  share: (row) => (100 * row.step) / row.total,
  step: (row) => row.step,
  seconds: (row) => row.seconds,
  evaluations: (row) => row.evaluations,
};

/** The data sets, by the names that the chart specifications give them. */
export class ChartData {
  /**
   * @param {import("../shared/judge-scale.js").JudgeScale} scale
   * @param {(set: string) => void} onChange a data set has changed
   */
  constructor(scale, onChange) {
    this.scale = scale;
    this.onChange = onChange;
    this.axis = "share";
    this.turns = [];
    this.others = [];
    this.nowRows = [];
    this.share = 0;
    this.sets = {
      rows: [],
      now: [],
      place: [],
      span: [],
      limits: [],
      reference: [],
      box: [],
      turns: [],
      rival: [],
      rival_end: [],
      others: [],
    };
  }

  put(set, data) {
    this.sets[set] = data;
    this.onChange(set);
  }

  /** @param {object | null} reference the pack's bands of real pictures by measure */
  reset(reference) {
    for (const set of ["rows", "now", "place", "turns"]) this.put(set, []);
    this.turns = [];
    this.setReference(reference);
  }

  setReference(reference) {
    this.reference = reference;
    const at = (measure, name) => this.scale.value(measure, reference[measure][name]);
    const band = (figure) => ({
      figure,
      low: at(figure, "p5"),
      mid: at(figure, "p50"),
      high: at(figure, "p95"),
    });
    const [steering] = Object.values(this.scale.judges.roles)[0]?.steering ?? ["score"];
    const box = () => ({
      score_low: at(steering, "p5"),
      score_high: at(steering, "p95"),
      realism_low: at("realism", "p5"),
      realism_high: at("realism", "p95"),
    });
    this.put("reference", Object.keys(reference ?? {}).map(band));
    this.put("box", reference?.score ? [box()] : []);
  }

  /** The judges' scale was changed. */
  rescale(rows) {
    this.setReference(this.reference);
    this.setAxis(this.axis, rows);
  }

  /**
   * @param {string} axis a key of AXES
   * @param {import("../shared/run-rows.js").RunRows} rows
   */
  setAxis(axis, rows) {
    this.axis = axis;
    this.setRows(rows);
    this.setOthers(this.others);
    this.setTurns(this.turns, rows);
    this.setRival(this.rival);
    this.setNow(this.nowRows, this.share);
  }

  /**
   * @param {{painter: string, step: number | null, text: string, label: string}[]} turns where painters go
   *   wrong
   */
  setTurns(turns, rows) {
    this.turns = turns;
    const points = turns.flatMap(({ painter, step, text, label }) => {
      const row = rows.byPainter[painter]?.[step];
      return row ? [{ ...this.point(row), label, text, late: step > rows.total(painter) / 2 }] : [];
    });
    this.put("turns", points);
  }

  /** @param {import("../shared/run-rows.js").RunRows} [rows] of a second run, B */
  setRival(rows) {
    this.rival = rows;
    const ends = Object.values(rows?.byPainter ?? {}).map((steps) => steps.findLast(Boolean));
    this.put(
      "rival",
      (rows?.all() ?? []).map((row) => this.point(row)),
    );
    this.put(
      "rival_end",
      ends.filter(Boolean).map((row) => ({ ...this.point(row), label: "B" })),
    );
  }

  /** @param {{painter: string, score: number, realism: number}[]} others last pictures; scores as cosines */
  setOthers(others) {
    this.others = others;
    const shown = ({ score, ...point }) => ({ ...point, steered: this.scale.value("score", score) });
    this.put("others", others.map(shown));
  }

  setRows(rows) {
    const points = rows.all().map((row) => this.point(row));
    const scores = points.flatMap((point) => [...this.scale.shown.map((name) => point[name]), point.steered]);
    const end = { share: 100, step: rows.places }[this.axis];
    this.put("rows", points);
    this.put("limits", [{ y: Math.min(0, ...scores) }, { y: Math.max(1, ...scores) }]);
    this.put("span", end ? [{ x: 0 }, { x: end }] : []);
  }

  /**
   * @param {import("../shared/run-rows.js").Row[]} rows at the slider's place
   * @param {number} share that place
   */
  setNow(rows, share) {
    this.nowRows = rows;
    this.share = share;
    const points = rows.map((row) => this.point(row));
    // Over steps, seconds or pictures judged the painters stand at different places: a rule for each, in its
    // hue.
    const place = this.axis === "share" ? points.slice(0, 1).map(() => ({ x: 100 * share })) : points;
    this.put("now", points);
    this.put("place", place);
  }

  point(row) {
    const { painter, step, score, heldout, robust, realism, steered } = this.scale.row(row);
    return { painter, step, score, heldout, robust, realism, steered, x: AXES[this.axis](row) };
  }
}
