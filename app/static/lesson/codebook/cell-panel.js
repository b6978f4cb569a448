// The chosen cell: what is around it before and now, the codes that could be put there, and the whole book.

import { drawExact } from "../../shared/canvas.js";
import { button, element } from "../../shared/dom.js";
import { counted } from "../../shared/format.js";
import { CellGrid } from "./cell-grid.js";

const AROUND = 2; // cells around the chosen one in the enlarged patches
const BEFORE = "Around the cell, before";
const NOW = "Around the cell, now";
const BOOK_LABEL = "The codes of the book. Arrow keys choose one, Enter puts it into the cell.";
const BOOK_TEXT =
  "The whole book: decoded among copies of itself, each code is little more than a colour. " +
  "The decoder makes edges and texture where codes meet.";
// How to get at the code of a neighbour: name, rows and columns away.
const NEIGHBOURS = [
  ["← left", 0, -1],
  ["→ right", 0, 1],
  ["↑ above", -1, 0],
  ["↓ below", 1, 0],
];

/** The parts of the page about one cell: `part`, and `bookPart` with the codes to choose from. */
export class CellPanel {
  /**
   * @param {object} options
   * @param {string[]} options.scenes keys of the other pictures
   * @param {number} options.patch side of a cell, in pixels
   * @param {(rows: number, columns: number) => void} options.onNeighbour its code is wanted
   * @param {(scene: string) => void} options.onScene the code of that picture's cell is wanted
   * @param {() => void} options.onRandom
   * @param {(code: number) => void} options.onCode
   * @param {() => void} options.onLook another code of the book was chosen
   */
  constructor({ scenes, patch, onNeighbour, onScene, onRandom, onCode, onLook }) {
    this.patch = patch;
    this.before = element("canvas", { role: "img", "aria-label": BEFORE });
    this.after = element("canvas", { role: "img", "aria-label": NOW });
    this.text = element("p", { className: "quiet" });
    this.book = new CellGrid(BOOK_LABEL, {
      onChoose: onLook,
      onClick: () => onCode(this.chosenCode),
      onEnter: () => onCode(this.chosenCode),
    });
    const neighbours = NEIGHBOURS.map(([name, rows, columns]) =>
      button(name, () => onNeighbour(rows, columns)),
    );
    const others = scenes.map((key) => button(key, () => onScene(key)));
    this.bookPart = element(
      "section",
      { className: "book", "aria-label": "The book" },
      this.book.part,
      element("p", { className: "quiet", textContent: BOOK_TEXT }),
    );
    this.part = this.build(neighbours, [...others, button("random", onRandom)]);
  }

  build(neighbours, others) {
    const group = (label, parts) =>
      element("div", { className: "row", role: "group", "aria-label": label }, ...parts);
    const actions = element(
      "div",
      { className: "actions" },
      this.text,
      element("span", { className: "quiet", textContent: "Use the code of" }),
      group("Take the code of a neighbour", neighbours),
      group("Take the code of another picture", others),
    );
    return element(
      "section",
      { "aria-label": "The chosen cell" },
      element(
        "div",
        { className: "cell" },
        figure(this.before, "before"),
        figure(this.after, "now"),
        actions,
      ),
    );
  }

  /**
   * The book has come.
   * @param {number[]} order the codes as the palette shows them
   * @param {number} columns of the palette
   * @param {ImageBitmap} palette
   */
  showBook(order, columns, palette) {
    this.order = order;
    this.book.setShape(columns, Math.ceil(order.length / columns));
    drawExact(this.book.canvas, palette);
  }

  get chosenCode() {
    return this.order?.[this.book.at];
  }

  /**
   * @param {object} cell
   * @param {number} cell.row
   * @param {number} cell.column
   * @param {number} cell.side cells along one side of the picture
   * @param {number} cell.code the cell's code
   * @param {number} cell.used in how many cells of the picture
   * @param {ImageBitmap} cell.picture
   * @param {ImageBitmap} [cell.base] the same picture before any change
   * @returns {string} the cell in words
   */
  show(cell) {
    const { row, column, code, used, picture, base } = cell;
    const chosen = this.chosenCode === undefined ? "" : ` In the book: code ${this.chosenCode}.`;
    const words = `Row ${row + 1}, column ${column + 1}: code ${code}, in ${counted(used, "cell")}.${chosen}`;
    this.text.textContent = words;
    this.book.part.setAttribute("aria-label", `${BOOK_LABEL} ${words}`);
    this.book.mark(this.order ? [this.order.indexOf(code)] : []);
    if (base) this.enlarge(this.before, base, cell);
    this.enlarge(this.after, picture, cell);
    return words;
  }

  /** Draw the cells around one, with a frame around it. */
  enlarge(canvas, picture, { row, column, side }) {
    const { patch } = this;
    const cells = 2 * AROUND + 1;
    const width = cells * patch;
    const start = (at) => Math.min(Math.max(at - AROUND, 0), side - cells) * patch;
    const left = start(column);
    const top = start(row);
    canvas.width = width;
    canvas.height = width;
    const context = canvas.getContext("2d");
    context.drawImage(picture, left, top, width, width, 0, 0, width, width);
    context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--over-picture");
    context.strokeRect(column * patch - left + 0.5, row * patch - top + 0.5, patch - 1, patch - 1);
  }
}

const figure = (canvas, textContent) => element("figure", {}, canvas, element("figcaption", { textContent }));
