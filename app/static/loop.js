// The loop of raw ascent as a diagram: random picture → judge → gradient → update → strange artefact, and back to the judge.

import { element } from "./dom.js";
import { figure } from "./format.js";

const AMPLIFY = 8; // of the update, which is a few grey levels
const PHASE_MS = 430; // between two nodes in slow motion
const NODES = ["Random picture", "Judge", "Gradient", "Update", "Strange artefact"];
const SVG = "http://www.w3.org/2000/svg";

export class Loop {
  constructor() {
    this.nodes = NODES.map((name, index) => node(name, index === 2));
    this.arrows = NODES.slice(1).map(() => drawing("arrow", "0 0 34 24", '<path d="M1 12 H31 M22 4 L31 12 L22 20"/>'));
    this.back = drawing("back", "0 0 100 30", '<path d="M90 0 V14 Q90 24 86 24 H14 Q10 24 10 14 V3 M7.6 10 L10 2 L12.4 10"/>');
    this.back.setAttribute("preserveAspectRatio", "none");
    this.again = element("span", { className: "again" });
    const line = this.nodes.flatMap((one, index) => (index ? [this.arrows[index - 1], one.part] : [one.part]));
    this.part = element("section", { className: "loop", "aria-label": "The loop of raw ascent" }, ...line, this.back, this.again);
  }

  begin() {
    for (const { canvas } of this.nodes) canvas?.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  }

  destroy() {
    clearTimeout(this.timer);
  }

  /** One step: see Failure.draw. */
  show({ step, before, row, count, start, last, now, settings, gradient, reference, moved, playing }) {
    const [random, judge, pull, update, artefact] = this.nodes;
    this.again.textContent = `and again: step ${step} of ${row.total}`;
    paint(random.canvas, start);
    say(random, `The start: grey with ${Math.round(100 * settings.init_noise)} % noise.`, settings.canvas === "raw" ? "" : `Canvas: ${settings.canvas}.`);
    paint(judge.canvas, last ?? now);
    const band = reference?.score;
    say(judge, "", band ? `Photographs that fit get ${figure(band.p5)} to ${figure(band.p95)}.` : "How well it fits the prompt.", figure(row.score));
    pull.image.hidden = !gradient;
    if (gradient && pull.image.dataset.address !== gradient.address) {
      pull.image.dataset.address = pull.image.src = gradient.address;
      pull.image.alt = `The change that the judge asks for at step ${gradient.step}`;
    }
    const kept = gradient && gradient.step !== step ? ` Kept at step ${gradient.step}.` : "";
    say(pull, gradient ? `Which way each pixel should move to fit better.${kept}` : "Which way each pixel should move to fit better. None yet.");
    difference(update.canvas, last, now);
    say(update, before === undefined ? "No step yet." : `The step taken, ${AMPLIFY} times amplified. Rate ${settings.learning_rate}.`);
    paint(artefact.canvas, now);
    say(artefact, "", count === undefined ? "signs are being counted" : "of 5 signs of cheating", count === undefined ? "…" : String(count));
    for (const [one, name] of [[random, "Step 0"], [judge, "What the judge sees"], [update, "Change of this step"], [artefact, `Step ${step}`]]) {
      one.canvas.setAttribute("aria-label", name);
    }
    if (moved) this.light(step, playing);
  }

  /** Light the nodes one after another, or at once for who plays fast or asked for reduced motion. */
  light(step, fast) {
    clearTimeout(this.timer);
    if (step === 0) return this.lit(0);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.lit(4);
    if (fast) return this.lit(1 + (step % 4));
    const next = (phase) => {
      this.lit(phase);
      if (phase < 4) this.timer = setTimeout(() => next(phase + 1), PHASE_MS);
    };
    return next(1);
  }

  lit(phase) {
    this.nodes.forEach(({ part }, index) => part.classList.toggle("lit", index === phase));
    this.arrows.forEach((arrow, index) => arrow.classList.toggle("lit", index === phase - 1));
    this.back.classList.toggle("lit", phase === 1);
    this.part.dataset.phase = String(phase);
  }
}

function node(name, fetched) {
  const canvas = fetched ? undefined : element("canvas", { role: "img", "aria-label": name });
  const image = fetched ? element("img", { alt: "", hidden: true }) : undefined;
  const text = element("p");
  const part = element("div", { className: "node" }, element("h3", { textContent: name }), element("div", { className: "inside" }, element("div", {}, canvas ?? image), text));
  return { part, canvas, image, text };
}

/** Words of a node; `large` stands above them. */
function say({ text }, ...words) {
  const [first, second = "", large] = words;
  const said = [first, second].filter(Boolean).join(" ");
  const key = `${large ?? ""}|${said}`;
  if (text.dataset.key === key) return;
  text.dataset.key = key;
  text.replaceChildren(...(large === undefined ? [] : [element("b", { textContent: large })]), said);
}

export function paint(canvas, bitmap) {
  if (!bitmap) return;
  Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
}

/** The pixels of a bitmap: Uint8ClampedArray RGBA. */
export function pixels(bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
}

function difference(canvas, before, now) {
  const context = canvas.getContext("2d");
  if (!before || !now || before.width !== now.width) return context.clearRect(0, 0, canvas.width, canvas.height);
  const [old, fresh] = [pixels(before), pixels(now)];
  Object.assign(canvas, { width: now.width, height: now.height });
  const made = new ImageData(now.width, now.height);
  for (let i = 0; i < fresh.length; i += 1) made.data[i] = i % 4 === 3 ? 255 : 128 + AMPLIFY * (fresh[i] - old[i]);
  return context.putImageData(made, 0, 0);
}

function drawing(name, box, inside) {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("viewBox", box);
  made.setAttribute("class", name);
  made.setAttribute("aria-hidden", "true");
  made.innerHTML = inside;
  return made;
}
