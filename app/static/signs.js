// The five signs of cheating at one step: figures beside the bands of real pictures, and where on the picture they are.

import { element } from "./dom.js";
import { paint } from "./loop.js";
import { Measure, spoken } from "./measures.js";

const TILES = 16;
const SVG = "http://www.w3.org/2000/svg";
const HEAT = [213, 94, 0];
const MOST_BOXES = 60;
// key: of the figure; low: too little is the sign, not too much; text: what the sign is and how it is measured.
const SIGNS = [
  {
    name: "Tiny repeated textures", map: "textures",
    text: "Much fine detail, and the same again further on.",
    measures: [
      { key: "fine", label: "Fine detail", help: "RMS, finer than 1 px of blur", digits: 1 },
      { key: "repeat", label: "Repetition", help: "correlation with itself, shifted" },
    ],
    where: ({ figures }, { patch }) => {
      const lag = Math.round(figures.lag);
      const same = patch && Math.abs(lag - patch) < 1 ? `, exactly the side of the ${patch} px patches this judge cuts pictures into` : "";
      return `Orange: tiles with more fine detail than 95 in 100 tiles of real pictures. It repeats best after ${lag} px${same}.`;
    },
  },
  {
    name: "Over-sharpened edges", map: "edges",
    text: "Steps from pixel to pixel that no lens draws.",
    measures: [{ key: "edges", label: "Edge strength", help: "grey levels per px, top 5 %", digits: 1 }],
    where: () => "Orange: tiles whose edges are stronger than in 95 of 100 tiles of real pictures.",
  },
  {
    name: "Floating fragments", boxes: true,
    text: "What catches the eye lies about in pieces.",
    measures: [
      { key: "pieces", label: "Pieces", help: "of the most salient tenth", digits: 0 },
      { key: "scattered", label: "Scattered", help: "share outside the largest piece" },
    ],
    where: ({ boxes }) => `${boxes.length ? `Boxes: the ${boxes.length} pieces beside the largest` : "There is one piece only"}, of what stands out most from its surroundings.`,
  },
  {
    name: "High confidence",
    text: "Surer than of photographs, and alone with it.",
    measures: [
      { key: "score", label: "Judge", help: "the score that is climbed" },
      { key: "gap", label: "Judge gap", help: "over the held-out judge" },
    ],
    where: () => "This sign has no place on the picture: it is the judge's own figure, and how far the held-out judge, which nobody climbed, disagrees.",
  },
  {
    name: "Low realism",
    text: "Like no photograph of this world.",
    measures: [{ key: "realism", label: "Realism", help: "likeness to real photographs", low: true }],
    where: () => "This sign has no place on the picture: realism looks at all of it.",
  },
];
const STATES = { there: ["●", "there"], partly: ["◐", "half there"], absent: ["○", "not there"], unknown: ["–", "no band"] };

export class Signs {
  constructor() {
    this.chosen = 0;
    this.picture = element("canvas", { role: "img", className: "picture" });
    this.heat = element("canvas", { width: TILES, height: TILES, ariaHidden: "true" });
    this.boxes = document.createElementNS(SVG, "svg");
    this.boxes.setAttribute("viewBox", "0 0 1 1");
    this.boxes.setAttribute("aria-hidden", "true");
    this.where = element("p", { className: "where quiet" });
    this.summary = element("p");
    this.rows = SIGNS.map((sign, index) => this.row(sign, index));
    this.part = element("section", { className: "below", "aria-label": "The five signs of cheating" },
      element("div", {}, element("div", { className: "look" }, this.picture, this.heat, this.boxes), this.where),
      element("div", { className: "signs" }, this.summary, ...this.rows.map(({ part }) => part)));
    this.onChoose = () => {};
    this.choose(0);
  }

