// The charts: Vega-Lite specifications from the server, fed through change sets, never rebuilt by a step.

import { JUDGES } from "../shared/judge-scale.js";
import { ChartData } from "./chart-data.js";

const ONLY_ERRORS = 1; // of Vega's log; warnings would only say that a chart has no data yet
const LETTER_SHARE = 0.54; // mean width of a letter, in its size
const AXIS_PX = 40; // left of the plot, where the title begins
const MISSING = "The chart could not be loaded; trying again. If it does not appear, reload the page.";
const AGAIN_MS = [1000, 2000, 4000, 8000]; // after the first failure, the second …; the last for all others
// Of judges' charts, their subtitle: the scale's name in full.
const SCALE_NAMES = { shared: "shared scale, 0 unrelated, 1 matching", cosine: "cosine" };

/** The views of all charts. */
export class Charts {
  /**
   * @param {Record<string, HTMLElement>} boxes by chart
   * @param {string} assets address of the app's scripts
   * @param {import("../shared/judge-scale.js").JudgeScale} scale
   * @param {typeof ChartData} [Data] what the charts show, where it is not a run
   */
  constructor(boxes, assets, scale, Data = ChartData) {
    this.boxes = boxes;
    this.assets = assets;
    this.scale = scale;
    this.data = new Data(scale, (set) => this.replace(set));
    this.views = {};
    this.reads = {}; // chart → the data sets it reads
    this.changed = new Set();
    this.unfitted = new Set();
    this.sizes = new ResizeObserver((entries) =>
      entries.forEach(({ target }) => this.fit(target.dataset.chart)),
    );
    this.drawn = Promise.resolve();
    this.ready = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  /**
   * Load Vega and draw; not before the pictures, which come first. Further calls do nothing. While the server
   * cannot be reached, it loads again: a laptop that was asleep must not lose its charts. Drawing again would
   * only fail again, so an error there is reported and that is all.
   */
  async start(failures = 0) {
    if (this.started && !failures) return;
    this.started = true;
    try {
      const [specs] = await Promise.all([this.fetchSpecs(), this.loadVega(failures)]);
      this.specs = specs;
    } catch (error) {
      this.tryAgain(error, failures);
    }
    try {
      if (this.specs && !this.destroyed) await this.drawFirst();
    } finally {
      this.settle();
    }
  }

  /** In boxes that may still say that nothing could be loaded. */
  drawFirst() {
    for (const box of Object.values(this.boxes)) box.textContent = "";
    return this.draw();
  }

  async fetchSpecs() {
    const answer = await fetch(`${this.assets}/charts.json`);
    if (!answer.ok) throw new Error(`charts.json: status ${answer.status}`);
    return answer.json();
  }

  /** Browsers may remember that an address failed, so every further try has one of its own. */
  loadVega(failures) {
    return import(`${this.assets}/vega.js${failures ? `?try=${failures}` : ""}`);
  }

  tryAgain(error, failures) {
    console.warn("The charts could not be loaded; trying again.", error);
    for (const box of Object.values(this.boxes)) box.textContent = MISSING;
    const wait = AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)];
    this.again = setTimeout(() => this.start(failures + 1), wait);
  }

  /**
   * (Re)build every view for the page's theme and the judges' scale. One after the other: only the last wish
   * counts.
   */
  draw() {
    const wish = Symbol("wish");
    this.wish = wish;
    this.drawn = this.drawn.catch(() => {}).then(() => this.drawAll(wish));
    return this.drawn;
  }

  async drawAll(wish) {
    this.theme = themeOf(this.anyBox);
    for (const name of Object.keys(this.boxes)) {
      if (wish !== this.wish) return;
      this.drop(name);
      const view = await this.embed(name);
      if (wish !== this.wish) {
        view.finalize();
        return;
      }
      this.views[name] = view;
      this.sizes.observe(this.boxes[name]);
    }
    this.unfitted = new Set(Object.keys(this.views)); // their axes get their room once the data are there
    for (const set of Object.keys(this.data.sets)) this.replace(set);
  }

  async embed(name) {
    const box = this.boxes[name];
    const network = this.scale.network(name); // the judge that has this place
    const spec = { ...this.specs[network], ...sizeOf(box) };
    const named = this.scale.judges.named[network];
    const text = named?.role ? `${named.label}, ${named.role}` : named?.label;
    const subtitle = SCALE_NAMES[this.scale.name];
    if (named) spec.title = { ...spec.title, text };
    if (JUDGES.includes(network)) spec.title = { ...spec.title, subtitle };
    if (name === "plane") spec.title = { ...spec.title, subtitle: `judge: ${subtitle}` };
    if (spec.title) spec.title = { ...spec.title, subtitle: linesOf(spec.title.subtitle, box) };
    this.reads[name] = new Set(spec.layer.map((layer) => layer.data?.name));
    const { view } = await window.vegaEmbed(box, spec, {
      mode: "vega-lite",
      renderer: "svg",
      actions: false,
      defaultStyle: false,
      logLevel: ONLY_ERRORS,
      config: configOf(JSON.parse(this.theme)),
      tooltip: (_handler, _event, _item, value) => {
        box.title = value ? String(value) : "";
      },
    });
    // The box has the chart's name; its marks have none.
    for (const part of box.children) part.ariaHidden = "true";
    return view;
  }

  drop(name) {
    this.views[name]?.finalize();
    delete this.views[name];
  }

  get anyBox() {
    return Object.values(this.boxes)[0];
  }

  /** Streamlit's theme may have changed. */
  async retheme() {
    await this.ready;
    if (!this.destroyed && this.specs && this.theme !== themeOf(this.anyBox)) await this.draw();
  }

  /** The judges' scale was changed. */
  rescale(rows) {
    this.data.rescale(rows);
    if (this.specs) this.draw();
  }

  destroy() {
    this.destroyed = true;
    this.wish = undefined;
    this.sizes.disconnect();
    cancelAnimationFrame(this.pending);
    clearTimeout(this.again);
    for (const name of Object.keys(this.views)) this.drop(name);
  }

  /** Bring one data set to the views; all that change together cost one run of each view. */
  replace(set) {
    this.changed.add(set);
    this.pending ??= requestAnimationFrame(() => {
      this.pending = undefined;
      const changed = [...this.changed];
      this.changed.clear();
      for (const [name, view] of Object.entries(this.views)) {
        const read = changed.filter((one) => this.reads[name].has(one));
        if (this.unfitted.delete(name)) view.resize();
        this.feed(view, read);
      }
    });
  }

  feed(view, sets) {
    for (const set of sets) view.data(set, copies(this.data.sets[set])); // a change set that replaces all
    if (sets.length) view.runAsync();
  }

  /** On paper the style sheet scales what was drawn for the screen. */
  fit(name) {
    if (matchMedia("print").matches) return;
    const { width, height } = sizeOf(this.boxes[name]);
    if (width > 0) this.views[name]?.width(width).height(height).runAsync();
  }
}

