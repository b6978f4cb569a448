// "What the judge sees": for the slider's place the cutouts, the change the judge asks for, and for diffusion
// the prediction and the noisy latent. They lie over the curves, so nothing else moves when they come and go.

import { button, element, sheet } from "../shared/dom.js";
import { nearest } from "../shared/format.js";
import { Poller } from "../shared/polling.js";
import { Enlargement, showImage } from "./enlargement.js";
import { pictureTexts, picturesOf } from "./judge-pictures.js";
import { painterSign } from "./painter-sign.js";

const POLL_MS = 1000;
const NO_NUDGE = "no nudge at this step";

/** Extends the player by what happened inside a step. */
export class JudgeView {
  /**
   * @param {any} player
   * @param {ShadowRoot} root
   * @param {Record<string, any>} marks by painter
   */
  constructor(player, root, marks) {
    this.player = player;
    this.root = root;
    this.marks = marks;
    this.on = false;
    this.groups = {}; // painter → its elements
    this.button = button("What the judge sees", () => this.toggle(), {
      title: "Cutouts, gradients and latents (L)",
      "aria-pressed": "false",
    });
    player.page.present.before(this.button);
    this.panel = element("section", { className: "judge-view", "aria-label": "What the judge sees" });
    this.sizes = new ResizeObserver(() => this.place());
    this.enlargement = new Enlargement(player.page.root, marks);
    this.poller = new Poller({
      address: () => `${player.base}/extras/${this.run}.json`,
      every: POLL_MS,
      take: (index) => this.take(index),
      onRefused: () => this.take({}),
    });
  }

  async toggle() {
    this.on = !this.on;
    this.button.setAttribute("aria-pressed", String(this.on));
    this.style ??= this.addStyle();
    await this.style;
    this.player.page.root.classList.toggle("seeing", this.on);
    if (this.on) this.open();
    else this.close();
  }

  async addStyle() {
    const style = await sheet("./judge-view.css", import.meta.url);
    this.root.adoptedStyleSheets = [...this.root.adoptedStyleSheets, style];
  }

  open() {
    const { root, charts } = this.player.page;
    root.append(this.panel);
    for (const part of [root, ...Object.values(charts)]) this.sizes.observe(part);
    this.place();
    this.ask();
    this.player.playback.redraw();
  }

  close() {
    this.poller.stop();
    this.sizes.disconnect();
    this.panel.remove();
  }

  destroy() {
    this.poller.stop();
    this.sizes.disconnect();
  }

  /** A run comes on stage. */
  begin(state) {
    this.poller.stop();
    this.enlargement.remove();
    this.run = state.id;
    this.complete = false;
    this.index = undefined; // painter → step → names of pictures
    const groups = state.painters.map(({ name }) => [name, this.group(name, state.settings?.[name] ?? {})]);
    this.groups = Object.fromEntries(groups);
    this.panel.replaceChildren(...Object.values(this.groups).map(({ part }) => part));
    if (this.on) this.ask();
  }

  /** Ask which pictures there are, until those of a run that has ended are known. */
  ask() {
    if (!this.run || (this.index && this.complete)) return;
    this.endedWhenAsked = this.ended;
    this.poller.start();
  }

  get ended() {
    return this.player.state?.active === false;
  }

  take(index) {
    this.index = index;
    this.complete = this.endedWhenAsked;
    this.endedWhenAsked = this.ended; // for the next question
    this.player.playback.redraw();
    return this.complete;
  }

  /** Over the charts below the pictures: one beside them stays in sight. */
  place() {
    const { root, charts, row } = this.player.page;
    const origin = root.getBoundingClientRect();
    const below = row.getBoundingClientRect().bottom;
    const covered = [];
    for (const chart of Object.values(charts)) {
      const box = chart.getBoundingClientRect();
      chart.classList.toggle("covered", box.top >= below);
      if (box.top >= below) covered.push(box);
    }
    if (!covered.length) return;
    const top = Math.min(...covered.map((box) => box.top));
    const left = Math.min(...covered.map((box) => box.left));
    const right = Math.max(...covered.map((box) => box.right));
    const bottom = Math.max(...covered.map((box) => box.bottom));
    Object.assign(this.panel.style, {
      top: `${top - origin.top}px`,
      left: `${left - origin.left}px`,
      width: `${right - left}px`,
      height: `${bottom - top}px`,
    });
  }

  draw(rows) {
    if (!this.on || !this.run) return;
    for (const row of rows) this.drawGroup(row);
    this.enlargement.draw();
  }

  drawGroup({ painter, step }) {
    const { cells, note } = this.groups[painter];
    const steps = this.index?.[painter] ?? {};
    const found = nearest(Object.keys(steps).map(Number), step);
    const names = found === undefined ? [] : steps[found];
    const other = found === step ? "" : ", the nearest one kept";
    note.textContent = found === undefined ? "" : `step ${found}${other}`;
    for (const cell of cells) this.drawCell(cell, found, names);
  }

  drawCell(cell, step, names) {
    const there = names.includes(cell.whole ? "gradient" : cell.name);
    cell.part.classList.toggle("empty", !there);
    cell.button.disabled = !there;
    cell.wait.textContent = step === undefined ? this.whyNone() : NO_NUDGE;
    if (!there) return;
    cell.step = step;
    cell.image.alt = `${this.marks[cell.painter].label}, step ${step}, ${cell.label}: ${cell.text}`;
    showImage(cell.image, this.address(cell, step));
  }

  whyNone() {
    return this.index && this.ended ? "not kept for this run" : "being made…";
  }

  /** The whole picture that the judge was shown is the frame before this step. */
  address({ painter, name, whole }, step) {
    const { base } = this.player;
    if (whole) return `${base}/frames/${this.run}/${painter}/${step - 1}.png`;
    return `${base}/extras/${this.run}/${painter}/${step}/${name}`;
  }

  /** One painter: its name and a cell for each picture it can show. */
  group(painter, settings) {
    const { label } = this.marks[painter];
    const note = element("span", { className: "nearest" });
    const cells = picturesOf(painter, settings).map((name) => this.cell(painter, name, settings.cutouts));
    const head = element(
      "div",
      { className: "head" },
      painterSign(this.marks[painter]),
      element("h3", { textContent: label }),
      note,
    );
    const part = element(
      "div",
      { className: "group", "data-painter": painter, role: "group", "aria-label": label },
      head,
      ...cells.map((cell) => cell.part),
    );
    part.style.setProperty("--cells", cells.length);
    return { part, note, cells };
  }

  cell(painter, name, cutouts) {
    const texts = pictureTexts(name, cutouts);
    const image = element("img", { alt: "", draggable: false });
    const wait = element("span", { className: "waiting" });
    const options = { className: "enlarge printed", title: "Enlarge" };
    const enlarge = button("", () => this.enlargement.open(cell), options);
    enlarge.append(image, wait);
    const part = element(
      "div",
      { className: "cell empty", "data-name": name },
      enlarge,
      element("b", { textContent: texts.label }),
      element("p", { textContent: texts.text }),
    );
    const whole = name === "cutouts" && !(cutouts > 1);
    const cell = { painter, name, whole, ...texts, image, wait, button: enlarge, part };
    return cell;
  }
}