  row(sign, index) {
    const mark = element("span", { className: "mark", ariaHidden: "true" });
    const state = element("span", { className: "state" });
    const button = element("button", { type: "button", title: "Point it out on the picture" }, mark, element("b", { textContent: sign.name }), state,
      element("span", { className: "text", textContent: sign.text }));
    button.addEventListener("click", () => this.choose(index));
    const measures = sign.measures.map((one) => ({ ...one, bar: new Measure(one.label, one.help, { digits: one.digits ?? 2 }) }));
    const part = element("div", { className: "sign" }, button, ...measures.map(({ bar }) => bar.part));
    return { ...sign, part, button, mark, state, measures };
  }

  choose(index) {
    this.chosen = index;
    this.rows.forEach(({ button }, other) => button.setAttribute("aria-pressed", String(other === index)));
    this.onChoose();
  }

  /** A run comes on stage. */
  begin({ bands, patch }, reference) {
    this.patch = patch;
    this.bands = { ...bands?.figures, score: reference?.score, gap: reference?.gap, realism: reference?.realism };
    this.from = bands ? `Grey: where ${bands.pictures} freshly rendered real pictures lie, 5 in 100 on either side left out.` : "No real pictures of this size were measured, so three signs have no band.";
    this.tops = {};
  }

  /** Draw one step; returns how many signs are there, or undefined while the pixels are being measured. */
  show(step, judged, found, bitmap) {
    paint(this.picture, bitmap);
    const values = { ...judged, ...found?.figures };
    let count = 0;
    for (const row of this.rows) {
      const out = row.measures.map((one) => this.measure(one, values[one.key]));
      const state = out.includes(undefined) ? "unknown" : out.every(Boolean) ? "there" : out.some(Boolean) ? "partly" : "absent";
      const [mark, words] = STATES[state];
      row.part.dataset.state = state;
      row.mark.textContent = mark;
      row.state.textContent = words;
      count += state === "there";
    }
    this.point(found);
    const named = this.rows.filter(({ part }) => part.dataset.state === "there").map(({ name }) => name.toLowerCase());
    this.summary.textContent = `At step ${step}, ${count === 0 ? "none" : count} of 5 signs ${count === 1 ? "is" : "are"} there. ${this.from}`;
    this.picture.setAttribute("aria-label", `Step ${step}: ${spoken(judged)}. Signs that are there: ${named.join(", ") || "none"}`);
    return found ? count : undefined;
  }

  /** Whether a figure lies out of its band in the direction of the sign; undefined if that cannot be said. */
  measure({ key, bar, low }, value) {
    const band = this.bands[key];
    // The track ends where the largest figure so far ends, so that it never jumps back.
    this.tops[key] = Math.max(this.tops[key] ?? 0, (band?.p95 ?? 0) * 1.3, Number.isFinite(value) ? value * 1.05 : 0);
    bar.from = Math.min(0, band?.p5 ?? 0);
    bar.to = ["score", "realism", "scattered"].includes(key) ? 1 : this.tops[key];
    const out = band && Number.isFinite(value) ? (low ? value < band.p5 : value > band.p95) : undefined;
    bar.show(value, band, Boolean(out));
    return out;
  }

  /** The chosen sign on the picture. */
  point(found) {
    const row = this.rows[this.chosen];
    const context = this.heat.getContext("2d");
    context.clearRect(0, 0, TILES, TILES);
    this.boxes.replaceChildren();
    if (!found) return;
    this.where.textContent = row.where(found, this);
    const digits = row.map && found.maps[row.map];
    if (digits) {
      const made = context.createImageData(TILES, TILES);
      [...digits].forEach((digit, index) => made.data.set([...HEAT, digit === "0" ? 0 : 70 + 20 * Number(digit)], 4 * index));
      context.putImageData(made, 0, 0);
    }
    for (const [x, y, width, height] of row.boxes ? found.boxes.slice(0, MOST_BOXES) : []) {
      // White on black, so that it shows on any picture.
      for (const name of ["under", "over"]) {
        const box = document.createElementNS(SVG, "rect");
        for (const [key, value] of Object.entries({ x, y, width, height, class: name })) box.setAttribute(key, value);
        this.boxes.append(box);
      }
    }
  }
}

