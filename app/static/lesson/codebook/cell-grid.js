// A picture or a palette made of square cells, one of which is chosen: by a click, or with the arrow keys.

import { element, svg } from "../../shared/dom.js";

/** The cells; `part` is the element, `at` the chosen cell. */
export class CellGrid {
  /**
   * @param {string} label for screen readers
   * @param {object} options
   * @param {(cell: number) => void} options.onChoose when one is chosen
   * @param {(cell: number) => void} [options.onEnter] for Enter
   * @param {(cell: number) => void} [options.onClick] when one is clicked, after it was chosen
   * @param {boolean} [options.lines] draw the grid
   */
  constructor(label, { onChoose, onEnter = () => {}, onClick = () => {}, lines = false }) {
    this.onChoose = onChoose;
    this.onEnter = onEnter;
    this.onClick = onClick;
    this.lines = lines;
    this.columns = 1;
    this.rows = 1;
    this.at = 0;
    this.marked = [];
    this.canvas = element("canvas", { ariaHidden: "true" });
    this.svg = svg("svg", { "aria-hidden": "true", preserveAspectRatio: "none" });
    const surface = { className: "surface", tabIndex: 0, role: "application", "aria-label": label };
    this.part = element("div", surface, this.canvas, this.svg);
    this.part.addEventListener("click", (event) => this.click(event));
    this.part.addEventListener("keydown", (event) => this.key(event));
  }

  setShape(columns, rows) {
    if (columns === this.columns && rows === this.rows) return;
    this.columns = columns;
    this.rows = rows;
    this.svg.setAttribute("viewBox", `0 0 ${columns} ${rows}`);
    this.mark([]);
  }

  rowOf(cell) {
    return Math.floor(cell / this.columns);
  }

  columnOf(cell) {
    return cell % this.columns;
  }

  click({ clientX, clientY }) {
    const { left, top, width, height } = this.part.getBoundingClientRect();
    const column = Math.floor(((clientX - left) / width) * this.columns);
    const row = Math.floor(((clientY - top) / height) * this.rows);
    this.choose(row * this.columns + column);
    this.onClick(this.at);
  }

  key(event) {
    const moves = {
      ArrowLeft: () => this.columnOf(this.at) > 0 && this.choose(this.at - 1),
      ArrowRight: () => this.columnOf(this.at) < this.columns - 1 && this.choose(this.at + 1),
      ArrowUp: () => this.choose(this.at - this.columns),
      ArrowDown: () => this.choose(this.at + this.columns),
      Enter: () => this.onEnter(this.at),
    };
    if (!Object.hasOwn(moves, event.key)) return;
    moves[event.key]();
    event.preventDefault();
    event.stopPropagation();
  }

  choose(cell) {
    if (cell < 0 || cell >= this.columns * this.rows) return;
    this.at = cell;
    this.mark(this.marked);
    this.onChoose(cell);
  }

  /**
   * Frames around these cells, and around the chosen one.
   * @param {number[]} cells
   */
  mark(cells) {
    this.marked = cells;
    const marks = cells.flatMap((cell) => [this.frame(cell, "changed"), this.frame(cell, "changed over")]);
    const here = [this.frame(this.at, "here"), this.frame(this.at, "here")];
    this.svg.replaceChildren(...(this.lines ? this.gridLines() : []), ...marks, ...here);
  }

  gridLines() {
    const { columns, rows } = this;
    const made = [];
    for (let x = 1; x < columns; x += 1) made.push(svg("line", { x1: x, x2: x, y1: 0, y2: rows }));
    for (let y = 1; y < rows; y += 1) made.push(svg("line", { x1: 0, x2: columns, y1: y, y2: y }));
    return made;
  }

  frame(cell, className) {
    return svg("rect", {
      x: this.columnOf(cell),
      y: this.rowOf(cell),
      width: 1,
      height: 1,
      class: className,
    });
  }
}
