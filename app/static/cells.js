// A picture or a palette made of square cells, one of which is chosen: by a click, or with the arrow keys.

import { element } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";

export class Cells {
  /** label: for screen readers; onChoose(cell) when one is chosen, onEnter(cell) for Enter; lines: draw the grid. */
  constructor(label, { onChoose, onEnter, onClick = onChoose, lines = false }) {
    Object.assign(this, { onChoose, lines, columns: 1, rows: 1, at: 0 });
    this.canvas = element("canvas", { ariaHidden: "true" });
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("aria-hidden", "true");
    this.svg.setAttribute("preserveAspectRatio", "none");
    this.part = element("div", { className: "surface", tabIndex: 0, role: "application", "aria-label": label }, this.canvas, this.svg);
    this.part.addEventListener("click", (event) => {
      const box = this.part.getBoundingClientRect();
      const column = Math.floor(((event.clientX - box.left) / box.width) * this.columns);
      const row = Math.floor(((event.clientY - box.top) / box.height) * this.rows);
      this.choose(row * this.columns + column);
      onClick(this.at);
    });
    this.part.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns };
      if (event.key === "Enter" && onEnter) onEnter(this.at);
      else if (event.key in moves) this.move(event.key, moves[event.key]);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  shape(columns, rows) {
    if (columns === this.columns && rows === this.rows) return;
    Object.assign(this, { columns, rows });
    this.svg.setAttribute("viewBox", `0 0 ${columns} ${rows}`);
    this.mark([]);
  }

  move(key, by) {
    const column = this.at % this.columns;
    if ((key === "ArrowLeft" && column === 0) || (key === "ArrowRight" && column === this.columns - 1)) return;
    this.choose(this.at + by);
  }

  choose(cell) {
    if (cell < 0 || cell >= this.columns * this.rows) return;
    this.at = cell;
    this.mark(this.marked ?? []);
    this.onChoose(cell);
  }

  /** Frames around these cells, and around the chosen one. */
  mark(cells) {
    this.marked = cells;
    const made = [];
    if (this.lines) {
      for (let i = 1; i < this.columns; i += 1) made.push(shape("line", { x1: i, x2: i, y1: 0, y2: this.rows }));
      for (let i = 1; i < this.rows; i += 1) made.push(shape("line", { x1: 0, x2: this.columns, y1: i, y2: i }));
    }
    const frame = (cell, name) => shape("rect", { x: cell % this.columns, y: Math.floor(cell / this.columns), width: 1, height: 1, class: name });
    this.svg.replaceChildren(...made, ...cells.flatMap((cell) => [frame(cell, "changed"), frame(cell, "changed over")]), frame(this.at, "here"), frame(this.at, "here"));
  }
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
