// One figure of a picture as a dot beside the band where real pictures lie; made once, moved with the slider.

import { element } from "./dom.js";
import { figure } from "./format.js";

const percent = (share) => `${100 * Math.min(1, Math.max(0, share))}%`;

export class Measure {
  /** label, help: words; digits: "2" decimals unless told; from, to: ends of the track. */
  constructor(label, help, { digits = 2, unit = "", from = 0, to = 1 } = {}) {
    Object.assign(this, { label, digits, unit, from, to });
    this.band = element("i", { className: "band" });
    this.median = element("i", { className: "median" });
    this.dot = element("i", { className: "dot" });
    this.value = element("span", { className: "value" });
    this.track = element("span", { className: "track", role: "img", "aria-label": `${label}: not measured yet` }, this.band, this.median, this.dot);
    this.part = element("div", { className: "measure" },
      element("span", { className: "label", title: help }, element("b", { textContent: label }), element("span", { textContent: help })), this.value, this.track);
  }

  /** value; band {p5, p50, p95} or nothing; outside: whether it counts as out of the band. */
  show(value, band, outside = false) {
    const known = Number.isFinite(value);
    this.value.textContent = known ? `${this.text(value)}${this.unit}` : "–";
    this.part.dataset.outside = String(known && outside);
    this.dot.hidden = !known;
    this.dot.style.left = percent(this.place(value));
    for (const part of [this.band, this.median]) part.hidden = !band;
    if (band) {
      this.band.style.left = percent(this.place(band.p5));
      this.band.style.width = percent(Math.min(1, this.place(band.p95)) - Math.max(0, this.place(band.p5)));
      this.median.style.left = percent(this.place(band.p50));
    }
    const real = band ? `; real pictures ${this.text(band.p5)} to ${this.text(band.p95)}` : "";
    const said = `${this.label}: ${this.value.textContent}${real}`;
    this.track.setAttribute("aria-label", said);
    this.track.title = said;
  }

  text(value) {
    return this.digits === 2 ? figure(value) : value.toFixed(this.digits).replace("-", "−");
  }

  place(value) {
    return (value - this.from) / (this.to - this.from);
  }
}

/** Judge, held-out judge and realism: what every picture of the lesson is measured by. `reference` is the pack's. */
export class Figures {
  constructor(reference) {
    this.reference = reference;
    this.measures = {
      score: new Measure("Judge", "the score that is climbed", { from: -0.4 }),
      heldout: new Measure("Held-out judge", "no painter sees it", { from: -0.4 }),
      realism: new Measure("Realism", "likeness to real photographs"),
    };
    this.part = element("div", { className: "figures" }, ...Object.values(this.measures).map(({ part }) => part));
  }

  show(found) {
    for (const [name, measure] of Object.entries(this.measures)) {
      const band = this.reference[name];
      const value = found?.[name] ?? NaN;
      measure.show(value, band, name === "score" ? value > band.p95 || value < band.p5 : value < band.p5);
    }
  }
}

/** "Judge 0.82, Held-out 0.80, Realism 0.91": for the names of pictures. */
export const spoken = (found) => (found ? `Judge ${figure(found.score)}, Held-out ${figure(found.heldout)}, Realism ${figure(found.realism)}` : "");
