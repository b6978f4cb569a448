// Predict first: answers are given before a run and stand beside its result afterwards. Answers and points stay in this browser.

import { element, mounter, sheet } from "./dom.js";
import { figure } from "./format.js";

const KEY = "ctjp-predictions";
const BEST = "best";
const style = await sheet("predict.css");

/** What this browser remembers: pending answers, and by run the answers with what came of them. */
class Memory {
  constructor() {
    this.kept = { pending: {}, asked: null, runs: {} };
    try {
      Object.assign(this.kept, JSON.parse(localStorage.getItem(KEY)) ?? {});
    } catch {} // no storage, or something else in it: begin anew
  }

  save() {
    try {
      localStorage.setItem(KEY, JSON.stringify(this.kept));
    } catch {} // a private window may forbid it: then it holds until the page is left
  }

  /** {right, of, runs} over all runs that have answered. */
  total() {
    const told = Object.values(this.kept.runs).filter(({ of }) => of);
    const sum = (key) => told.reduce((total, one) => total + one[key], 0);
    return { right: sum("right"), of: sum("of"), runs: told.length };
  }
}

class Prediction {
  constructor(root) {
    this.memory = new Memory();
    this.place = element("section", { className: "predict", "aria-label": "Predict first" });
    root.append(this.place);
  }

  update(data) {
    this.data = data;
    const { kept } = this.memory;
    if (data.asked && data.asked !== kept.asked) this.bind(data.asked);
    if (kept.runs[data.run] && data.outcome && !kept.runs[data.run].of) this.mark(kept.runs[data.run]);
    const text = JSON.stringify([data, kept.runs[data.run]]);
    if (text === this.drawn) return; // a rerun that changes nothing leaves the focus where it is
    if (data.run !== this.run) this.again = false;
    this.run = data.run;
    this.drawn = text;
    this.draw();
  }

  /** Run was pressed: the answers given so far are about this run. */
  bind(run) {
    const { kept } = this.memory;
    kept.asked = run;
    if (!kept.runs[run] && Object.values(kept.pending).some(Boolean)) {
      kept.runs[run] = { answers: kept.pending };
      kept.pending = {};
    }
    this.memory.save();
  }

  /** Count how many answers of one run were right; what the run did not measure does not count. */
  mark(one) {
    const truths = Object.entries(one.answers).filter(([, answer]) => answer).map(([name, answer]) => this.right(name, answer));
    const told = truths.filter((truth) => truth !== undefined);
    Object.assign(one, { of: told.length, right: told.filter(Boolean).length });
    this.memory.save();
  }

  right(name, answer) {
    const { outcome } = this.data;
    if (name === BEST) return outcome.best.length ? outcome.best.includes(answer) : undefined;
    const [painter, key] = name.split(":");
    const found = outcome.painters[painter]?.[key];
    return found && found.place === answer;
  }

  draw() {
    const one = !this.again && this.memory.kept.runs[this.data.run];
    const { right, of, runs } = this.memory.total();
    const score = element("span", { className: "score", textContent: of ? `${right} of ${of} right in ${runs} ${runs === 1 ? "run" : "runs"}` : "" });
    const buttons = [];
    if (one && !this.data.active) buttons.push(this.button("Predict the next run", () => { this.again = true; this.draw(); }));
    if (runs) buttons.push(this.button("Reset", () => this.reset()));
    const bands = this.data.figures.map(({ label, band }) => `${label.toLowerCase()} ${band.map(figure).join(" to ")}`).join(", ");
    const say = !one ? `Where will each painter end, compared with 90 % of real photographs (${bands})? Answer what you like, then press Run.`
      : this.data.outcome ? "Your prediction, and what was measured." : "Your prediction is kept. It is compared when the run is done.";
    this.place.replaceChildren(
      element("div", { className: "top" }, element("h3", { textContent: "Predict first" }), element("p", { role: "status", textContent: say }), score, ...buttons),
      element("div", { className: "painters" }, ...this.data.painters.map((painter) => this.painter(painter, one)), this.best(one)));
  }

  painter({ name, label }, one) {
    const mark = this.data.marks[name];
    const sign = element("span", { className: "sign", textContent: mark.symbol, "aria-hidden": "true" });
    sign.style.color = mark.colour;
    return element("div", { className: "painter" }, element("h4", {}, sign, label), element("div", { className: "answers" }, ...this.data.figures.map((asked) => {
      const key = `${name}:${asked.name}`;
      const found = this.data.outcome?.painters[name]?.[asked.name];
      const where = found && `${figure(found.value)}, ${found.place}`;
      const shown = one ? this.result(one.answers[key], where, key) : this.choice(key, `${asked.label} of ${label}`, asked.choices.map((text) => [text, text]));
      return element("label", {}, element("span", { className: "what", textContent: asked.label }), shown);
    })));
  }

  best(one) {
    const names = this.data.painters.map(({ name, label }) => [name, label]);
    const label = (name) => names.find(([key]) => key === name)?.[1] ?? name;
    const found = this.data.outcome?.best.map(label).join(", ");
    const answer = one && one.answers[BEST];
    const shown = one ? this.result(answer && label(answer), found, BEST, answer) : this.choice(BEST, "Highest realism", names);
    return element("div", { className: "painter" }, element("h4", { textContent: "Highest realism" }), element("div", { className: "answers" }, shown));
  }

  choice(key, label, choices) {
    const { kept } = this.memory;
    const select = element("select", { "aria-label": label }, element("option", { value: "", textContent: "–" }),
      ...choices.map(([value, textContent]) => element("option", { value, textContent, selected: kept.pending[key] === value })));
    select.addEventListener("change", () => {
      kept.pending[key] = select.value;
      this.memory.save();
    });
    return select;
  }

  /** One answer beside what was measured. */
  result(said, found, key, answer = said) {
    const right = answer && found ? this.right(key, answer) : undefined;
    const sign = right === undefined ? "" : right ? " ✓" : " ✗";
    return element("span", { className: `result ${right === undefined ? "" : right ? "right" : "wrong"}` },
      element("span", { textContent: `you: ${said || "–"}` }),
      element("b", { textContent: found ? `${found}${sign}` : "…" }),
      ...(right === undefined ? [] : [element("span", { className: "spoken", textContent: right ? "right" : "wrong" })]));
  }

  button(textContent, pressed) {
    const made = element("button", { type: "button", textContent });
    made.addEventListener("click", pressed);
    return made;
  }

  reset() {
    this.memory.kept = { pending: {}, asked: this.memory.kept.asked, runs: {} };
    this.memory.save();
    this.draw();
    this.place.querySelector("select")?.focus(); // the pressed button is gone
  }
}

export default mounter(Prediction, style);
