// Noise on purpose: a real picture into noise, and the denoiser's way back, with and without the judge's
// nudge.

import { fetchBitmap } from "../../shared/canvas.js";
import { button, choice, element, mounter, sheets } from "../../shared/dom.js";
import { LessonJob } from "../lesson-job.js";
import { SharedScale } from "../shared-scale.js";
import { GiantLeaps } from "./giant-leaps.js";
import { IntoNoise } from "./into-noise.js";
import { WayBack } from "./way-back.js";

const style = await sheets(import.meta.url, "../lesson.css", "./noise-on-purpose.css");
const LANES = { off: "Text only: the judge is silent", on: "Text, and the judge nudges" };
const LANE_STRIPS = ["x0", "noisy", "leaps"];
const STRIPS = [
  "forward",
  ...Object.keys(LANES).flatMap((lane) => LANE_STRIPS.map((name) => `${lane}-${name}`)),
];
const MOST_SEEDS = 100;

class NoiseOnPurpose {
  constructor(root) {
    this.job = new LessonJob((result, address, signal) => this.take(result, address, signal));
    this.place = element("div", {});
    root.append(element("div", { className: "lesson" }, this.place));
  }

  update(data, act) {
    this.act = act;
    if (!this.scenes) this.build(data);
    this.job.watch(data.base, data.job, data);
  }

  build({ scenes, reference }) {
    const choices = scenes.map(({ key, prompt }) => ({ key, text: prompt }));
    this.scenes = choice("Picture", choices, (scene) => this.ask({ scene, seed: this.result?.seed ?? 0 }));
    const again = button("Different noise", () => this.askAgain(), {
      title: "The same picture with different noise",
    });
    this.scale = new SharedScale(reference);
    const { bands } = this.scale;
    this.intoNoise = new IntoNoise(bands);
    this.wayBack = new WayBack(LANES, bands);
    this.leaps = new GiantLeaps(LANES, bands);
    this.place.append(
      element("div", { className: "row top" }, this.scenes, again, this.job.part),
      element("div", { className: "two" }, this.intoNoise.part, this.wayBack.part),
      this.leaps.part,
    );
  }

  destroy() {
    this.job.stop();
    this.wayBack?.destroy();
  }

  ask(request) {
    this.act("ask", JSON.stringify(request));
  }

  askAgain() {
    if (!this.result) return;
    const { scene, seed } = this.result;
    this.ask({ scene, seed: (seed + 1) % MOST_SEEDS });
  }

  async take(result, address, signal) {
    const files = ["real.png", ...STRIPS.map((name) => `${name}.webp`)];
    const [real, ...loaded] = await Promise.all(
      files.map((file) => fetchBitmap(`${address}/${file}`, signal)),
    );
    const strips = Object.fromEntries(STRIPS.map((name, i) => [name, loaded[i]]));
    this.result = this.shown(result);
    this.scenes.press(result.scene);
    this.intoNoise.show(this.result, real, strips.forward);
    this.wayBack.show(this.result, strips);
    this.leaps.show(this.result, strips);
  }

  /** The result with its measurements as they are shown. */
  shown(result) {
    const all = (measured) => measured.map((one) => this.scale.shown(one));
    const { forward, off, on, leap_figures: leaps } = result;
    const figures = Object.fromEntries(Object.entries(leaps).map(([lane, found]) => [lane, all(found)]));
    return { ...result, forward: all(forward), off: all(off), on: all(on), leap_figures: figures };
  }
}

export default mounter(NoiseOnPurpose, style);
