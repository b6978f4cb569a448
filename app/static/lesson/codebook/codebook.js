// The codebook: swap the codes of a picture by hand and see what the decoder makes of them, with
// measurements.

import { drawExact, fetchBitmap, pixelsOf } from "../../shared/canvas.js";
import { button, choice, element, mounter, sheets } from "../../shared/dom.js";
import { spoken } from "../../shared/measures.js";
import { Meter, PictureMeters } from "../../shared/meter.js";
import { LessonJob } from "../lesson-job.js";
import { SharedScale } from "../shared-scale.js";
import { CellGrid } from "./cell-grid.js";
import { CellPanel } from "./cell-panel.js";
import { Shelf } from "./shelf.js";

const style = await sheets(import.meta.url, "../lesson.css", "./codebook.css");
const VISIBLE = 8; // grey levels: a smaller change of a pixel is hardly seen
const SPELLING_END = 40; // grey levels at the end of the track
const FEW = 1 / 4; // of the cells: frames around more of them would hide the picture
const PICTURE_LABEL = "Cells of the picture. Arrow keys choose one.";
const CHANGES = { shuffle: "Shuffle all cells", random: "All codes random" };
const CHANGE_TEXTS = {
  shuffle: "The same codes in a different order.",
  random: "Codes drawn at random from the book.",
};

/**
 * A picture that was made of codes.
 * @typedef {{scene: string, change: string, codes: number[], figures: Record<string, number>, picture:
 *   ImageBitmap}} Made
 */

class Codebook {
  constructor(root) {
    this.root = element("div", { className: "lesson" });
    root.append(this.root);
    this.job = new LessonJob((result, address, signal) => this.take(result, address, signal));
    this.others = []; // the jobs of the book and of every scene's own codes
    this.bases = new Map(); // scene → Made: the real picture's own codes
    this.past = [];
    this.seeds = { shuffle: 0, random: 0 };
  }

  update(data, act) {
    this.act = act;
    this.data = data;
    if (!this.meters) {
      this.build(data);
      this.prepare(data);
    }
    if (data.refused) this.pending = undefined;
    this.job.watch(data.base, data.job, data);
  }

  destroy() {
    for (const job of [this.job, ...this.others]) job.stop();
  }

  build({ scenes, reference, size, side }) {
    this.patch = size / side;
    const choices = scenes.map(({ key, prompt }) => ({ key, text: prompt }));
    this.scenes = choice("Picture", choices, (scene) => this.ask({ scene }));
    this.grid = new CellGrid(PICTURE_LABEL, { onChoose: () => this.drawCell(), lines: true });
    this.grid.setShape(side, side);
    this.grid.at = Math.floor(side / 2) * (side + 1); // in the middle
    this.summary = element("p", { className: "summary quiet", role: "status" });
    this.scale = new SharedScale(reference);
    this.meters = new PictureMeters(this.scale.bands);
    const help = "grey levels between the picture and its nearest codes";
    this.spelling = new Meter("Spelling", help, { digits: 1, to: SPELLING_END });
    this.cell = this.buildCell(scenes.map(({ key }) => key));
    this.shelf = new Shelf(this.scale.bands);
    const named = { className: "picture", "aria-label": "The picture" };
    const picture = element("section", named, this.grid.part, this.summary);
    const middle = element("div", { className: "middle" }, this.cell.part, this.buildMeters());
    this.root.append(
      element("div", { className: "row top" }, this.scenes, this.job.part),
      element("div", { className: "bench" }, picture, middle, this.cell.bookPart, this.shelf.part),
    );
  }

  buildCell(scenes) {
    return new CellPanel({
      scenes,
      patch: this.patch,
      onNeighbour: (rows, columns) => this.put(this.codeAt(rows, columns)),
      onScene: (scene) => this.put(this.bases.get(scene)?.codes[this.grid.at]),
      onRandom: () => this.put(Math.floor(Math.random() * this.data.count)),
      onCode: (code) => this.put(code),
      onLook: () => this.drawCell(),
    });
  }

  buildMeters() {
    const changes = Object.entries(CHANGES).map(([change, text]) =>
      button(text, () => this.askChange(change)),
    );
    this.undo = button("Undo", () => this.goBack());
    this.reset = button("Put everything back", () => this.ask({ scene: this.scene }));
    return element(
      "section",
      { className: "right", "aria-label": "Figures" },
      element("h3", { textContent: "Is every patch plausible?" }),
      this.spelling.part,
      element("h3", { textContent: "Is the picture?" }),
      this.meters.part,
      element("div", { className: "row" }, ...changes),
      element("div", { className: "row" }, this.undo, this.reset),
    );
  }

  ask(request) {
    this.pending = request.codes;
    this.act("ask", JSON.stringify(request));
  }

  /** Change all cells; the same wish again gives another picture. */
  askChange(change) {
    const seed = this.seeds[change];
    this.seeds[change] += 1;
    this.ask({ scene: this.scene, change, seed });
  }

