// Noise on purpose: a real picture into noise, and the denoiser's way back, with and without the judge's nudge.

import { element, mounter, sheet } from "./dom.js";
import { figure } from "./format.js";
import { bitmap, choice, Job, tile } from "./job.js";
import { pixels } from "./loop.js";
import { Figures, spoken } from "./measures.js";
import { Transport } from "./transport.js";

const style = [await sheet("lesson.css"), await sheet("noise.css")];
const LANES = { off: "Text only: the judge is silent", on: "Text, and the judge nudges" };
const STRIPS = ["forward", ...Object.keys(LANES).flatMap((lane) => ["x0", "noisy", "leaps"].map((name) => `${lane}-${name}`))];
const MOST_SEEDS = 100;

class Noise {
  constructor(root) {
    this.job = new Job((result, address) => this.take(result, address));
    this.place = element("div", {});
    root.append(element("div", { className: "lesson" }, this.place));
  }

  update(data, act) {
    this.act = act;
    if (!this.built) this.build(data);
    this.job.watch(data.base, data.job, data);
  }

  build({ scenes, reference }) {
    this.built = true;
    this.reference = reference;
    this.scenes = choice("Picture", scenes.map(({ key, prompt }) => ({ key, text: prompt })), (scene) => this.ask({ scene, seed: this.result?.seed ?? 0 }));
    const again = element("button", { type: "button", textContent: "Other noise", title: "The same picture with another noise" });
    again.addEventListener("click", () => this.result && this.ask({ scene: this.result.scene, seed: (this.result.seed + 1) % MOST_SEEDS }));
    this.place.append(
      element("div", { className: "row top" }, this.scenes, again, this.job.part),
      element("div", { className: "two" }, this.buildForward(), this.buildBack()), this.buildLeaps());
    this.transport = new Transport(this.page, () => this.draw(), {});
  }

  destroy() {
    this.job.stop();
    this.transport?.destroy();
  }

  ask(request) {
    this.act("ask", JSON.stringify(request));
  }

  buildForward() {
    this.level = element("input", { type: "range", min: "0", max: "1", value: "0", "aria-label": "Noise level" });
    this.level.addEventListener("input", () => this.drawForward());
    // The arrow keys of this slider are its own.
    this.level.addEventListener("keydown", (event) => event.stopPropagation());
    this.levelRead = element("span", { className: "readout" });
    this.formula = element("p", { className: "quiet" });
    this.inPixels = picture("In pixels", "Computed here, as textbooks show it.");
    this.inLatents = picture("In latents, decoded", "What this denoiser is taught on.");
    this.forwardFigures = new Figures(this.reference);
    return element("section", { className: "card", "aria-label": "Into noise" },
      element("h3", { textContent: "1 · Into noise" }), this.formula,
      element("div", { className: "row" }, element("span", { textContent: "clean" }), this.level, element("span", { textContent: "noise" }), this.levelRead),
      element("div", { className: "pair" }, this.inPixels.part, this.inLatents.part),
      element("p", { className: "quiet", textContent: "The right picture, measured:" }), this.forwardFigures.part);
  }

  buildBack() {
    const button = (text, title) => element("button", { type: "button", textContent: text, title, "aria-label": title });
    const play = button("▶", "Play");
    const speed = element("select", { "aria-label": "Speed of playing" }, new Option("slow", "0.6"), new Option("1×", "1"), new Option("2×", "2"));
    this.page = {
      play, speed, back: button("◀", "One repair back"), forth: button("▶❘", "One repair on"), live: element("button", { hidden: true }),
      slider: element("input", { type: "range", min: "0", max: "1", value: "0", "aria-label": "Repairs made" }),
      readout: element("span"), counter: element("span"),
      setPlaying: (on) => {
        play.textContent = on ? "❚❚" : "▶";
        play.setAttribute("aria-label", on ? "Pause" : "Play");
      },
    };
    this.stepRead = element("span", { className: "readout" });
    this.backText = element("p", { className: "quiet" });
    this.lanes = Object.fromEntries(Object.entries(LANES).map(([lane, title]) => [lane, this.lane(lane, title)]));
    return element("section", { className: "card", "aria-label": "The way back" },
      element("h3", { textContent: "2 · The way back, one careful repair at a time" }), this.backText,
      element("div", { className: "row" }, this.page.back, play, this.page.forth, this.page.slider, this.stepRead, speed),
      element("div", { className: "lanes" }, ...Object.values(this.lanes).map(({ part }) => part)));
  }

  lane(lane, title) {
    const [noisy, x0] = [picture("what is kept, x_t", ""), picture("guess of the end, x̂₀", "")];
    const figures = new Figures(this.reference);
    const part = element("div", { className: "lane" }, element("h4", { textContent: title }), element("div", { className: "pair" }, noisy.part, x0.part), figures.part);
    part.dataset.lane = lane;
    return { part, noisy, x0, figures };
  }

  buildLeaps() {
    this.shelf = element("div", { className: "shelf" });
    this.leapText = element("p", { className: "quiet" });
    return element("section", { className: "leaps", "aria-label": "One giant leap against many small repairs" },
      element("h3", { textContent: "3 · One giant leap, or many small repairs" }), this.leapText, this.shelf);
  }

  async take(result, address) {
    const [real, ...strips] = await Promise.all([bitmap(`${address}/real.png`), ...STRIPS.map((name) => bitmap(`${address}/${name}.webp`))]);
    const first = !this.result;
    this.result = result;
    this.strips = Object.fromEntries(STRIPS.map((name, index) => [name, strips[index]]));
    this.real = real;
    this.grain = undefined;
    this.scenes.press(result.scene);
    this.level.max = String(result.steps);
    if (first) {
      this.level.value = String(Math.round(result.steps * 0.4));
      this.transport.reset({ places: result.steps });
      this.transport.extend(0.48, false);
    }
    this.drawForward();
    this.drawLeaps();
    this.transport.redraw();
  }

