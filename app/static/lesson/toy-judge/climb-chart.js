// Score and realism of a climb over its steps, as two small charts; earlier climbs are pale.

import { svg } from "../../shared/dom.js";
import { formatNumber } from "../../shared/format.js";

const WIDE = 420;
const HIGH = 150;
const LEFT = 44;
const RIGHT = 12;
const TOP = 26;
const BOTTOM = 22;
const FEWEST_STEPS = 10; // along the horizontal axis
const MOST_TICKS = 4;

/**
 * One step of a climb.
 * @typedef {{score: number, realism: number, prior: string}} Point
 */

/**
 * Draw both charts.
 * @param {Element} place
 * @param {Point[]} points of the climb
 * @param {Point[][]} past earlier climbs
 * @param {number[]} band lowest and highest score of natural pictures
 */
export function drawClimb(place, points, past, band) {
  const all = [points, ...past];
  const scores = all.flat().map(({ score }) => score);
  const steps = Math.max(FEWEST_STEPS, ...all.map((one) => one.length - 1));
  const score = new SmallChart("Score: how much lighter the left column is", {
    steps,
    low: Math.min(-0.5, ...scores),
    high: Math.max(1.5, ...scores),
  });
  score.addBand(band, "natural pictures");
  const realism = new SmallChart("Toy realism: 1 on a natural picture", { steps, low: 0, high: 1 });
  score.addClimbs(points, past, "score", true);
  realism.addClimbs(points, past, "realism", false);
  place.replaceChildren(score.svg, realism.svg);
}

class SmallChart {
  constructor(title, { steps, low, high }) {
    this.steps = steps;
    this.low = low;
    this.high = high;
    this.svg = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img" });
    this.addText(title, { x: 0, y: 14, class: "title" });
    this.addAxes();
  }

  x(step) {
    return LEFT + ((WIDE - LEFT - RIGHT) * step) / this.steps;
  }

  y(value) {
    return HIGH - BOTTOM - ((HIGH - TOP - BOTTOM) * (value - this.low)) / (this.high - this.low);
  }

  addAxes() {
    for (const value of ticks(this.low, this.high)) {
      const y = this.y(value);
      this.svg.append(svg("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: y, y2: y }));
      this.addText(String(value).replace("-", "−"), { x: LEFT - 7, y: y + 4, "text-anchor": "end" });
    }
    for (const step of ticks(0, this.steps)) {
      this.addText(step, { x: this.x(step), y: HIGH - 5, "text-anchor": "middle" });
    }
  }

  addBand([low, high], name) {
    const top = this.y(high);
    const size = { width: WIDE - LEFT - RIGHT, height: this.y(low) - top };
    this.svg.append(svg("rect", { class: "band", x: LEFT, y: top, ...size }));
    this.addText(name, { x: WIDE - RIGHT - 4, y: top - 4, "text-anchor": "end" });
  }

  /** The climb, earlier ones, and where the prior was changed; `named`: with the prior's name. */
  addClimbs(points, past, measure, named) {
    const values = points.map((point) => point[measure]);
    for (const one of past)
      this.addLine(
        one.map((point) => point[measure]),
        "past",
      );
    for (const { at, prior } of priorChanges(points)) this.addSwitch(at, named ? prior : "");
    this.addLine(values, "now");
    const last = values.length - 1;
    this.svg.append(svg("circle", { class: "dot", cx: this.x(last), cy: this.y(values[last]), r: 5 }));
    const range = `from ${formatNumber(values[0])} to ${formatNumber(values[last])}`;
    this.svg.setAttribute("aria-label", `Chart: ${measure} over ${last} steps, ${range}`);
  }

  addLine(values, className) {
    const points = values.map((value, i) => `${this.x(i)},${this.y(value)}`).join(" ");
    this.svg.append(svg("polyline", { class: className, points }));
  }

  addSwitch(at, name) {
    const x = this.x(at);
    this.svg.append(svg("line", { class: "switch", x1: x, x2: x, y1: TOP - 4, y2: HIGH - BOTTOM }));
    if (name) this.addText(name, { x: x + 4, y: TOP + 6 });
  }

  addText(content, attributes) {
    this.svg.append(svg("text", attributes, String(content)));
  }
}

/** The steps after which another prior was put in. */
function priorChanges(points) {
  const changed = (i) => i > 1 && points[i].prior !== points[i - 1].prior;
  return points.flatMap(({ prior }, i) => (changed(i) ? [{ at: i - 1, prior }] : []));
}

/** Three to six round numbers between two others. */
function ticks(low, high) {
  const rough = (high - low) / MOST_TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const found = [];
  for (let n = Math.ceil(low / size); n * size <= high + 1e-9; n += 1)
    found.push(Number((n * size).toFixed(6)));
  return found;
}
