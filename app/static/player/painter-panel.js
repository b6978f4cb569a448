// One painter in the player: name and mark, picture, progress, measurement, and the step at which it goes
// wrong.

import { drawEnlarged } from "../shared/canvas.js";
import { button, element } from "../shared/dom.js";
import { term } from "../shared/glossary.js";
import { cssPercent, formatNumber } from "../shared/format.js";
import { MEASURES } from "../shared/measures.js";
import { painterSign } from "./painter-sign.js";

const HELP = {
  score: "The score the painter climbs: cosine between picture and prompt",
  heldout: "The same cosine from a judge that no painter climbs",
  realism: "0 to 1: how much it resembles the reference pictures",
};
const WIDE =
  ", wider than for 99 of 100 reference pictures, and the held-out score is lower than for 95 of 100";

const helpOf = ({ key, help, role }) => (role ? `${help}; ${role}` : (HELP[key] ?? help));

/** The elements of one painter. */
export class PainterPanel {
  /**
   * @param {string} name of the painter
   * @param {any} mark its label, colour, shape and dash
   * @param {string} optimised the part of realism that it followed too, or ""
   * @param {string[]} terms what it was given, in short lines
   */
  constructor(name, mark, optimised, terms) {
    this.mark = mark;
    this.canvas = element("canvas", { role: "img", "aria-label": `${mark.label}: no picture yet` });
    this.step = element("span", { className: "step" });
    this.wait = element("span", { className: "wait" });
    this.progress = element("i");
    this.left = element("span", { className: "left" });
    this.cells = Object.fromEntries(MEASURES.map(({ key }) => [key, element("dd", { textContent: "–" })]));
    this.names = Object.fromEntries(MEASURES.map(({ key }) => [key, element("dt")]));
    this.figures = MEASURES; // what each cell shows, in order
    this.turn = element("div", { className: "turn" });
    this.frame = element("div", { className: "frame" }, this.canvas, this.wait, this.left);
    this.section = this.build(name, terms);
    this.nameFigures(MEASURES);
    if (optimised) this.markOptimised(optimised);
  }

  build(name, terms) {
    const { mark, step, frame, progress, cells, names, turn } = this;
    const measurement = MEASURES.map(({ key }) =>
      element("div", { title: HELP[key] }, names[key], cells[key]),
    );
    const section = element(
      "section",
      { className: "panel empty", "data-painter": name },
      element(
        "div",
        { className: "name" },
        painterSign(mark),
        element("h3", { textContent: mark.label }),
        step,
      ),
      frame,
      element("div", { className: "progress" }, progress),
      element("div", { className: "measurement" }, element("dl", {}, ...measurement), turn),
      element("p", { className: "terms" }, ...terms.map((textContent) => element("span", { textContent }))),
    );
    section.style.setProperty("--mark", mark.colour);
    return section;
  }

  /**
   * Which judges the cells show, and which part each has for this painter.
   * @param {{key: string, short: string, help?: string, role?: string}[]} figures in the order of the cells
   */
  nameFigures(figures) {
    this.figures = figures;
    figures.forEach((figure, i) => {
      const { key } = MEASURES[i];
      const { short, role } = figure;
      const part = role ? [element("span", { className: "role", textContent: role })] : [];
      this.names[key].replaceChildren(term(figure.key, short), ...part);
      if (role !== undefined) this.cells[key].parentElement.title = helpOf(figure);
    });
  }

  /** Realism was followed: say so on the picture, and strike its number out. */
  markOptimised(optimised) {
    const cell = this.cells.realism.parentElement;
    cell.classList.add("no-measure");
    cell.title = `Realism (${optimised}) was optimised in this run, so it is no longer a measure`;
    const textContent = `Optimised ${optimised} too`;
    this.frame.append(element("span", { className: "optimised", textContent, title: cell.title }));
  }

  /**
   * @param {import("../shared/run-rows.js").Row} row
   * @param {{gap: number, wide: boolean} | null} gap of the two judges
   * @param {{step: number, bitmap: ImageBitmap}} [picture] of the nearest step that has come
   */
  draw(row, gap, picture) {
    const { canvas, cells, mark } = this;
    this.step.textContent = `step ${row.step} of ${row.total}`;
    const numbers = this.figures.map(({ key }) => formatNumber(row[key] ?? NaN));
    this.figures.forEach((figure, i) => {
      const cell = cells[MEASURES[i].key];
      cell.textContent = numbers[i];
      cell.classList.toggle("outside", row.outside.includes(figure.key));
    });
    this.showGap(gap);
    const spoken = this.figures.map(({ short }, i) => `${short} ${numbers[i]}`).join(", ");
    canvas.setAttribute("aria-label", `${mark.label}, step ${row.step} of ${row.total}: ${spoken}`);
    canvas.dataset.step = row.step;
    this.section.classList.toggle("empty", !picture);
    if (!picture) return;
    canvas.dataset.shown = picture.step; // not yet the row's step while that picture is on its way
    drawEnlarged(canvas, picture.bitmap);
  }

  /** A cell for the same figure of a second run, B, below each of this one's. */
  rivalCells() {
    return MEASURES.map(({ key }) => {
      const cell = element("dd", { className: "rival", textContent: "B –" });
      this.cells[key].after(cell);
      return cell;
    });
  }

  /**
   * @param {HTMLElement[]} rival as made by rivalCells
   * @param {import("../shared/run-rows.js").Row} row of B, as it is shown
   */
  drawRival(rival, row) {
    this.figures.forEach(({ key }, i) => {
      rival[i].textContent = `B ${formatNumber(row[key] ?? NaN)}`;
      rival[i].classList.toggle("outside", row.outside.includes(key));
    });
  }

  /** Mark the held-out number where that judge objects as it does to no real picture. */
  showGap(gap) {
    this.figures.forEach((figure, i) => {
      const cell = this.cells[MEASURES[i].key].parentElement;
      const witness = gap?.witness === figure.key;
      cell.classList.toggle("wide", Boolean(witness && gap.wide));
      if (!witness) return;
      const amount = `. Judge gap on the shared scale: ${formatNumber(gap.gap)}${gap.wide ? WIDE : ""}`;
      cell.title = `${helpOf(figure)}${amount}`;
    });
  }

  /**
   * @param {number} share of this painter's steps that are done
   * @param {string} left how long it still takes, in words
   * @param {string} wait what stands in place of a picture
   */
  showProgress(share, left, wait) {
    this.progress.style.width = cssPercent(share);
    this.left.textContent = left;
    this.wait.textContent = wait;
  }

  /**
   * Under the picture the step at which the painter goes wrong, as a button that leads there.
   * @param {{step: number | null, text: string, label: string}} [turn]
   * @param {() => void} go
   */
  showTurn(turn, go) {
    this.turn.replaceChildren();
    if (!turn) return;
    const { step, text, label } = turn;
    const never = step === null;
    const found = never
      ? element("span", { className: "never", textContent: label, title: text })
      : button(`◆ ${label}`, go, { className: "jump printed", label: `◆ ${label}: ${text}` });
    this.turn.append(element("span", { className: "head" }, term("turn", "Goes wrong")), found);
  }
}