  drawForward() {
    if (!this.result) return;
    const at = Number(this.level.value);
    const { alpha_bar: alphas, timesteps, forward } = this.result;
    const [keep, add] = [Math.sqrt(alphas[at]), Math.sqrt(1 - alphas[at])];
    this.levelRead.textContent = `t = ${timesteps[at]}`;
    this.level.setAttribute("aria-valuetext", `t = ${timesteps[at]}: ${figure(keep)} of the picture and ${figure(add)} of the noise`);
    this.formula.textContent = `x_t = √ᾱ · picture + √(1−ᾱ) · noise = ${figure(keep)} · picture + ${figure(add)} · noise. No network: any level in one step.`;
    this.drawNoised(keep, add);
    tile(this.inLatents.canvas, this.strips.forward, at);
    this.inLatents.canvas.setAttribute("aria-label", `In latents, decoded, t = ${timesteps[at]}. ${spoken(forward[at])}`);
    this.inPixels.canvas.setAttribute("aria-label", `In pixels, t = ${timesteps[at]}`);
    this.forwardFigures.show(forward[at]);
  }

  /** x_t = keep · x + add · ε on pixels in −1 … 1, cut off where the screen ends. */
  drawNoised(keep, add) {
    const { width, height } = this.real;
    const from = pixels(this.real);
    this.grain ??= gaussians(width * height * 3, this.result.seed);
    const made = new ImageData(width, height);
    for (let i = 0, g = 0; i < from.length; i += 1) {
      if (i % 4 === 3) made.data[i] = 255;
      else made.data[i] = 127.5 * (keep * (from[i] / 127.5 - 1) + add * this.grain[g++] + 1);
    }
    Object.assign(this.inPixels.canvas, { width, height });
    this.inPixels.canvas.getContext("2d").putImageData(made, 0, 0);
  }

  draw() {
    if (!this.result) return;
    const step = this.transport.place;
    const { steps, timesteps, settings } = this.result;
    this.stepRead.textContent = `${step} of ${steps}`;
    this.page.slider.setAttribute("aria-valuetext", `${step} of ${steps} repairs made`);
    this.backText.textContent = step === 0
      ? `Both begin with the same noise. Each repair: guess the finished picture, then keep a little of the guess and as much noise as belongs to the next level.`
      : `Repair ${step}: from t = ${timesteps[steps - step + 1]} to ${timesteps[steps - step]}. The judge's nudge moves the guess by ${figure(settings.on.guidance_strength)} of the noise that is left.`;
    for (const [lane, { noisy, x0, figures }] of Object.entries(this.lanes)) {
      const found = this.result[lane][step];
      tile(noisy.canvas, this.strips[`${lane}-noisy`], step);
      tile(x0.canvas, this.strips[`${lane}-x0`], step);
      noisy.canvas.setAttribute("aria-label", `${LANES[lane]}: the noisy latent after ${step} repairs, decoded`);
      x0.canvas.setAttribute("aria-label", `${LANES[lane]}: the guess at repair ${step}. ${spoken(found)}`);
      figures.show(found);
    }
  }

  drawLeaps() {
    const { leaps, leap_figures: figures } = this.result;
    const [alone, nudged] = [figures.off, figures.on];
    const change = (from, to) => `${figure(from)} to ${figure(to)}`;
    this.leapText.textContent = `All from the same noise. One leap is the denoiser’s guess from pure noise: near the average of all that it could become. With more, smaller repairs every guess builds on the one before: the held-out judge goes from ${change(alone[0].heldout, alone.at(-1).heldout)}. After ${leaps.at(-1)} repairs the nudge has moved the judge from ${change(alone.at(-1).score, nudged.at(-1).score)}, the held-out judge from ${change(alone.at(-1).heldout, nudged.at(-1).heldout)}, realism from ${change(alone.at(-1).realism, nudged.at(-1).realism)}.`;
    this.shelf.replaceChildren(...Object.keys(LANES).map((lane) => element("div", { className: "group" },
      element("h4", { textContent: LANES[lane] }),
      ...leaps.map((count, index) => this.leap(lane, count, index, figures[lane][index])))));
  }

  leap(lane, count, index, found) {
    const name = count === 1 ? "1 giant leap" : `${count} repairs`;
    const canvas = element("canvas", { role: "img", "aria-label": `${LANES[lane]}, ${name}. ${spoken(found)}` });
    tile(canvas, this.strips[`${lane}-leaps`], index);
    const cells = [["Judge", "score"], ["Held-out", "heldout"], ["Realism", "realism"]].flatMap(([label, key]) => {
      const value = element("b", { textContent: figure(found[key]) });
      value.dataset.out = String(found[key] < this.reference[key].p5);
      return [element("span", { textContent: label }), value];
    });
    return element("figure", {}, canvas, element("figcaption", {}, element("b", { textContent: name })), element("div", { className: "small" }, ...cells));
  }
}

function picture(name, text) {
  const canvas = element("canvas", { role: "img", "aria-label": name });
  const part = element("figure", {}, canvas, element("figcaption", {}, element("b", { textContent: name }), ` ${text}`));
  return { canvas, part };
}

/** Standard normal numbers that depend on the seed alone (mulberry32, Box and Muller 1958). */
function gaussians(count, seed) {
  let state = seed + 1;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return Float32Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()));
}

export default mounter(Noise, style);