/** Vega marks the objects it takes in, so every view gets its own. */
const copies = (rows) => rows.map((row) => ({ ...row }));

/**
 * A chart's second line in two where its box is too narrow for one, broken after a comma or in the middle.
 */
function linesOf(text, box) {
  const size = Number(getComputedStyle(box).getPropertyValue("--chart-size"));
  if (typeof text !== "string" || text.length * size * LETTER_SHARE < box.clientWidth - AXIS_PX) return text;
  const words = text.split(" ");
  const comma = words.findIndex((word) => word.endsWith(","));
  const first = comma < 0 ? Math.ceil(words.length / 2) : comma + 1;
  return [words.slice(0, first).join(" "), words.slice(first).join(" ")].filter(Boolean);
}

const sizeOf = (box) => ({ width: box.clientWidth, height: box.clientHeight });

/** The page's colours and letters as one text, so that two of them can be compared. */
function themeOf(element) {
  const style = getComputedStyle(element);
  const value = (name) => style.getPropertyValue(name).trim();
  const size = Number(value("--chart-size")); // of its letters, px
  const colours = { ink: value("--ink"), quiet: value("--quiet"), line: value("--line") };
  return JSON.stringify({ ...colours, font: style.fontFamily, size });
}

function configOf({ ink, quiet, line, font, size }) {
  const title = {
    color: ink,
    subtitleColor: quiet,
    fontSize: size + 2,
    subtitleFontSize: size,
    fontWeight: 600,
    subtitlePadding: 2,
  };
  const axis = {
    labelColor: quiet,
    titleColor: quiet,
    gridColor: line,
    domainColor: line,
    tickColor: line,
    labelFontSize: size,
    titleFontSize: size,
    titleFontWeight: "normal",
    labelPadding: 4,
  };
  return {
    background: "transparent",
    font,
    view: { stroke: null },
    title,
    text: { color: ink, fontSize: size },
    axis,
  };
}
