// The codebook: swap the codes of a picture by hand and see what the decoder makes of them, with figures.

import { Cells } from "./cells.js";
import { element, mounter, sheet } from "./dom.js";
import { figure } from "./format.js";
import { bitmap, choice, Job } from "./job.js";
import { paint, pixels } from "./loop.js";
import { Figures, Measure, spoken } from "./measures.js";

const style = [await sheet("lesson.css"), await sheet("codebook.css")];
const VISIBLE = 8; // grey levels: a smaller change of a pixel is hardly seen
const AROUND = 2; // cells around the chosen one in the enlarged patches
const MOST_KEPT = 8; // pictures on the shelf
const SPELT_TO = 40; // grey levels at the end of the track
const ALL = { shuffle: "Shuffle all cells", random: "All codes at random" };
const NAMES = { none: "As it is", shuffle: "Shuffled", random: "Random codes", "by hand": "By hand" };

class Codebook {
  constructor(root) {
    this.root = element("div", { className: "lesson" });
    root.append(this.root);
    this.job = new Job((result, address) => this.take(result, address));
    this.bases = new Map(); // scene → {codes, picture, figures}: the real picture's own codes
    this.past = [];
    this.shelf = [];
    this.seeds = { shuffle: 0, random: 0 };
  }

  update(data, act) {
    this.act = act;
    this.data = data;
    if (!this.figures) {
      this.build(data);
      this.prepare(data);
    }
    if (data.refused) this.pending = undefined;
    this.job.watch(data.base, data.job, data);
  }

  build({ scenes, reference, size, side }) {
    this.patch = size / side;
    this.scenes = choice("Picture", scenes.map(({ key, prompt }) => ({ key, text: prompt })), (scene) => this.ask({ scene }));
    this.grid = new Cells("Cells of the picture. Arrow keys choose one.", { onChoose: () => this.drawCell(), lines: true });
    this.grid.shape(side, side);
    this.grid.at = Math.floor(side / 2) * side + Math.floor(side / 2);
    this.book = new Cells("The codes of the book. Arrow keys choose one, Enter puts it into the cell.", {
      onChoose: () => this.drawCell(), onClick: (at) => this.put(this.order?.[at]), onEnter: (at) => this.put(this.order?.[at]),
    });
    this.told = element("p", { className: "told quiet", role: "status" });
    this.figures = new Figures(reference);
    this.spelling = new Measure("Spelling", "grey levels between it and its nearest codes", { digits: 1, to: SPELT_TO });
    this.items = element("div", { className: "items" });
    this.shelfText = element("p", { className: "quiet" });
    this.root.append(
      element("div", { className: "row top" }, this.scenes, this.job.part),
      element("div", { className: "bench" }, element("section", { "aria-label": "The picture" }, this.grid.part, this.told), this.middle(scenes), this.right()),
      element("section", { className: "shelf", "aria-label": "What you made" },
        element("h3", { textContent: "Plausible patches, but a plausible picture?" }), this.shelfText, this.items));
  }

  middle(scenes) {
    const neighbour = (name, rows, columns) => button(name, () => this.put(this.codeAt(rows, columns)));
    this.before = element("canvas", { role: "img" });
    this.after = element("canvas", { role: "img" });
    this.cellText = element("p", { className: "quiet" });
    const around = element("div", { className: "row", role: "group", "aria-label": "Take the code of a neighbour" },
      neighbour("← left", 0, -1), neighbour("→ right", 0, 1), neighbour("↑ above", -1, 0), neighbour("↓ below", 1, 0));
    const others = element("div", { className: "row", role: "group", "aria-label": "Take the code of another picture" },
      ...scenes.map(({ key }) => button(key, () => this.put(this.bases.get(key)?.codes[this.grid.at]))), button("random", () => this.put(Math.floor(Math.random() * this.data.count))));
    this.palette = element("div", { className: "palette" }, this.book.part);
    return element("section", { "aria-label": "The chosen cell" },
      element("div", { className: "cell" },
        element("figure", {}, this.before, element("figcaption", { textContent: "around it, before" })),
        element("figure", {}, this.after, element("figcaption", { textContent: "around it, now" })),
        element("div", { className: "actions" }, this.cellText, element("span", { className: "quiet", textContent: "Put in the code of" }), around, others)),
      this.palette, element("p", { className: "quiet", textContent: "The whole book, every code decoded among copies of itself: little more than a colour. The decoder makes edges and texture where codes meet." }));
  }

