// Predict first: answers are given before a run and stand beside its result afterwards. They stay in this
// browser.

import { button, element, mounter, select, sheets } from "../shared/dom.js";
import { counted, formatNumber } from "../shared/format.js";
import { PredictionMemory } from "./prediction-memory.js";

const BEST = "best";
const HIGHEST = "Highest realism";
const NO_ANSWER = ["", "–"];
const style = await sheets(import.meta.url, "./predict-first.css");

class PredictFirst {
  constructor(root) {
    this.memory = new PredictionMemory(() => this.data && this.draw());
    this.place = element("section", { className: "predict", "aria-label": "Predict first" });
    root.append(this.place);
  }

  destroy() {
    this.memory.destroy();
  }

  update(data) {
    this.data = data;
    if (data.asked) this.memory.bind(data.asked);
    if (data.outcome && this.prediction && !this.prediction.of) this.judge();
    const text = JSON.stringify([data, this.prediction]);
    if (text === this.drawn) return; // a rerun that changes nothing leaves the focus where it is
    if (data.run !== this.run) this.again = false;
    this.run = data.run;
    this.drawn = text;
    this.draw();
  }

  /** What was predicted of the run shown, if anything. */
  get prediction() {
    return this.memory.kept.runs[this.data.run];
  }

  /** Count how many answers of the run were right; what the run did not measure does not count. */
  judge() {
    this.memory.change((kept) => {
      const prediction = kept.runs[this.data.run];
      const given = Object.entries(prediction.answers).filter(([, answer]) => answer);
      const judged = given
        .map(([name, answer]) => this.isRight(name, answer))
        .filter((right) => right !== undefined);
      prediction.of = judged.length;
      prediction.right = judged.filter(Boolean).length;
    });
  }

  /** Undefined where the run says nothing about it. */
  isRight(name, answer) {
    const { best, painters } = this.data.outcome;
    if (name === BEST) return best.length ? best.includes(answer) : undefined;
    const [painter, key] = name.split(":");
    const found = painters[painter]?.[key];
    return found && found.place === answer;
  }

  draw() {
    const shown = this.again ? undefined : this.prediction;
    const painters = this.data.painters.map((painter) => this.painter(painter, shown));
    this.place.replaceChildren(
      element(
        "div",
        { className: "top" },
        element("h3", { textContent: "Predict first" }),
        element("p", { role: "status", textContent: this.question(shown) }),
        element("span", { className: "score", textContent: this.scoreText() }),
        ...this.buttons(shown),
      ),
      element("div", { className: "painters" }, ...painters, this.best(shown)),
    );
  }

  question(shown) {
    if (shown) {
      return this.data.outcome
        ? "Your prediction, and what was measured."
        : "Your prediction is saved. You will see how it compares when the run is done.";
    }
    const bands = this.data.figures.map(({ label, scale, band: [low, high] }) => {
      const on = scale ? ` on the ${scale}` : "";
      return `${label.toLowerCase()} ${formatNumber(low)} to ${formatNumber(high)}${on}`;
    });
    return (
      `Where will each painter end, compared with 90 % of real pictures (${bands.join(", ")})? ` +
      "Answer as many as you like, then press Run."
    );
  }

  scoreText() {
    const { right, of, runs } = this.memory.total();
    return of ? `${right} of ${of} right in ${counted(runs, "run")}` : "";
  }

  buttons(shown) {
    const next = button("Predict the next run", () => {
      this.again = true;
      this.draw();
    });
    const reset = button("Reset", () => this.reset());
    return [...(shown && !this.data.active ? [next] : []), ...(this.memory.total().runs ? [reset] : [])];
  }

  painter({ name, label }, shown) {
    const mark = this.data.marks[name];
    const sign = element("span", { className: "sign", textContent: mark.symbol, "aria-hidden": "true" });
    sign.style.color = mark.colour;
    const answers = this.data.figures.map((asked) => this.answer(name, label, asked, shown));
    return element(
      "div",
      { className: "painter" },
      element("h4", {}, sign, label),
      element("div", { className: "answers" }, ...answers),
    );
  }

  /** One question about a painter: to be answered, or answered. */
  answer(painter, painterLabel, { name, label, choices }, shown) {
    const key = `${painter}:${name}`;
    const found = this.data.outcome?.painters[painter]?.[name];
    const measured = found && `${formatNumber(found.value)}, ${found.place}`;
    const part = shown
      ? this.result(key, shown.answers[key], measured)
      : this.choice(
          key,
          `${label} of ${painterLabel}`,
          choices.map((text) => [text, text]),
        );
    return element("label", {}, element("span", { className: "what", textContent: label }), part);
  }

  /** Which painter's picture will be the most realistic. */
  best(shown) {
    const names = this.data.painters.map(({ name, label }) => [name, label]);
    const labels = Object.fromEntries(names);
    const labelOf = (name) => labels[name] ?? name;
    const measured = this.data.outcome?.best.map(labelOf).join(", ");
    const answer = shown?.answers[BEST];
    const part = shown
      ? this.result(BEST, answer, measured, answer && labelOf(answer))
      : this.choice(BEST, HIGHEST, names);
    return element(
      "div",
      { className: "painter" },
      element("h4", { textContent: HIGHEST }),
      element("div", { className: "answers" }, part),
    );
  }

  choice(key, label, choices) {
    const made = select(label, [NO_ANSWER, ...choices], { value: this.memory.kept.pending[key] ?? "" });
    made.addEventListener("change", () => {
      this.memory.change((kept) => {
        kept.pending[key] = made.value;
      });
    });
    return made;
  }

  /** One answer beside what was measured. */
  result(key, answer, measured, text = answer) {
    const right = answer && measured ? this.isRight(key, answer) : undefined;
    const word = { true: "right", false: "wrong" }[right] ?? "";
    const sign = { true: " ✓", false: " ✗" }[right] ?? "";
    return element(
      "span",
      { className: `result ${word}` },
      element("span", { textContent: `you: ${text || "–"}` }),
      element("b", { textContent: measured ? `${measured}${sign}` : "…" }),
      ...(word ? [element("span", { className: "spoken", textContent: word })] : []),
    );
  }

  reset() {
    this.memory.reset();
    this.draw();
    this.place.querySelector("select")?.focus(); // the pressed button is gone
  }
}

export default mounter(PredictFirst, style);
