// The toy judge: four pixels, a score in one line, two priors.

import { button, element, mounter, sheets } from "../../shared/dom.js";
import { counted, formatNumber } from "../../shared/format.js";
import { drawClimb } from "./climb-chart.js";
import { LabelledSlider } from "./labelled-slider.js";
import { NaturalPictures } from "./natural-pictures.js";
import { PixelSliders } from "./pixel-sliders.js";
import { ToyWorld, toyScore } from "./toy-arithmetic.js";

const style = await sheets(import.meta.url, "./toy-judge.css");
const PRIORS = {
  none: {
    label: "None: any number is allowed",
    short: "no prior",
    hint:
      "The gradient is the same everywhere: left lighter, right darker. A step with rate r adds exactly r " +
      "to the score, so there is no best picture, only a next one.",
  },
  range: {
    label: "Range: pixels stay between black and white",
    short: "range",
    hint:
      "Now there is a best picture, a white column beside a black one. The score is bounded, but realism " +
      "is as low as ever: pixels that can be shown do not yet make a picture that could exist.",
  },
  natural: {
    label: "Natural: pixels are pulled to the nearest picture of this world",
    short: "natural",
    hint:
      "With a full pull, the climb can only hop from one natural picture to the next, and ends at the one " +
      "this judge likes best. With a weaker pull, it leaves that world as far as the rate allows.",
  },
};
const CHECK = "Three pictures to check by hand.";
const KEPT = 2; // earlier climbs that stay in the charts, pale

class ToyJudge {
  constructor(root) {
    this.root = root;
    this.past = [];
    this.prior = "none";
  }

  /** The page sends its data again whenever it is drawn; the learner's picture stays. */
  update(data) {
    if (this.data) return;
    this.data = data;
    this.world = new ToyWorld(data);
    this.build();
    this.begin(data.start);
  }

  build() {
    const { order, gradient, natural } = this.data;
    this.pixels = new PixelSliders(order, gradient, (pixels) => this.begin(pixels));
    this.formula = element("p", { className: "formula" });
    this.score = bigNumber("Score");
    this.realism = bigNumber("Toy realism");
    this.nearest = element("span", { className: "quiet" });
    this.charts = element("div", { className: "charts" });
    this.summary = element("p", { className: "summary", role: "status" });
    this.natural = new NaturalPictures(natural, (pixels) => this.begin(pixels));
    const parts = [this.buildPicture(), this.buildControls(), this.buildMeasured(), this.natural.part];
    this.root.append(element("div", { className: "toy" }, ...parts));
  }

  buildPicture() {
    const hint = "Drag a pixel up or down, or use the arrow keys on it.";
    return element(
      "section",
      { className: "picture", "aria-label": "The picture" },
      this.pixels.part,
      element("p", { className: "quiet", textContent: hint }),
      this.formula,
    );
  }

  buildControls() {
    const parts = [this.buildExample(), this.buildAscent(), this.buildPriors()];
    return element("section", { className: "controls", "aria-label": "What to do" }, ...parts);
  }

  buildExample() {
    this.why = element("p", { className: "hint", role: "status", textContent: CHECK });
    this.steps = this.data.worked.map((_, i) =>
      button(`Picture ${i + 1}`, () => this.work(i), { "aria-pressed": "false" }),
    );
    return group("1. A worked example", element("div", { className: "row" }, ...this.steps), this.why);
  }

  buildAscent() {
    this.rate = new LabelledSlider("Rate", { from: 0.05, to: 2, value: 0.4 }, () => this.show());
    const buttons = [
      button("One step", () => this.climb(1)),
      button("Ten steps", () => this.climb(10)),
      button("Start again", () => this.begin(this.data.start)),
    ];
    return group("2. Climb the score", this.rate.part, element("div", { className: "row" }, ...buttons));
  }

  buildPriors() {
    const ends = { from: 0, to: 1, value: 1 };
    this.strength = new LabelledSlider("Strength of the pull", ends, () => this.show());
    this.hint = element("p", { className: "hint" });
    const choices = Object.entries(PRIORS).map(([name, { label }]) => this.priorChoice(name, label));
    return group("3. Put a prior in between", ...choices, this.strength.part, this.hint);
  }

