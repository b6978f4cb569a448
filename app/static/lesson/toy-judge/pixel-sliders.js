// Four pixels, each a slider: dragged up and down with a pointer, or moved by keys. Their values have no
// bound.

import { element } from "../../shared/dom.js";
import { cssGrey, formatNumber } from "../../shared/format.js";

const TRAVEL_PX = 260; // of the screen, from black to white
const KEYS = {
  ArrowUp: 0.05,
  ArrowRight: 0.05,
  ArrowDown: -0.05,
  ArrowLeft: -0.05,
  PageUp: 0.25,
  PageDown: -0.25,
};
const ENDS = { Home: 0, End: 1 };
// As far as a hand can move a pixel; the gradient knows no such limit.
const LOWEST = -1;
const HIGHEST = 2;

/** The picture as sliders; `part` is the element. */
export class PixelSliders {
  /**
   * @param {string[]} names in reading order
   * @param {number[]} gradient of the score
   * @param {(pixels: number[]) => void} onChange the learner has moved one
   */
  constructor(names, gradient, onChange) {
    this.onChange = onChange;
    this.cells = names.map((name, i) => this.makeCell(name, i, gradient[i]));
    this.part = element("div", { className: "pixels" }, ...this.cells.map(({ node }) => node));
  }

  makeCell(name, i, slope) {
    const value = element("b");
    const beyond = element("span", { className: "beyond" });
    const sign = slope > 0 ? "+" : "−";
    const textContent = `gradient ${sign}${formatNumber(Math.abs(slope))}`;
    const pull = element("span", { className: "pull", textContent });
    const slider = {
      role: "slider",
      tabIndex: 0,
      "aria-label": `Pixel ${name}`,
      "aria-orientation": "vertical",
    };
    const plate = element("span", { className: "plate" }, value, beyond, pull);
    const node = element("div", { className: "pixel", ...slider }, plate);
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
    const from = this.pixels[i];
    const drag = (moved) => this.move(i, from + (event.clientY - moved.clientY) / TRAVEL_PX);
    const drop = () => node.removeEventListener("pointermove", drag);
    node.setPointerCapture(event.pointerId);
    node.addEventListener("pointermove", drag);
    node.addEventListener("pointerup", drop, { once: true });
    node.addEventListener("pointercancel", drop, { once: true });
  }

  move(i, to) {
    const within = Math.round(100 * Math.min(HIGHEST, Math.max(LOWEST, to))) / 100;
    if (within !== this.pixels[i]) this.onChange(this.pixels.with(i, within));
  }

  /** @param {number[]} pixels */
  show(pixels) {
    this.pixels = pixels;
    pixels.forEach((value, i) => showValue(this.cells[i], value));
  }
}

function showValue({ node, value: text, beyond }, value) {
  const side = sideOf(value);
  const number = formatNumber(value);
  node.style.backgroundColor = cssGrey(value);
  node.classList.toggle("out", Boolean(side));
  text.textContent = number;
  beyond.textContent = side;
  node.dataset.exact = value;
  node.setAttribute("aria-valuemin", Math.min(LOWEST, value));
  node.setAttribute("aria-valuemax", Math.max(HIGHEST, value));
  node.setAttribute("aria-valuenow", value.toFixed(2));
  node.setAttribute("aria-valuetext", side ? `${number}, ${side}` : number);
}

function sideOf(value) {
  if (value > 1) return "beyond white";
  return value < 0 ? "beyond black" : "";
}