  right() {
    const all = Object.entries(ALL).map(([change, text]) => button(text, () => this.ask({ scene: this.scene, change, seed: this.seeds[change]++ })));
    this.undo = button("Undo", () => this.goBack());
    this.reset = button("Put all back", () => this.ask({ scene: this.scene }));
    return element("section", { className: "right", "aria-label": "Figures" },
      element("h3", { textContent: "Is every patch plausible?" }), this.spelling.part,
      element("h3", { textContent: "Is the picture?" }), this.figures.part,
      element("div", { className: "row" }, ...all), element("div", { className: "row" }, this.undo, this.reset));
  }

  destroy() {
    for (const job of [this.job, ...(this.waiting ?? [])]) job.stop();
  }

  ask(request) {
    this.pending = request.codes;
    this.act("ask", JSON.stringify(request));
  }

  /** The palette, and every scene's own codes. */
  prepare({ base, palette, donors }) {
    const sheetOf = new Job(async ({ order, columns, count, spelling }, address) => {
      Object.assign(this, { order, count, spelt: spelling });
      this.book.shape(columns, Math.ceil(count / columns));
      paint(this.book.canvas, await bitmap(`${address}/palette.webp`));
      this.drawFigures();
      this.drawCell();
    });
    sheetOf.watch(base, palette);
    this.waiting = [sheetOf];
    for (const [scene, id] of Object.entries(donors)) {
      const donor = new Job(async (result, address) => {
        this.bases.set(scene, { ...result, picture: await bitmap(`${address}/picture.png`) });
        this.draw();
      });
      donor.watch(base, id);
      this.waiting.push(donor);
    }
  }

  async take(result, address) {
    const made = { ...result, picture: await bitmap(`${address}/picture.png`) };
    if (result.scene !== this.scene) {
      this.past = [];
      this.shelf = [];
    } else if (this.shown) this.past.push(this.shown);
    this.pending = undefined;
    this.scene = result.scene;
    this.scenes.press(result.scene);
    this.show(made);
  }

  goBack() {
    if (this.past.length) this.show(this.past.pop());
  }

  show(made) {
    this.shown = made;
    if (made.change !== "none") this.shelf = [made, ...this.shelf.filter((old) => old !== made)].slice(0, MOST_KEPT);
    this.draw();
  }

  /** Ask for the picture with this code in the chosen cell. */
  put(code) {
    const codes = this.pending ?? this.shown?.codes; // what was asked for before the last answer came counts too
    if (!codes || code === undefined || code === codes[this.grid.at]) return;
    this.ask({ scene: this.scene, codes: codes.with(this.grid.at, code) });
  }

  /** Code of the neighbour so many rows and columns away, undefined beyond the border. */
  codeAt(rows, columns) {
    const { side } = this.data;
    const [row, column] = [Math.floor(this.grid.at / side) + rows, (this.grid.at % side) + columns];
    return row < 0 || column < 0 || row >= side || column >= side ? undefined : this.shown?.codes[row * side + column];
  }

  draw() {
    if (!this.shown) return;
    const { picture, codes } = this.shown;
    const base = this.bases.get(this.scene);
    paint(this.grid.canvas, picture);
    const changed = base ? codes.flatMap((code, cell) => (code === base.codes[cell] ? [] : [cell])) : [];
    // Frames around all of them would hide the picture.
    this.grid.mark(changed.length <= codes.length / 4 ? changed : []);
    this.undo.disabled = !this.past.length;
    this.reset.disabled = !changed.length;
    this.tell(base, changed);
    this.drawFigures();
    this.drawCell();
    this.drawShelf();
  }

  tell(base, changed) {
    const total = this.shown.codes.length;
    this.grid.part.setAttribute("aria-description", spoken(this.shown.figures));
    if (!base || !changed.length) {
      this.told.textContent = `The photograph as the book spells it: ${total} codes, ${new Set(this.shown.codes).size} different ones of ${this.data.count}. Choose a cell and give it another code.`;
      return;
    }
    const [old, now] = [pixels(base.picture), pixels(this.shown.picture)];
    let count = 0;
    for (let i = 0; i < now.length; i += 4) count += Math.max(...[0, 1, 2].map((c) => Math.abs(now[i + c] - old[i + c]))) > VISIBLE;
    const own = changed.length * this.patch ** 2;
    const reach = changed.length < total / 2 ? ` That is ${own} pixels of the grid, but ${count} changed by more than ${VISIBLE} grey levels: the decoder paints every code together with its neighbours.` : "";
    const how = { shuffle: "The same codes in another order.", random: "Codes drawn at random from the book." }[this.shown.change] ?? "";
    this.told.textContent = `${changed.length} of ${total} cells differ from the photograph’s. ${how}${reach}`;
  }

