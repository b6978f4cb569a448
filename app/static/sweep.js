// A sweep as a grid of pictures with their figures; polls until every cell has ended. A cell is a link to its run.

import { element, mounter, sheet } from "./dom.js";
import { figure } from "./format.js";

const POLL_MS = 700;
const RETRY_MS = 2000;
const FIGURES = [["score", "Judge"], ["heldout", "Held-out"], ["realism", "Realism"]];
const WORDS = { queued: "waiting", running: "painting", stopped: "stopped", failed: "failed", interrupted: "interrupted", gone: "deleted" };
const style = await sheet("sweep.css");

class Sweep {
  constructor(root) {
    this.root = root;
    this.prompt = element("h2");
    this.chip = element("span", { className: "chip", role: "status" });
    this.meta = element("span", { className: "meta" });
    this.save = element("a", { textContent: "Save as PNG", hidden: true });
    this.look = element("p", { className: "look" });
    this.grid = element("div", { className: "grid", role: "table", "aria-label": "Pictures by the values of the axes" });
    this.legend = element("p", { className: "legend" });
    this.spread = element("table", { hidden: true });
    root.append(element("div", { className: "sweep" },
      element("header", {}, this.prompt, this.chip, this.meta, this.save), this.look, this.grid, this.legend, this.spread));
  }

  update(data, act) {
    Object.assign(this, { data, act });
    this.look.textContent = data.look;
    if (data.sweep === this.shown && (this.polling || !data.active)) return;
    if (data.sweep !== this.shown) this.drawn = undefined;
    this.shown = data.sweep;
    this.watched = data.active;
    this.visit = Symbol("visit"); // answers for an earlier visit are dropped
    this.poll(this.visit);
  }

  async poll(visit) {
    this.polling = true;
    let wait = POLL_MS;
    try {
      const answer = await fetch(`${this.data.base}/sweeps/${this.shown}.json`, { cache: "no-store" });
      if (visit !== this.visit || !this.root.isConnected) return;
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const state = await answer.json();
      if (visit !== this.visit) return;
      this.draw(state);
      if (!state.active) return this.finish();
    } catch (error) {
      if (visit !== this.visit) return;
      wait = RETRY_MS;
      console.warn("The sweep could not be fetched; trying again.", error);
      this.chip.textContent = "Connection lost, trying again";
    }
    setTimeout(() => visit === this.visit && this.root.isConnected && this.poll(visit), wait);
  }

  finish() {
    this.polling = false;
    if (this.watched) this.act("ended", this.shown);
    this.watched = false;
  }

  draw(state) {
    this.prompt.textContent = `“${state.prompt}”`;
    this.chip.textContent = `${state.done} of ${state.total} painted`;
    this.chip.dataset.active = state.active;
    this.meta.textContent = [...state.painters, ...(state.seed === null ? [] : [`seed ${state.seed}`])].join(" · ");
    this.save.hidden = state.active || !state.done;
    this.save.href = `${this.data.base}/sweeps/${state.id}.png`;
    this.save.download = "sweep.png";
    const text = JSON.stringify(state.cells);
    if (text === this.drawn) return;
    if (this.drawn === undefined) this.lay(state);
    this.drawn = text;
    state.cells.forEach((cell, place) => this.cells[place].draw(cell));
    this.drawSpread(state);
  }

  /** Labels and empty cells; they keep their places while the pictures come. */
  lay({ x, y, cells, reference }) {
    this.grid.style.setProperty("--columns", x.values.length);
    this.grid.classList.toggle("flat", !y);
    this.cells = cells.map(() => new Cell(this.data.base, x, y, reference));
    const across = (y?.values ?? [""]).map((value, row) => element("div", { className: "row", role: "row" },
      ...(y ? [element("div", { className: "label down", role: "rowheader" }, element("small", { textContent: y.label }), value)] : []),
      ...this.cells.slice(row * x.values.length, (row + 1) * x.values.length).map((cell) => cell.node)));
    this.grid.replaceChildren(
      element("div", { className: "row", role: "row" },
        ...(y ? [element("div", { className: "corner", role: "columnheader" })] : []),
        ...x.values.map((value) => element("div", { className: "label", role: "columnheader" }, element("small", { textContent: x.label }), value))),
      ...across);
    this.legend.textContent = "Bars run from 0 to 1 in every cell" +
      (reference ? "; the tick is the median of real photographs." : ".") + " Click a picture to open its run.";
  }

  drawSpread({ spread }) {
    this.spread.hidden = !spread.some(({ number }) => number);
    const cell = (found) => element("td", { textContent: found ? `${figure(found.mean)} (${figure(found.low)} to ${figure(found.high)})` : "–" });
    this.spread.replaceChildren(
      element("caption", { textContent: "Mean over the seeds (lowest to highest)" }),
      element("tr", {}, ...["", "seeds", ...FIGURES.map(([, label]) => label)].map((text) => element("th", { scope: "col", textContent: text }))),
      ...spread.map((row) => element("tr", {}, element("th", { scope: "row", textContent: row.label || "all" }),
        element("td", { textContent: row.number }), ...FIGURES.map(([key]) => cell(row[key])))));
  }
}

class Cell {
  constructor(base, x, y, reference) {
    Object.assign(this, { base, x, y, reference });
    this.picture = element("img", { alt: "", hidden: true, decoding: "async" });
    this.word = element("span", { className: "word" });
    this.bars = FIGURES.map(([key, label]) => this.bar(key, label));
    this.link = element("a", { className: "frame" }, this.picture, this.word);
    this.node = element("div", { className: "cell", role: "cell" }, this.link,
      element("div", { className: "figures" }, ...this.bars.map(({ node }) => node)));
  }

  bar(key, label) {
    const name = element("span", { textContent: label });
    const value = element("b", { textContent: "–" });
    const fill = element("i");
    const track = element("span", { className: "track" }, fill);
    const median = this.reference?.[key]?.p50;
    if (median !== undefined) track.append(element("u", { style: `left: ${100 * share(median)}%` }));
    return { key, value, fill, label, name, node: element("div", { className: "figure" }, name, value, track) };
  }

  draw(cell) {
    const painted = cell.step !== null && cell.id;
    this.node.dataset.status = cell.status;
    this.word.textContent = cell.status === "done" ? "" : (WORDS[cell.status] ?? "");
    this.link.title = cell.reason || "Open this run";
    if (cell.id) this.link.href = `${this.base}/?run=${cell.id}`;
    else this.link.removeAttribute("href");
    const where = `${this.x.label} ${cell.x}${this.y ? `, ${this.y.label} ${cell.y}` : ""}`;
    this.picture.hidden = !painted;
    const figures = painted ? this.bars.map(({ key, label }) => `${label} ${figure(cell[key])}`).join(", ") : "no picture yet";
    this.picture.alt = `${where}: ${figures}`;
    this.link.setAttribute("aria-label", `Open the run ${where}: ${figures}`);
    if (painted) this.picture.src = `${this.base}/frames/${cell.id}/${cell.painter}/${cell.step}.png`;
    for (const { key, value, fill, name, label } of this.bars) {
      name.textContent = key === "realism" ? cell.realism_label : label;
      value.textContent = painted ? figure(cell[key]) : "–";
      fill.style.width = painted ? `${100 * share(cell[key])}%` : "0";
    }
  }
}

const share = (value) => Math.min(1, Math.max(0, value));

export default mounter(Sweep, style);
