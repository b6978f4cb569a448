// The way into noise: a slider for the noise level, the picture in pixels and in latents.

import { drawPixels, drawTile, pixelsOf } from "../../shared/canvas.js";
import { element } from "../../shared/dom.js";
import { formatNumber } from "../../shared/format.js";
import { spoken } from "../../shared/measures.js";
import { PictureMeters } from "../../shared/meter.js";
import { gaussians } from "./gaussians.js";
import { namedCanvas } from "./named-canvas.js";

const FIRST_LEVEL = 0.4; // share of the slider
const HALF = 127.5; // half the range of a pixel: 0 … 255 becomes −1 … 1

/** The first part of the page. */
export class IntoNoise {
  /** @param {Record<string, any>} reference the pack's bands of real pictures by measure */
  constructor(reference) {
    this.level = element("input", {
      type: "range",
      min: "0",
      max: "1",
      value: "0",
      "aria-label": "Noise level",
    });
    this.level.addEventListener("input", () => this.draw());
    // The arrow keys of this slider are its own.
    this.level.addEventListener("keydown", (event) => event.stopPropagation());
    this.readout = element("span", { className: "readout" });
    this.formula = element("p", { className: "quiet" });
    this.inPixels = namedCanvas("In pixels", "Computed in your browser, the way textbooks show it.");
    this.inLatents = namedCanvas("In latents, decoded", "What this denoiser was trained on.");
    this.meters = new PictureMeters(reference);
    this.part = this.build();
  }

  build() {
    const clean = element("span", { textContent: "clean" });
    const noise = element("span", { textContent: "noise" });
    return element(
      "section",
      { className: "card", "aria-label": "Into noise" },
      element("h3", { textContent: "1 · Into noise" }),
      this.formula,
      element("div", { className: "row" }, clean, this.level, noise, this.readout),
      element("div", { className: "pair" }, this.inPixels.part, this.inLatents.part),
      element("p", { className: "quiet", textContent: "The picture on the right, measured:" }),
      this.meters.part,
    );
  }

  /**
   * @param {any} result of the computation
   * @param {ImageBitmap} real the picture without noise
   * @param {ImageBitmap} strip it in latents, decoded, at every level
   */
  show(result, real, strip) {
    const first = !this.result;
    this.result = result;
    this.strip = strip;
    this.size = { width: real.width, height: real.height };
    this.pixels = pixelsOf(real);
    this.noise = gaussians(this.pixels.length, result.seed);
    this.level.max = String(result.steps);
    if (first) this.level.value = String(Math.round(FIRST_LEVEL * result.steps));
    this.draw();
  }

  draw() {
    if (!this.result) return;
    const at = Number(this.level.value);
    const { alpha_bar: alphas, timesteps, forward } = this.result;
    const keep = Math.sqrt(alphas[at]);
    const add = Math.sqrt(1 - alphas[at]);
    const name = `t = ${timesteps[at]}`;
    this.readout.textContent = name;
    this.describe(name, formatNumber(keep), formatNumber(add));
    this.drawNoisy(keep, add);
    drawTile(this.inLatents.canvas, this.strip, at);
    this.inPixels.canvas.setAttribute("aria-label", `In pixels, ${name}`);
    this.inLatents.canvas.setAttribute("aria-label", `In latents, decoded, ${name}. ${spoken(forward[at])}`);
    this.meters.show(forward[at]);
  }

  describe(name, keep, add) {
    this.level.setAttribute("aria-valuetext", `${name}: ${keep} of the picture and ${add} of the noise`);
    this.formula.textContent =
      `xₜ = √ᾱ · picture + √(1−ᾱ) · noise = ${keep} · picture + ${add} · noise. ` +
      "No network needed: any level in one step.";
  }

  /** x_t = keep · x + add · ε on pixels in −1 … 1, cut off where the screen ends. */
  drawNoisy(keep, add) {
    const { width, height } = this.size;
    const clean = (at) => this.pixels[at] / HALF - 1;
    const noisy = (at) => keep * clean(at) + add * this.noise[at];
    drawPixels(this.inPixels.canvas, width, height, (at) => HALF * (noisy(at) + 1));
  }
}