  /** Ask for the picture with this code in the chosen cell. */
  put(code) {
    // What was asked for before the last answer came counts too.
    const codes = this.pending ?? this.shown?.codes;
    if (!codes || code === undefined || code === codes[this.grid.at]) return;
    this.ask({ scene: this.scene, codes: codes.with(this.grid.at, code) });
  }

  /** Code of the neighbour so many rows and columns away, undefined beyond the border. */
  codeAt(rows, columns) {
    const { side } = this.data;
    const row = this.grid.rowOf(this.grid.at) + rows;
    const column = this.grid.columnOf(this.grid.at) + columns;
    const outside = row < 0 || column < 0 || row >= side || column >= side;
    return outside ? undefined : this.shown?.codes[row * side + column];
  }

  /** The palette, and every scene's own codes. */
  prepare({ base, palette, donors }) {
    this.watch(base, palette, async ({ order, columns, spelling }, address, signal) => {
      this.cell.showBook(order, columns, await fetchBitmap(`${address}/palette.webp`, signal));
      this.bookSpelling = spelling;
      this.drawMeters();
      this.drawCell();
    });
    for (const [scene, id] of Object.entries(donors)) {
      this.watch(base, id, async (result, address, signal) => {
        const picture = await fetchBitmap(`${address}/picture.png`, signal);
        this.bases.set(scene, this.made(result, picture));
        this.draw();
      });
    }
  }

  watch(base, id, onDone) {
    const job = new LessonJob(onDone);
    this.others.push(job);
    job.watch(base, id);
  }

  async take(result, address, signal) {
    const picture = await fetchBitmap(`${address}/picture.png`, signal);
    if (result.scene !== this.scene) {
      this.past = [];
      this.shelf.clear();
    } else if (this.shown) this.past.push(this.shown);
    this.pending = undefined;
    this.scene = result.scene;
    this.scenes.press(result.scene);
    this.show(this.made(result, picture));
  }

  /** @returns {Made} with its measurements as they are shown */
  made(result, picture) {
    return { ...result, picture, figures: this.scale.shown(result.figures) };
  }

  goBack() {
    if (this.past.length) this.show(this.past.pop());
  }

  /** @param {Made} made */
  show(made) {
    this.shown = made;
    if (made.change !== "none") this.shelf.keep(made);
    this.draw();
  }

  draw() {
    if (!this.shown) return;
    const { picture, codes } = this.shown;
    const base = this.bases.get(this.scene);
    const changed = base ? [...codes.keys()].filter((cell) => codes[cell] !== base.codes[cell]) : [];
    drawExact(this.grid.canvas, picture);
    this.grid.mark(changed.length <= codes.length * FEW ? changed : []);
    this.grid.part.setAttribute("aria-description", spoken(this.shown.figures));
    this.undo.disabled = !this.past.length;
    this.reset.disabled = !changed.length;
    this.summary.textContent = changed.length ? this.changeText(base, changed.length) : this.startText();
    this.drawMeters();
    this.drawCell();
    this.shelf.draw(base, this.bookSpelling);
  }

  startText() {
    const { codes } = this.shown;
    const different = `${new Set(codes).size} different ones out of ${this.data.count}`;
    const spelt = `The picture as the book spells it: ${codes.length} codes, ${different}.`;
    return `${spelt} Choose a cell and give it another code.`;
  }

  changeText(base, changed) {
    const total = this.shown.codes.length;
    const how = CHANGE_TEXTS[this.shown.change] ?? "";
    const reach = changed < total / 2 ? this.reachText(base, changed) : "";
    return [`${changed} of ${total} cells differ from the original’s.`, how, reach].filter(Boolean).join(" ");
  }

  reachText(base, changed) {
    const pixels = changedPixels(base.picture, this.shown.picture);
    return (
      `These cells cover ${changed * this.patch ** 2} pixels, but ${pixels} changed by more than ` +
      `${VISIBLE} grey levels: the decoder paints every code together with its neighbours.`
    );
  }

  drawMeters() {
    if (!this.shown) return;
    const { spelling } = this.shown.figures;
    const band = this.bookSpelling;
    this.meters.show(this.shown.figures);
    this.spelling.show(spelling, band, Boolean(band) && spelling > band.p95);
  }

  drawCell() {
    if (!this.shown) return;
    const { codes, picture } = this.shown;
    const { at } = this.grid;
    const words = this.cell.show({
      row: this.grid.rowOf(at),
      column: this.grid.columnOf(at),
      side: this.data.side,
      code: codes[at],
      used: codes.filter((other) => other === codes[at]).length,
      picture,
      base: this.bases.get(this.scene)?.picture,
    });
    this.grid.part.setAttribute("aria-label", `${PICTURE_LABEL} ${words}`);
  }
}

/** How many pixels differ enough to be seen. */
function changedPixels(before, now) {
  const old = pixelsOf(before);
  const fresh = pixelsOf(now);
  const differs = (at) => Math.abs(fresh[at] - old[at]) > VISIBLE;
  let count = 0;
  for (let at = 0; at < fresh.length; at += 4) {
    if (differs(at) || differs(at + 1) || differs(at + 2)) count += 1;
  }
  return count;
}

export default mounter(Codebook, style);
