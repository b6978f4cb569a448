// The charts: Vega-Lite specifications from the server, fed through change sets, never rebuilt by a step.

const AXES = {
  share: (row) => (100 * row.step) / row.total,
  step: (row) => row.step,
  seconds: (row) => row.seconds,
  evaluations: (row) => row.evaluations,
};

export class Plots {
  /** boxes: chart name → element. data: {base, assets}. */
  constructor(boxes, data) {
    this.boxes = boxes;
    this.assets = data.assets;
    this.axis = "share";
    this.views = {};
    this.names = {}; // chart name → the data sets it reads
    this.dirty = new Set();
    this.sets = { rows: [], now: [], place: [], span: [], reference: [], box: [] };
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
      const { view } = await window.vegaEmbed(box, spec, {
        mode: "vega-lite", renderer: "svg", actions: false, defaultStyle: false, tooltip: false,
        logLevel: 1, // errors; warnings would only say that a chart has no data yet
        config: configOf(JSON.parse(this.theme)),
      });
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
    this.sets.reference = Object.entries(reference ?? {}).map(([figure, { p5, p50, p95 }]) =>
      ({ figure, low: p5, mid: p50, high: p95 }));
    this.sets.box = reference ? [{
      score_low: reference.score.p5, score_high: reference.score.p95,
      realism_low: reference.realism.p5, realism_high: reference.realism.p95,
    }] : [];
    for (const set of Object.keys(this.sets)) this.replace(set);
  }

  setAxis(axis, series) {
    this.axis = axis;
    this.setRows(series);
    this.setNow(this.nowRows, this.share);
  }

  setRows(series) {
    this.sets.rows = series.all().map((row) => this.point(row));
    const end = { share: 100, step: series.places }[this.axis];
    this.sets.span = end ? [{ x: 0 }, { x: end }] : [];
    this.replace("rows");
    this.replace("span");
  }

  setNow(rows, share) {
    this.nowRows = rows;
    this.share = share;
    this.sets.now = rows.map((row) => this.point(row));
    this.sets.place = this.axis === "share" && rows.length ? [{ x: 100 * share }] : [];
    this.replace("now");
    this.replace("place");
  }

  point(row) {
    const { painter, step, score, heldout, realism } = row;
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
  return JSON.stringify({ ink: value("--ink"), quiet: value("--quiet"), line: value("--line"), font: style.fontFamily });
}

function configOf({ ink, quiet, line, font }) {
  return {
    background: "transparent",
    font,
    view: { stroke: null },
    title: { color: ink, subtitleColor: quiet, fontSize: 14, subtitleFontSize: 12, fontWeight: 600, subtitlePadding: 2 },
    axis: {
      labelColor: quiet, titleColor: quiet, gridColor: line, domainColor: line, tickColor: line,
      labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", labelPadding: 4,
    },
  };
}