  priorChoice(name, label) {
    const input = element("input", {
      type: "radio",
      name: "prior",
      value: name,
      checked: name === this.prior,
    });
    input.addEventListener("change", () => {
      this.prior = name;
      this.show();
    });
    return element("label", { className: "choice" }, input, label);
  }

  buildMeasured() {
    return element(
      "section",
      { className: "measured", "aria-label": "What is measured" },
      element("div", { className: "measurement" }, this.score.part, this.realism.part),
      this.nearest,
      this.charts,
      this.summary,
    );
  }

  /** A new climb starts from these pixels; the one before stays in the charts if it went anywhere. */
  begin(pixels) {
    if (this.climbed?.length > 1) this.past = [...this.past, this.climbed].slice(-KEPT);
    this.climbed = [];
    this.why.textContent = CHECK;
    this.add([...pixels]);
    this.show();
  }

  climb(count) {
    for (let i = 0; i < count; i += 1) {
      const settings = { rate: this.rate.value, prior: this.prior, strength: this.strength.value };
      this.add(this.world.next(this.climbed.at(-1).pixels, settings));
    }
    this.show();
  }

  /** Show the worked example up to its picture number i. */
  work(i) {
    const { worked } = this.data;
    this.begin(worked[0].pixels);
    for (const { pixels } of worked.slice(1, i + 1)) this.add([...pixels], "none");
    this.show();
    this.why.textContent = worked[i].text;
    this.steps.forEach((step, n) => step.setAttribute("aria-pressed", String(n === i)));
  }

  add(pixels, prior = this.prior) {
    const measured = { score: toyScore(pixels), realism: this.world.realism(pixels) };
    this.climbed.push({ pixels, ...measured, prior: PRIORS[prior].short });
    for (const step of this.steps) step.setAttribute("aria-pressed", "false");
  }

  show() {
    const { pixels, score, realism } = this.climbed.at(-1);
    const near = this.world.nearest(pixels);
    this.pixels.show(pixels);
    this.formula.textContent = formulaText(pixels, score);
    this.score.show(score);
    this.realism.show(realism);
    this.nearest.textContent = this.nearestText(near);
    this.natural.mark(near.name);
    this.strength.part.hidden = this.prior !== "natural";
    this.hint.textContent = PRIORS[this.prior].hint;
    drawClimb(this.charts, this.climbed, this.past, this.natural.scoreRange);
    this.summary.textContent = summaryText(this.climbed);
  }

  nearestText({ name, away }) {
    const half = `root mean square; realism is one half at ${formatNumber(this.data.half)}`;
    return `Nearest natural picture: ${name}, ${formatNumber(away)} away (${half}).`;
  }
}

function group(title, ...children) {
  return element("fieldset", {}, element("legend", { textContent: title }), ...children);
}

/** A number in large letters below its name; `data-exact` has all of its digits. */
function bigNumber(label) {
  // It changes with every move of a pixel: what a climb has come to is said once, by the summary.
  const output = element("output", { className: "big", "aria-label": label, "aria-live": "off" });
  const part = element("div", {}, element("span", { className: "label", textContent: label }), output);
  const show = (value) => {
    output.textContent = formatNumber(value);
    output.dataset.exact = value;
  };
  return { part, show };
}

function formulaText(pixels, score) {
  const [a, b, c, d] = pixels.map((value) => (value < 0 ? `(${formatNumber(value)})` : formatNumber(value)));
  return `score = (${a} + ${c}) / 2 − (${b} + ${d}) / 2 = ${formatNumber(score)}`;
}

function summaryText(climbed) {
  const steps = climbed.length - 1;
  if (!steps) return "";
  const first = climbed[0];
  const last = climbed.at(-1);
  const change = (measure) => `${measure} ${formatNumber(first[measure])} → ${formatNumber(last[measure])}`;
  return `After ${counted(steps, "step")} (${last.prior}): ${change("score")}, ${change("realism")}.`;
}

export default mounter(ToyJudge, style);
