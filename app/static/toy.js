// The toy judge: four pixels, a score in one line, two priors. The arithmetic is that of core/lesson/toy.py.

import { element, mounter, sheet } from "./dom.js";
import { figure } from "./format.js";
import { drawTrace } from "./toy-chart.js";
import { Pixels } from "./toy-pixels.js";

const PRIORS = [
  ["none", "None: any number is allowed"],
  ["range", "Range: pixels stay between black and white"],
  ["natural", "Natural: pixels are pulled to the nearest picture of this world"],
];
const SHORT = { none: "no prior", range: "range", natural: "natural" };
const HINTS = {
  none: "The gradient says the same everywhere: left lighter, right darker. A step with rate r adds exactly r to the score, so there is no best picture, only a next one.",
  range: "Now there is a best picture, a white column beside a black one. The score is bounded, but realism is as low as ever: a pixel that can be shown is not yet a picture that could be.",
  natural: "Pulled all the way, the climb can only hop from one natural picture to the next, and ends on the one this judge likes best. Pull less, and it leans out of that world as far as the rate allows.",
};
const CHECK = "Three pictures to check by hand.";
const KEPT = 2; // earlier climbs that stay in the charts, pale
const style = await sheet("toy.css");

class Toy {
  constructor(root) {
    this.root = root;
    this.past = [];
  }

  /** The page sends its data again whenever it is drawn; the learner's picture stays. */
  update(data) {
    if (this.data) return;
    this.data = data;
    this.prior = "none";
    this.build();
    this.begin(data.start);
  }

  build() {
    const { data } = this;
    this.pixels = new Pixels(data.order, data.gradient, (pixels) => this.begin(pixels));
    this.formula = element("p", { className: "formula" });
    this.score = element("output", { className: "big", "aria-label": "Score" });
    this.realism = element("output", { className: "big", "aria-label": "Toy realism" });
    this.nearest = element("span", { className: "quiet" });
    this.charts = element("div", { className: "charts" });
    this.said = element("p", { className: "said", role: "status" });
    this.root.append(element("div", { className: "toy" },
      element("section", { className: "picture", "aria-label": "The picture" },
        this.pixels.node,
        element("p", { className: "quiet", textContent: "Drag a pixel up or down, or use the arrow keys on it." }),
        this.formula),
      element("section", { className: "controls", "aria-label": "What to do" }, this.example(), this.ascent(), this.priors()),
      element("section", { className: "measured", "aria-label": "What is measured" },
        element("div", { className: "figures" },
          element("div", {}, element("span", { className: "label", textContent: "Score" }), this.score),
          element("div", {}, element("span", { className: "label", textContent: "Toy realism" }), this.realism)),
        this.nearest, this.charts, this.said),
      this.world()));
  }

  example() {
    this.why = element("p", { className: "hint", role: "status", textContent: CHECK });
    this.steps = this.data.worked.map((entry, i) => {
      const button = element("button", { type: "button", textContent: `Picture ${i + 1}`, "aria-pressed": "false" });
      button.addEventListener("click", () => this.work(i));
      return button;
    });
    return group("1. A worked example", element("div", { className: "row" }, ...this.steps), this.why);
  }

  ascent() {
    this.rate = slider("Rate", 0.05, 2, 0.05, 0.4, () => this.show());
    const step = (text, count) => {
      const button = element("button", { type: "button", textContent: text });
      button.addEventListener("click", () => this.climb(count));
      return button;
    };
    const again = element("button", { type: "button", textContent: "Start again" });
    again.addEventListener("click", () => this.begin(this.data.start));
    return group("2. Climb the score", this.rate.node, element("div", { className: "row" }, step("One step", 1), step("Ten steps", 10), again));
  }

  priors() {
    this.strength = slider("Strength of the pull", 0, 1, 0.05, 1, () => this.show());
    this.hint = element("p", { className: "hint" });
    const choices = PRIORS.map(([name, text]) => {
      const input = element("input", { type: "radio", name: "prior", value: name, checked: name === "none" });
      input.addEventListener("change", () => { this.prior = name; this.show(); });
      return element("label", { className: "choice" }, input, text);
    });
    return group("3. Put a prior in between", ...choices, this.strength.node, this.hint);
  }

  /** The natural pictures; each may be taken as a start. */
  world() {
    this.cards = this.data.natural.map(({ name, pixels }) => {
      const swatch = element("span", { className: "swatch", "aria-hidden": "true" }, ...pixels.map((value) => {
        const cell = element("i");
        cell.style.background = grey(value);
        return cell;
      }));
      const near = element("span", { className: "near", textContent: "nearest", hidden: true });
      const card = element("button", { type: "button", className: "card", "aria-label": `Start from ${name}: score ${figure(this.scoreOf(pixels))}` },
        swatch, element("b", { textContent: name }), element("span", { className: "quiet", textContent: `score ${figure(this.scoreOf(pixels))}` }), near);
      card.addEventListener("click", () => this.begin(pixels));
      return { name, card, near };
    });
    return element("section", { className: "world", "aria-label": "Natural pictures of this world" },
      element("h4", { textContent: "What pictures of this world look like" }),
      element("div", { className: "cards" }, ...this.cards.map(({ card }) => card)));
  }