  drawFigures() {
    if (!this.shown) return;
    this.figures.show(this.shown.figures);
    const { spelling } = this.shown.figures;
    this.spelling.show(spelling, this.spelt, Boolean(this.spelt) && spelling > this.spelt.p95);
  }

  drawCell() {
    if (!this.shown) return;
    const { side } = this.data;
    const code = this.shown.codes[this.grid.at];
    const used = this.shown.codes.filter((other) => other === code).length;
    const [row, column] = [Math.floor(this.grid.at / side), this.grid.at % side];
    const chosen = this.order?.[this.book.at];
    this.cellText.textContent = `Row ${row + 1}, column ${column + 1}: code ${code}, in ${used} ${used === 1 ? "cell" : "cells"}.${chosen === undefined ? "" : ` In the book: code ${chosen}.`}`;
    this.grid.part.setAttribute("aria-label", `Cells of the picture. Arrow keys choose one. ${this.cellText.textContent}`);
    this.book.part.setAttribute("aria-label", `The codes of the book. Arrow keys choose one, Enter puts it into the cell. ${this.cellText.textContent}`);
    this.book.mark(this.order ? [this.order.indexOf(code)] : []);
    const base = this.bases.get(this.scene);
    if (base) this.enlarge(this.before, base.picture, row, column, "Around the cell, before");
    this.enlarge(this.after, this.shown.picture, row, column, "Around the cell, now");
  }

  enlarge(canvas, picture, row, column, name) {
    const cells = 2 * AROUND + 1;
    const cut = (at) => Math.min(Math.max(at - AROUND, 0), this.data.side - cells) * this.patch;
    const width = cells * this.patch;
    Object.assign(canvas, { width, height: width });
    const context = canvas.getContext("2d");
    context.drawImage(picture, cut(column), cut(row), width, width, 0, 0, width, width);
    context.strokeStyle = "#fff";
    context.strokeRect(column * this.patch - cut(column) + 0.5, row * this.patch - cut(row) + 0.5, this.patch - 1, this.patch - 1);
    canvas.setAttribute("aria-label", name);
  }

  drawShelf() {
    const base = this.bases.get(this.scene);
    const shown = [...(base ? [base] : []), ...this.shelf];
    this.items.replaceChildren(...shown.map((made) => this.item(made)));
    this.shelfText.textContent = this.shelf.length ? this.verdict() : "Shuffle the cells, or take codes at random: what you make is kept here beside the photograph’s own codes.";
  }

  /** What the figures of the shelf say, in words. */
  verdict() {
    const { reference } = this.data;
    const [total, found] = [this.shelf.length, this.shelf.map(({ figures }) => figures)];
    const of = (count) => (count === total ? (total === 1 ? "It is" : total === 2 ? "Both are" : `All ${total} are`) : count === 0 ? (total === 1 ? "It is not" : "None is") : `${count} of ${total} ${count === 1 ? "is" : "are"}`);
    const spelt = found.filter(({ spelling }) => spelling <= (this.spelt?.p95 ?? Infinity)).length;
    const liked = found.filter(({ heldout }) => heldout >= reference.heldout.p5).length;
    const fooled = found.filter(({ heldout, realism }) => heldout < reference.heldout.p5 && realism >= reference.realism.p5).length;
    const blind = fooled ? ` Realism accepts ${fooled} that the held-out judge does not know: it looks at patches more than at where they are.` : "";
    const band = this.spelt ? `${of(spelt)} spelt as well as real pictures: patch by patch, the book knows them. ` : "";
    return `${band}${of(liked)} recognised by the held-out judge as what the prompt says.${blind}`;
  }

  item(made) {
    const name = NAMES[made.change];
    const canvas = element("canvas", { role: "img", "aria-label": `${name}. ${spoken(made.figures)}` });
    paint(canvas, made.picture);
    const { reference } = this.data;
    const cells = [["Spelling", "spelling", 1], ["Judge", "score", 2], ["Held-out", "heldout", 2], ["Realism", "realism", 2]].flatMap(([label, key, digits]) => {
      const found = made.figures[key];
      const value = element("b", { textContent: digits === 1 ? found.toFixed(1) : figure(found) });
      value.dataset.out = String(key === "spelling" ? found > (this.spelt?.p95 ?? Infinity) : found < reference[key].p5);
      return [element("span", { textContent: label }), value];
    });
    return element("figure", { className: "item" }, canvas, element("div", {}, element("b", { className: "name", textContent: name }), element("div", { className: "small" }, ...cells)));
  }
}

function button(text, act) {
  const made = element("button", { type: "button", textContent: text });
  made.addEventListener("click", act);
  return made;
}

export default mounter(Codebook, style);
