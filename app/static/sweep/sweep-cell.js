// One cell of a sweep: its picture, which is a link to its run, and its measurement.

import { element } from "../shared/dom.js";
import { formatNumber } from "../shared/format.js";
import { MEASURES, isOutside, spoken } from "../shared/measures.js";
import { plainBar } from "../shared/meter.js";

export const STATUS = {
  queued: "waiting",
  running: "painting",
  done: "",
  stopped: "stopped",
  failed: "failed",
  interrupted: "interrupted",
  gone: "deleted",
};

/** A cell that keeps its place while its picture comes. */
export class SweepCell {
  /**
   * @param {string} base
   * @param {{label: string}} x axis
   * @param {{label: string} | null} y axis
   * @param {Record<string, {p5: number, p50: number, p95: number}> | null} reference bands of real
   *   pictures by measure
   */
  constructor(base, x, y, reference) {
    this.base = base;
    this.x = x;
    this.y = y;
    this.picture = element("img", { alt: "", hidden: true, decoding: "async" });
    this.word = element("span", { className: "word" });
    this.lines = MEASURES.map(({ key, short }) => measureLine(key, short, reference?.[key]));
    this.link = element("a", { className: "frame" }, this.picture, this.word);
    const measurement = this.lines.map(({ node }) => node);
    const lines = element("div", { className: "measurements" }, ...measurement);
    this.node = element("div", { className: "cell", role: "cell" }, this.link, lines);
  }

  /** @param {any} cell what the server says of it */
  draw(cell) {
    const painted = cell.step !== null && Boolean(cell.id);
    this.node.dataset.status = cell.status;
    this.word.textContent = STATUS[cell.status] ?? "";
    this.picture.hidden = !painted;
    if (painted) this.picture.src = `${this.base}/frames/${cell.id}/${cell.painter}/${cell.step}.png`;
    this.drawLink(cell);
    this.drawNames(cell, painted);
    const labels = { ...cell.judge_labels, realism: cell.realism_label };
    for (const line of this.lines) line.draw(painted ? cell[line.key] : NaN, labels, cell.steering);
  }

  drawLink({ id, reason }) {
    this.link.title = reason || "Open this run";
    if (id) this.link.href = `${this.base}/?run=${id}`;
    else this.link.removeAttribute("href");
  }

  drawNames(cell, painted) {
    const row = this.y ? `, ${this.y.label} ${cell.y}` : "";
    const name = `${this.x.label} ${cell.x}${row}: ${painted ? spoken(cell) : "no picture yet"}`;
    this.picture.alt = name;
    this.link.setAttribute("aria-label", `Open the run ${name}`);
  }
}

function measureLine(key, label, band) {
  const name = element("span", { className: "cut", textContent: label });
  const value = element("b", { textContent: "–" });
  const bar = plainBar(band?.p50);
  const node = element("div", { className: "measurement" }, name, value, bar.part);
  const draw = (measured, labels, steering) => {
    name.textContent = labels[key] ?? label;
    value.textContent = formatNumber(measured);
    value.classList.toggle("outside", isOutside(measured, band, steering.includes(key)));
    bar.show(Number.isFinite(measured) ? measured : 0);
  };
  return { key, node, draw };
}
