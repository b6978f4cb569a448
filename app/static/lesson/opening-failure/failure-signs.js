// The five signs of cheating at one step: values beside the bands of real pictures, and where on the picture
// they are.

import { clearCanvas, drawExact } from "../../shared/canvas.js";
import { button, element, svg } from "../../shared/dom.js";
import { spoken } from "../../shared/measures.js";
import { Meter } from "../../shared/meter.js";
import { FIVE_SIGNS } from "./five-signs.js";

const TILES = 16; // of a heat map, along one side
const HEAT = [213, 94, 0]; // --alarm
const WEAKEST = 70; // opacity of the digit 0, of 255; each further digit adds STRONGER
const STRONGER = 20;
const MOST_BOXES = 60;
// These end at 1; the others where the largest value so far ends.
const FIXED_END = ["score", "realism", "scattered"];
const ROOM = 1.3; // beyond a band
const STATES = {
  there: ["●", "present"],
  partly: ["◐", "partly present"],
  absent: ["○", "absent"],
  unknown: ["–", "no band"],
};

/** The list of signs beside the picture. */
export class FailureSigns {
  /** @param {() => void} onChoose another sign was chosen */
  constructor(onChoose) {
    this.onChoose = () => {};
    this.picture = element("canvas", { role: "img", className: "picture", "aria-label": "No picture yet" });
    this.heat = element("canvas", { width: TILES, height: TILES, ariaHidden: "true" });
    this.boxes = svg("svg", { viewBox: "0 0 1 1", "aria-hidden": "true" });
    this.where = element("p", { className: "where quiet" });
    this.summary = element("p");
    this.rows = FIVE_SIGNS.map((sign, i) => new SignRow(sign, () => this.choose(i)));
    this.part = this.build();
    this.choose(0);
    this.onChoose = onChoose;
  }

  build() {
    const pointed = element("div", { className: "pointed" }, this.picture, this.heat, this.boxes);
    const rows = this.rows.map(({ part }) => part);
    return element(
      "section",
      { className: "below", "aria-label": "The five signs of cheating" },
      element("div", {}, pointed, this.where),
      element("div", { className: "signs" }, this.summary, ...rows),
    );
  }

  choose(chosen) {
    this.chosen = this.rows[chosen];
    for (const row of this.rows) row.press(row === this.chosen);
    this.onChoose();
  }

  /**
   * A run comes on stage.
   * @param {{bands: any, patch: number}} data what real pictures of this size show; side of the judge's
   *   patches
   * @param {Record<string, any> | null} reference the pack's bands by measure
   */
  begin({ bands, patch }, reference) {
    const { score, gap, realism } = reference ?? {};
    this.patch = patch;
    for (const row of this.rows) row.begin({ ...bands?.figures, score, gap, realism });
    this.source = bands
      ? `Grey: where the middle 90 % of ${bands.pictures} freshly rendered real pictures lie.`
      : "No real pictures of this size were measured, so three signs have no band.";
  }

  /**
   * Draw one step.
   * @param {number} step
   * @param {Record<string, number>} judged its measurement
   * @param {any} found what its pixels say, if that is known
   * @param {ImageBitmap} [bitmap]
   * @returns {number | undefined} how many signs are there; undefined while the pixels are being measured
   */
  show(step, judged, found, bitmap) {
    drawExact(this.picture, bitmap);
    for (const row of this.rows) row.show({ ...judged, ...found?.figures });
    const there = this.rows.filter(({ state }) => state === "there").map(({ name }) => name.toLowerCase());
    const count = there.length;
    const present = `${count || "none"} of 5 signs ${count === 1 ? "is" : "are"} present`;
    this.summary.textContent = `At step ${step}, ${present}. ${this.source}`;
    const label = `Step ${step}: ${spoken(judged)}. Signs present: ${there.join(", ") || "none"}`;
    this.picture.setAttribute("aria-label", label);
    this.point(found);
    return found ? count : undefined;
  }

  /** The chosen sign on the picture. */
  point(found) {
    clearCanvas(this.heat);
    this.boxes.replaceChildren();
    if (!found) return;
    const { map, boxes, where } = this.chosen.sign;
    this.where.textContent = where(found, this.patch);
    if (map && found.maps[map]) drawHeat(this.heat, found.maps[map]);
    if (boxes) this.boxes.append(...found.boxes.slice(0, MOST_BOXES).flatMap(frame));
  }
}

/** One sign: a button that points it out, and its meters. */
class SignRow {
  constructor(sign, onPress) {
    this.sign = sign;
    this.name = sign.name;
    this.mark = element("span", { className: "mark", ariaHidden: "true" });
    this.stateText = element("span", { className: "state" });
    this.button = button("", onPress, { className: "printed", title: "Show it on the picture" });
    const name = element("b", { textContent: sign.name });
    const text = element("span", { className: "text", textContent: sign.text });
    this.button.append(this.mark, name, this.stateText, text);
    this.meters = sign.measures.map(({ label, help, digits }) => new Meter(label, help, { digits }));
    this.part = element("div", { className: "sign" }, this.button, ...this.meters.map(({ part }) => part));
  }

  press(pressed) {
    this.button.setAttribute("aria-pressed", String(pressed));
  }

  begin(bands) {
    this.bands = bands;
    this.largest = {};
  }

  show(values) {
    const outside = this.sign.measures.map((measure, i) => this.showMeter(this.meters[i], measure, values));
    this.state = stateOf(outside);
    const [mark, words] = STATES[this.state];
    this.part.dataset.state = this.state;
    this.mark.textContent = mark;
    this.stateText.textContent = words;
  }

  /** Whether a value lies out of its band in the direction of the sign; undefined if that cannot be said. */
  showMeter(meter, { key, low }, values) {
    const value = values[key];
    const band = this.bands[key];
    meter.from = Math.min(0, band?.p5 ?? 0);
    meter.to = FIXED_END.includes(key) ? 1 : this.endOf(key, value, band);
    const known = band && Number.isFinite(value);
    const outside = known ? (low ? value < band.p5 : value > band.p95) : undefined;
    meter.show(value, band, Boolean(outside));
    return outside;
  }

  /** The track ends beyond the largest value so far, so that it never jumps back. */
  endOf(key, value, band) {
    const seen = Number.isFinite(value) ? value * 1.05 : 0;
    this.largest[key] = Math.max(this.largest[key] ?? 0, (band?.p95 ?? 0) * ROOM, seen);
    return this.largest[key];
  }
}

function stateOf(outside) {
  if (outside.includes(undefined)) return "unknown";
  if (outside.every(Boolean)) return "there";
  return outside.some(Boolean) ? "partly" : "absent";
}

/** @param {string} digits one for each tile, "0" for none */
function drawHeat(canvas, digits) {
  const made = new ImageData(TILES, TILES);
  [...digits].forEach((digit, i) => {
    const opacity = digit === "0" ? 0 : WEAKEST + STRONGER * Number(digit);
    made.data.set([...HEAT, opacity], 4 * i);
  });
  canvas.getContext("2d").putImageData(made, 0, 0);
}

/** White on black, so that it shows on any picture. */
function frame([x, y, width, height]) {
  return ["under", "over"].map((name) => svg("rect", { x, y, width, height, class: name }));
}
