// Four pixels, each a slider: dragged up and down with a pointer, or moved by keys. Their values have no bound.

import { element } from "./dom.js";
import { figure } from "./format.js";

const TRAVEL = 260; // pixels of the screen from black to white
const KEYS = { ArrowUp: 0.05, ArrowRight: 0.05, ArrowDown: -0.05, ArrowLeft: -0.05, PageUp: 0.25, PageDown: -0.25 };
const ENDS = { Home: 0, End: 1 };
const LOWEST = -1, HIGHEST = 2; // as far as a hand can move a pixel; the gradient knows no such limit

export class Pixels {
  /** names: in reading order. changed(pixels): the learner has moved one. */
  constructor(names, gradient, changed) {
    this.changed = changed;
    this.cells = names.map((name, i) => this.cell(name, i, gradient[i]));
    this.node = element("div", { className: "pixels" }, ...this.cells.map(({ node }) => node));
  }

  cell(name, i, slope) {
    const value = element("b");
    const beyond = element("span", { className: "beyond" });
    const pull = element("span", { className: "pull", textContent: `gradient ${slope > 0 ? "+" : "−"}${figure(Math.abs(slope))}` });
    const node = element("div", { className: "pixel", role: "slider", tabIndex: 0, "aria-label": `Pixel ${name}`, "aria-orientation": "vertical" },
      element("span", { className: "plate" }, value, beyond, pull));
    node.addEventListener("keydown", (event) => this.key(event, i));
    node.addEventListener("pointerdown", (event) => this.grab(event, i));
    return { node, value, beyond };
  }

  key(event, i) {
    const to = event.key in KEYS ? this.pixels[i] + KEYS[event.key] : ENDS[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.move(i, to);
  }

  grab(event, i) {
    const { node } = this.cells[i];
    const from = this.pixels[i], y = event.clientY;
    const drag = (moved) => this.move(i, from + (y - moved.clientY) / TRAVEL);
    node.setPointerCapture(event.pointerId);
    node.addEventListener("pointermove", drag);
    const drop = () => node.removeEventListener("pointermove", drag);
    node.addEventListener("pointerup", drop, { once: true });
    node.addEventListener("pointercancel", drop, { once: true });
  }

  move(i, to) {
    const within = Math.round(100 * Math.min(HIGHEST, Math.max(LOWEST, to))) / 100;
    if (within !== this.pixels[i]) this.changed(this.pixels.map((value, n) => (n === i ? within : value)));
  }

  show(pixels) {
    this.pixels = pixels;
    pixels.forEach((value, i) => {
      const { node, value: text, beyond } = this.cells[i];
      const level = Math.round(255 * Math.min(1, Math.max(0, value)));
      node.style.backgroundColor = `rgb(${level}, ${level}, ${level})`;
      const side = value > 1 ? "beyond white" : value < 0 ? "beyond black" : "";
      node.classList.toggle("out", Boolean(side));
      text.textContent = figure(value);
      beyond.textContent = side;
      node.dataset.exact = value;
      node.setAttribute("aria-valuemin", Math.min(LOWEST, value));
      node.setAttribute("aria-valuemax", Math.max(HIGHEST, value));
      node.setAttribute("aria-valuenow", value.toFixed(2));
      node.setAttribute("aria-valuetext", side ? `${figure(value)}, ${side}` : figure(value));
    });
  }
}
