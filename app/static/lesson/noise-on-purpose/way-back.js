// The way back, one repair at a time: two lanes from the same noise, one of them nudged by the judge.

import { drawTile } from "../../shared/canvas.js";
import { element } from "../../shared/dom.js";
import { formatNumber } from "../../shared/format.js";
import { spoken } from "../../shared/measures.js";
import { PictureMeters } from "../../shared/meter.js";
import { Playback, playbackControls } from "../../shared/playback.js";
import { namedCanvas } from "./named-canvas.js";

const FIRST_SHARE = 0.48; // of the way
const SPEEDS = [
  ["0.6", "slow"],
  ["1", "1×"],
  ["2", "2×"],
];
const START =
  "Both begin with the same noise. Each repair guesses the finished picture, then keeps a little of that " +
  "guess and as much noise as belongs to the next level.";

/** The second part of the page. */
export class WayBack {
  /**
   * @param {Record<string, string>} titles of the lanes
   * @param {Record<string, any>} reference the pack's bands of real pictures by measure
   */
  constructor(titles, reference) {
    this.titles = titles;
    this.controls = playbackControls({ label: "Repairs made", unit: "repair", speeds: SPEEDS });
    this.readout = element("span", { className: "readout" });
    this.text = element("p", { className: "quiet" });
    const lanes = Object.entries(titles).map(([key, title]) => [key, makeLane(key, title, reference)]);
    this.lanes = Object.fromEntries(lanes);
    this.part = this.build();
    this.playback = new Playback(this.controls, () => this.draw());
  }

  build() {
    const { back, play, forth, slider, speed, keys } = this.controls;
    const lanes = Object.values(this.lanes).map(({ part }) => part);
    return element(
      "section",
      { className: "card", "aria-label": "The way back" },
      element("h3", { textContent: "2 · The way back, one careful repair at a time" }),
      this.text,
      element("div", { className: "row" }, back, play, forth, slider, this.readout, speed, keys),
      element("div", { className: "lanes" }, ...lanes),
    );
  }

  destroy() {
    this.playback.destroy();
  }

  /**
   * @param {any} result of the computation
   * @param {Record<string, ImageBitmap>} strips pictures of every step, by lane and kind
   */
  show(result, strips) {
    const first = !this.result;
    this.result = result;
    this.strips = strips;
    if (first) {
      this.playback.reset(result.steps);
      this.playback.extend(FIRST_SHARE, false);
    }
    this.playback.redraw();
  }

  draw() {
    if (!this.result) return;
    const step = this.playback.place;
    const { steps } = this.result;
    this.readout.textContent = `${step} of ${steps}`;
    this.controls.slider.setAttribute("aria-valuetext", `${step} of ${steps} repairs made`);
    this.text.textContent = step === 0 ? START : this.repairText(step);
    for (const key of Object.keys(this.lanes)) this.drawLane(key, step);
  }

  repairText(step) {
    const { steps, timesteps, settings } = this.result;
    const from = timesteps[steps - step + 1];
    const to = timesteps[steps - step];
    const strength = formatNumber(settings.on.guidance_strength);
    const nudge = `The judge's nudge moves the guess by ${strength} of the noise that is left.`;
    return `Repair ${step}: from t = ${from} to ${to}. ${nudge}`;
  }

  drawLane(key, step) {
    const { noisy, guess, meters } = this.lanes[key];
    const title = this.titles[key];
    const measurement = this.result[key][step];
    drawTile(noisy.canvas, this.strips[`${key}-noisy`], step);
    drawTile(guess.canvas, this.strips[`${key}-x0`], step);
    noisy.canvas.setAttribute("aria-label", `${title}: the noisy latent after ${step} repairs, decoded`);
    guess.canvas.setAttribute("aria-label", `${title}: the guess at repair ${step}. ${spoken(measurement)}`);
    meters.show(measurement);
  }
}

function makeLane(key, title, reference) {
  const noisy = namedCanvas("what is kept, xₜ");
  const guess = namedCanvas("guess at the finished picture, x̂₀");
  const meters = new PictureMeters(reference);
  const part = element(
    "div",
    { className: "lane", "data-lane": key },
    element("h4", { textContent: title }),
    element("div", { className: "pair" }, noisy.part, guess.part),
    meters.part,
  );
  return { part, noisy, guess, meters };
}
