// The charts: Vega-Lite specifications from the server, fed through change sets, never rebuilt by a step.

const AXES = {
  share: (row) => (100 * row.step) / row.total,
  step: (row) => row.step,
  seconds: (row) => row.seconds,
  evaluations: (row) => row.evaluations,
};

// Subtitles while the judges are on the shared scale.
const SHARED = {
  score: "0 unrelated, 1 matching photo", heldout: "0 unrelated, 1 matching photo", plane: "judge: 0 unrelated, 1 matching photo",
};

export class Plots {
  /** boxes: chart name → element. data: {base, assets}. scale: Scale of the judges' figures. */
  constructor(boxes, data, scale) {
    this.scale = scale;
    this.boxes = boxes;
    this.assets = data.assets;
    this.axis = "share";
    this.views = {};
    this.names = {}; // chart name → the data sets it reads
    this.dirty = new Set();
    this.sets = { rows: [], now: [], place: [], span: [], limits: [], reference: [], box: [], turns: [], rival: [], rival_end: [] };
    this.turns = [];
    this.nowRows = [];
    this.sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => this.fit(target.dataset.chart)));
    this.ready = new Promise((resolve) => { this.settle = resolve; });
  }

  /** Load Vega and draw; not before the pictures, which come first. Further calls do nothing. */
  async start() {
    if (this.started) return;
    this.started = true;
    try {
      const [specs] = await Promise.all([
        fetch(`${this.assets}/charts.json`).then((answer) => answer.json()),
        import(`${this.assets}/vega.js`),
      ]);
      this.specs = specs;
      await this.draw();
    } catch (error) {
      console.error("The charts could not be loaded.", error);
      for (const box of Object.values(this.boxes)) box.textContent = "The chart could not be loaded; reload the page.";
    }
    this.settle();
  }

  /** (Re)build every view for the page's theme. */
  async draw() {
    this.theme = themeOf(Object.values(this.boxes)[0]);
    for (const [name, box] of Object.entries(this.boxes)) {
      this.views[name]?.finalize();
      const spec = { ...this.specs[name], ...sizeOf(box) };
      if (this.scale.shared && name in SHARED) spec.title = { ...spec.title, subtitle: SHARED[name] };
      const { view } = await window.vegaEmbed(box, spec, {
        mode: "vega-lite", renderer: "svg", actions: false, defaultStyle: false,
        tooltip: (_, event, item, value) => { box.title = value ? String(value) : ""; },
        logLevel: 1, // errors; warnings would only say that a chart has no data yet
        config: configOf(JSON.parse(this.theme)),
      });
      for (const part of box.children) part.ariaHidden = "true"; // the box has the chart's name; its marks have none
      this.views[name] = view;
      this.names[name] = new Set(spec.layer.map((layer) => layer.data?.name));
      this.sizes.observe(box);
    }
    for (const set of Object.keys(this.sets)) this.replace(set);
  }

  /** Streamlit's theme may have changed. */
  async retheme() {
    await this.ready;
    if (this.specs && this.theme !== themeOf(Object.values(this.boxes)[0])) await this.draw();
  }

  destroy() {
    this.sizes.disconnect();
    cancelAnimationFrame(this.pending);
    for (const view of Object.values(this.views)) view.finalize();
  }

  /** reference: the pack's figures of real photographs, or null. */
  reset(reference) {
    this.sets.rows = [];
    this.sets.now = [];
    this.sets.place = [];
    this.sets.turns = [];
    this.turns = [];
    this.setReference(reference);
    for (const set of Object.keys(this.sets)) this.replace(set);
  }

  setReference(reference) {
    this.reference = reference;
    const shown = (figure, name) => this.scale.value(figure, reference[figure][name]);
    this.sets.reference = Object.keys(reference ?? {}).map((figure) =>
      ({ figure, low: shown(figure, "p5"), mid: shown(figure, "p50"), high: shown(figure, "p95") }));
    this.sets.box = reference ? [{
      score_low: shown("score", "p5"), score_high: shown("score", "p95"),
      realism_low: reference.realism.p5, realism_high: reference.realism.p95,
    }] : [];
  }

  /** The judges' scale was changed. */
  async rescale(series) {
    this.setReference(this.reference);
    this.setAxis(this.axis, series);
    if (this.specs) await this.draw();
  }

  setAxis(axis, series) {
    this.axis = axis;
    this.setRows(series);
    this.setTurns(this.turns, series);
    this.setRival(this.rival);
    this.setNow(this.nowRows, this.share);
  }

  /** The moments at which painters go wrong: the server's "turns". */
  setTurns(turns, series) {
    this.turns = turns;
    this.sets.turns = turns.filter(({ step }) => step !== null).flatMap(({ painter, step, text, label }) => {
      const row = series.rows[painter]?.[step];
      return row ? [{ ...this.point(row), label, text }] : [];
    });
    this.replace("turns");
  }

  /** The rows of a second run, B: a Series, or undefined for none. */
  setRival(series) {
    this.rival = series;
    this.sets.rival = series?.all().map((row) => this.point(row)) ?? [];
    const ends = Object.values(series?.rows ?? {}).map((rows) => rows.findLast(Boolean)).filter(Boolean);
    this.sets.rival_end = ends.map((row) => ({ ...this.point(row), label: "B" }));
    this.replace("rival");
    this.replace("rival_end");
  }

  setRows(series) {
    this.sets.rows = series.all().map((row) => this.point(row));
    const figures = this.sets.rows.flatMap(({ score, heldout }) => [score, heldout]);
    this.sets.limits = [Math.min(0, ...figures), Math.max(1, ...figures)].map((y) => ({ y }));
    this.replace("limits");
    const end = { share: 100, step: series.places }[this.axis];
    this.sets.span = end ? [{ x: 0 }, { x: end }] : [];
    this.replace("rows");
    this.replace("span");
  }

  setNow(rows, share) {
    this.nowRows = rows;
    this.share = share;
    this.sets.now = rows.map((row) => this.point(row));
    // Over steps, seconds or pictures judged the painters stand at different places: a rule for each, in its hue.
    this.sets.place = this.axis === "share" ? rows.slice(0, 1).map(() => ({ x: 100 * share })) : this.sets.now;
    this.replace("now");
    this.replace("place");
  }

  point(row) {
    const { painter, step, score, heldout, realism } = this.scale.row(row);
    return { painter, step, score, heldout, realism, x: AXES[this.axis](row) };
  }

  /** Bring one data set to the views; all that change together cost one run of each view. */
  replace(set) {
    this.dirty.add(set);
    this.pending ??= requestAnimationFrame(() => {
      this.pending = undefined;
      const dirty = [...this.dirty];
      this.dirty.clear();
      for (const [name, view] of Object.entries(this.views)) this.feed(view, dirty.filter((d) => this.names[name].has(d)));
    });
  }

  feed(view, sets) {
    for (const set of sets) view.data(set, copies(this.sets[set])); // a change set that replaces all
    if (sets.length) view.runAsync();
  }

  fit(name) {
    const { width, height } = sizeOf(this.boxes[name]);
    if (width > 0) this.views[name]?.width(width).height(height).runAsync();
  }
}

/** Vega marks the objects it takes in, so every view gets its own. */
const copies = (rows) => rows.map((row) => ({ ...row }));

const sizeOf = (box) => ({ width: box.clientWidth, height: box.clientHeight });

function themeOf(element) {
  const style = getComputedStyle(element);
  const value = (name) => style.getPropertyValue(name).trim();
  const size = Number(value("--chart-size")); // of its letters, px
  return JSON.stringify({ ink: value("--ink"), quiet: value("--quiet"), line: value("--line"), font: style.fontFamily, size });
}

function configOf({ ink, quiet, line, font, size }) {
  return {
    background: "transparent",
    font,
    view: { stroke: null },
    title: { color: ink, subtitleColor: quiet, fontSize: size + 2, subtitleFontSize: size, fontWeight: 600, subtitlePadding: 2 },
    text: { color: ink, fontSize: size },
    axis: {
      labelColor: quiet, titleColor: quiet, gridColor: line, domainColor: line, tickColor: line,
      labelFontSize: size, titleFontSize: size, titleFontWeight: "normal", labelPadding: 4,
    },
  };
}
