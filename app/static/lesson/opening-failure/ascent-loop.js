// The loop of raw ascent as a diagram: random picture → judge → gradient → update → strange artefact, and
// back to the judge.

import { clearCanvas, drawExact, drawPixels, pixelsOf } from "../../shared/canvas.js";
import { element, svg } from "../../shared/dom.js";
import { formatNumber } from "../../shared/format.js";

const AMPLIFY = 8; // of the update, which is a few grey levels
const GREY = 128;
const PHASE_MS = 430; // between two nodes in slow motion
const NAMES = ["Random picture", "Judge", "Gradient", "Update", "Strange artefact"];
const LAST = NAMES.length - 1;
const ARROW = "M1 12 H31 M22 4 L31 12 L22 20";
const WAY_BACK = "M90 0 V14 Q90 24 86 24 H14 Q10 24 10 14 V3 M7.6 10 L10 2 L12.4 10";
const GRADIENT_TEXT = "Which way each pixel should change to fit better.";

/**
 * What is shown of one step.
 * @typedef {object} Step
 * @property {number} step
 * @property {any} row its measurement and the number of steps
 * @property {number | undefined} count signs of cheating, or undefined while they are being counted
 * @property {ImageBitmap} [start] the first picture
 * @property {ImageBitmap} [before] the picture of the step before
 * @property {ImageBitmap} [now]
 * @property {boolean} moved whether there is a step before
 * @property {Record<string, any>} settings of the painter
 * @property {string} words what it started from
 * @property {{step: number, address: string}} [gradient]
 * @property {Record<string, any> | null} reference the pack's bands by measure
 */

/** Five nodes and the arrows between them. */
export class AscentLoop {
  constructor() {
    this.nodes = {
      random: new LoopNode(NAMES[0]),
      judge: new LoopNode(NAMES[1]),
      gradient: new LoopNode(NAMES[2]),
      update: new LoopNode(NAMES[3]),
      artefact: new LoopNode(NAMES[4]),
    };
    this.image = element("img", { alt: "", hidden: true });
    this.nodes.gradient.canvas.replaceWith(this.image); // it has a file of its own
    this.arrows = NAMES.slice(1).map(() => drawing("arrow", "0 0 34 24", ARROW));
    this.back = drawing("back", "0 0 100 30", WAY_BACK);
    this.back.setAttribute("preserveAspectRatio", "none");
    this.again = element("span", { className: "again" });
    this.parts = Object.values(this.nodes).map(({ part }) => part);
    const line = this.parts.flatMap((part, i) => (i ? [this.arrows[i - 1], part] : [part]));
    const label = { className: "loop", "aria-label": "The loop of raw ascent" };
    this.part = element("section", label, ...line, this.back, this.again);
  }

  /** Another run comes on stage. */
  begin() {
    for (const { canvas } of Object.values(this.nodes)) clearCanvas(canvas);
  }

  destroy() {
    clearTimeout(this.timer);
  }

  /** @param {Step} step */
  show(step) {
    this.again.textContent = `and again: step ${step.step} of ${step.row.total}`;
    this.showPictures(step);
    this.showGradient(step);
    this.showWords(step);
  }

  showPictures({ step, start, before, now }) {
    const { random, judge, update, artefact } = this.nodes;
    random.draw(start, "Step 0");
    judge.draw(before ?? now, "What the judge sees");
    artefact.draw(now, `Step ${step}`);
    update.canvas.setAttribute("aria-label", "Change of this step");
    drawDifference(update.canvas, before, now);
  }

  showGradient({ step, gradient }) {
    const kept = gradient && gradient.step !== step ? ` From step ${gradient.step}.` : "";
    this.nodes.gradient.say(GRADIENT_TEXT + (gradient ? kept : " None yet."));
    this.image.hidden = !gradient;
    if (!gradient || this.image.dataset.address === gradient.address) return;
    this.image.dataset.address = gradient.address;
    this.image.src = gradient.address;
    this.image.alt = `The change that the judge asks for at step ${gradient.step}`;
  }

  showWords({ row, count, moved, settings, words, reference }) {
    const { random, judge, update, artefact } = this.nodes;
    const canvas = settings.canvas === "raw" ? "" : ` Canvas: ${settings.canvas}.`;
    const band = reference?.score;
    const fitting = band && `${formatNumber(band.p5)} to ${formatNumber(band.p95)}`;
    random.say(`The start: ${words}.${canvas}`);
    judge.say(
      fitting ? `Real pictures that fit score ${fitting}.` : "How well it fits the prompt.",
      formatNumber(row.score),
    );
    update.say(
      moved ? `The step taken, amplified ${AMPLIFY} times. Rate ${settings.learning_rate}.` : "No step yet.",
    );
    if (count === undefined) artefact.say("counting the signs", "…");
    else artefact.say("of 5 signs of cheating", String(count));
  }

  /**
   * Light the nodes one after another, or at once for who plays fast or asked for reduced motion.
   * @param {number} step
   * @param {boolean} fast
   */
  light(step, fast) {
    clearTimeout(this.timer);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (step === 0) this.lightPhase(0);
    else if (calm) this.lightPhase(LAST);
    else if (fast) this.lightPhase(1 + (step % LAST));
    else this.lightFrom(1);
  }

  lightFrom(phase) {
    this.lightPhase(phase);
    if (phase < LAST) this.timer = setTimeout(() => this.lightFrom(phase + 1), PHASE_MS);
  }

  lightPhase(phase) {
    this.parts.forEach((part, i) => part.classList.toggle("lit", i === phase));
    this.arrows.forEach((arrow, i) => arrow.classList.toggle("lit", i === phase - 1));
    this.back.classList.toggle("lit", phase === 1);
    this.part.dataset.phase = String(phase);
  }
}

/** One node: a picture and words. */
class LoopNode {
  constructor(name) {
    this.canvas = element("canvas", { role: "img", "aria-label": name });
    this.text = element("p");
    const inside = element("div", { className: "inside" }, element("div", {}, this.canvas), this.text);
    this.part = element("div", { className: "node" }, element("h3", { textContent: name }), inside);
  }

  draw(bitmap, label) {
    this.canvas.setAttribute("aria-label", label);
    drawExact(this.canvas, bitmap);
  }

  /** @param {string} words. @param {string} [large] stands above them */
  say(words, large = "") {
    const key = `${large}|${words}`;
    if (this.text.dataset.key === key) return;
    this.text.dataset.key = key;
    this.text.replaceChildren(...(large ? [element("b", { textContent: large })] : []), words);
  }
}

/** What one step has changed, amplified; grey where nothing. */
function drawDifference(canvas, before, now) {
  if (!before || !now || before.width !== now.width) {
    clearCanvas(canvas);
    return;
  }
  const old = pixelsOf(before);
  const fresh = pixelsOf(now);
  drawPixels(canvas, now.width, now.height, (at) => GREY + AMPLIFY * (fresh[at] - old[at]));
}

function drawing(className, viewBox, d) {
  return svg("svg", { viewBox, class: className, "aria-hidden": "true" }, svg("path", { d }));
}