  // The arithmetic

  scoreOf([topLeft, topRight, bottomLeft, bottomRight]) {
    return (topLeft + bottomLeft) / 2 - (topRight + bottomRight) / 2;
  }

  nearestTo(pixels) {
    const away = ({ pixels: other }) => Math.sqrt(pixels.reduce((sum, value, i) => sum + (value - other[i]) ** 2, 0) / 4);
    return this.data.natural.map((one) => ({ ...one, away: away(one) })).reduce((best, one) => (one.away < best.away ? one : best));
  }

  realismOf(pixels) {
    return 1 / (1 + (this.nearestTo(pixels).away / this.data.half) ** 4);
  }

  /** The picture after one step of ascent and the prior. */
  next(pixels) {
    const moved = pixels.map((value, i) => value + this.rate.value() * this.data.gradient[i]);
    if (this.prior === "range") return moved.map((value) => Math.min(1, Math.max(0, value)));
    if (this.prior !== "natural") return moved;
    const goal = this.nearestTo(moved).pixels;
    return moved.map((value, i) => value + this.strength.value() * (goal[i] - value));
  }

  // What the learner does

  /** A new climb starts from these pixels; the one before stays in the charts if it went anywhere. */
  begin(pixels) {
    if (this.trace?.length > 1) this.past = [...this.past, this.trace].slice(-KEPT);
    this.trace = [];
    this.why.textContent = CHECK;
    this.add([...pixels]);
  }

  climb(count) {
    for (let i = 0; i < count; i++) this.add(this.next(this.trace.at(-1).pixels), false);
    this.show();
  }

  work(i) {
    const { worked } = this.data;
    this.begin(worked[0].pixels);
    for (const { pixels } of worked.slice(1, i + 1)) this.add([...pixels], false, "none");
    this.show();
    this.why.textContent = worked[i].text;
    this.steps.forEach((button, n) => button.setAttribute("aria-pressed", n === i));
  }

  add(pixels, shown = true, prior = this.prior) {
    this.trace.push({ pixels, score: this.scoreOf(pixels), realism: this.realismOf(pixels), prior: SHORT[prior] });
    for (const button of this.steps) button.setAttribute("aria-pressed", "false");
    if (shown) this.show();
  }

  show() {
    const { pixels, score, realism } = this.trace.at(-1);
    const near = this.nearestTo(pixels);
    const [a, b, c, d] = pixels.map((value) => (value < 0 ? `(${figure(value)})` : figure(value)));
    this.pixels.show(pixels);
    this.formula.textContent = `score = (${a} + ${c}) / 2 − (${b} + ${d}) / 2 = ${figure(score)}`;
    Object.assign(this.score, { textContent: figure(score) }).dataset.exact = score;
    Object.assign(this.realism, { textContent: figure(realism) }).dataset.exact = realism;
    this.nearest.textContent = `Nearest natural picture: ${near.name}, ${figure(near.away)} away (root mean square; realism is one half at ${figure(this.data.half)}).`;
    for (const { name, near: mark } of this.cards) mark.hidden = name !== near.name;
    this.strength.node.hidden = this.prior !== "natural";
    this.hint.textContent = HINTS[this.prior];
    const natural = this.data.natural.map((one) => this.scoreOf(one.pixels));
    drawTrace(this.charts, this.trace, this.past, [Math.min(...natural), Math.max(...natural)]);
    const steps = this.trace.length - 1;
    this.said.textContent = steps ? `After ${steps} ${steps === 1 ? "step" : "steps"} (${this.trace.at(-1).prior}): score ${figure(this.trace[0].score)} → ${figure(score)}, realism ${figure(this.trace[0].realism)} → ${figure(realism)}.` : "";
  }
}

const grey = (value) => {
  const level = Math.round(255 * Math.min(1, Math.max(0, value)));
  return `rgb(${level}, ${level}, ${level})`;
};

function group(title, ...children) {
  return element("fieldset", {}, element("legend", { textContent: title }), ...children);
}

/** A labelled range with its value beside it. */
function slider(label, min, max, step, value, changed) {
  const input = element("input", { type: "range", min, max, step, "aria-label": label });
  input.value = value;
  const shown = element("output", { textContent: figure(value) });
  input.addEventListener("input", () => { shown.textContent = figure(Number(input.value)); changed(); });
  return { node: element("div", { className: "slider" }, element("span", { textContent: label }), input, shown), value: () => Number(input.value) };
}

export default mounter(Toy, style);
