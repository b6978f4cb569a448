// "What the judge sees": for the slider's place the cutouts, the change the judge asks for, and for diffusion the
// prediction and the noisy latent. They lie over the curves, so nothing else moves when they come and go.

import { element, sheet } from "./dom.js";
import { sign } from "./page.js";

const POLL_MS = 1000;
const NO_NUDGE = "no nudge at this step";

/** Name → label, sentence, and what the enlarged picture says besides; `count` is the number of cutouts. */
const PICTURES = {
  x0: () => ["x0 prediction", "What the denoiser takes the finished picture to be, before the judge's nudge.",
    "The large picture on the page is this one after the nudge."],
  cutouts: (count) => (count > 1
    ? ["cutouts", `The ${count} random crops that the judge was shown, some mirrored.`,
      "Its loss is their average, so it cannot praise one corner only."]
    : ["shown to the judge", "The whole picture as it was before this step.",
      "One cutout means the whole picture, unchanged: nothing keeps the judge from rewarding single pixels."]),
  gradient: () => ["gradient", "The change the judge asks for; grey means none.",
    "Brighter or more colourful means: more of that here. Three standard deviations fill the range, so it shows where and how, not how much."],
  noisy: () => ["noisy latent", "What goes on to the next step, decoded: less noise each time.",
    "The sampler keeps this, not the prediction; at the last step both are the same."],
};

export class Lens {
  constructor(player, root, marks) {
    this.player = player;
    this.root = root;
    this.marks = marks;
    this.on = false;
    this.groups = {};
    this.button = element("button", {
      type: "button", className: "see", textContent: "What the judge sees", title: "Cutouts, gradients and latents (L)", "aria-pressed": "false",
    });
    this.button.addEventListener("click", () => this.toggle());
    player.page.present.before(this.button);
    this.panel = element("section", { className: "lens", "aria-label": "What the judge sees" });
    this.box = new ResizeObserver(() => this.place());
  }

  async toggle() {
    this.on = !this.on;
    this.button.setAttribute("aria-pressed", String(this.on));
    this.style ??= sheet("lens.css").then((style) => { this.root.adoptedStyleSheets = [...this.root.adoptedStyleSheets, style]; });
    await this.style;
    this.player.page.root.classList.toggle("seeing", this.on);
    if (!this.on) {
      this.box.disconnect();
      this.panel.remove();
      return;
    }
    this.player.page.root.append(this.panel);
    for (const part of [this.player.page.root, ...Object.values(this.player.page.charts)]) this.box.observe(part);
    this.place();
    this.player.transport.redraw();
  }

  destroy() {
    this.run = undefined;
    this.box.disconnect();
    clearTimeout(this.timer);
  }

  /** A run comes on stage. */
  begin(state) {
    clearTimeout(this.timer);
    this.dialog?.remove();
    this.dialog = undefined;
    this.run = state.id;
    this.index = undefined;
    this.asking = this.complete = false;
    this.groups = Object.fromEntries(state.painters.map(({ name }) => [name, this.group(name, state.settings?.[name] ?? {})]));
    this.panel.replaceChildren(...Object.values(this.groups).map(({ part }) => part));
  }

  /** Over the charts below the pictures: one beside them stays in sight. */
  place() {
    const { root, charts, row } = this.player.page;
    const origin = root.getBoundingClientRect();
    const below = row.getBoundingClientRect().bottom;
    const covered = [];
    for (const chart of Object.values(charts)) {
      const box = chart.getBoundingClientRect();
      chart.classList.toggle("covered", box.top >= below);
      if (box.top >= below) covered.push(box);
    }
    if (!covered.length) return;
    const edge = (side, pick) => pick(...covered.map((box) => box[side]));
    const [top, left] = [edge("top", Math.min), edge("left", Math.min)];
    Object.assign(this.panel.style, {
      top: `${top - origin.top}px`, left: `${left - origin.left}px`,
      width: `${edge("right", Math.max) - left}px`, height: `${edge("bottom", Math.max) - top}px`,
    });
  }

  draw(rows) {
    if (!this.on || !this.run) return;
    this.ask();
    for (const row of rows) this.drawGroup(row);
    if (this.dialog?.open) this.drawDialog();
  }

  drawGroup({ painter, step }) {
    const { cells, note } = this.groups[painter];
    const steps = this.index?.[painter] ?? {};
    const found = nearest(Object.keys(steps).map(Number), step);
    note.textContent = found === undefined ? "" : `step ${found}${found === step ? "" : ", the nearest kept"}`;
    for (const cell of cells) {
      const judged = found !== undefined && steps[found].includes("gradient");
      const there = cell.whole ? judged : found !== undefined && steps[found].includes(cell.name);
      cell.part.classList.toggle("empty", !there);
      cell.button.disabled = !there;
      cell.wait.textContent = found === undefined ? this.waiting() : NO_NUDGE;
      if (!there) continue;
      cell.step = found;
      cell.image.alt = `${this.marks[painter].label}, step ${found}, ${cell.label}: ${cell.text}`;
      show(cell.image, this.address(painter, found, cell));
    }
  }

  waiting() {
    if (!this.index || this.player.state?.active) return "being made…";
    return "not kept for this run";
  }

  /** The whole picture that the judge was shown is the frame before this step. */
  address(painter, step, { name, whole }) {
    const { base } = this.player;
    return whole ? `${base}/frames/${this.run}/${painter}/${step - 1}.png` : `${base}/extras/${this.run}/${painter}/${step}/${name}`;
  }

  /** Ask which pictures there are; drawing asks again, at most once a second, while the run goes on. */
  async ask() {
    if (this.asking || this.complete) return;
    this.asking = true;
    const { run } = this;
    const ended = this.player.state && !this.player.state.active;
    try {
      const answer = await fetch(`${this.player.base}/extras/${run}.json`, { cache: "no-store" });
      if (run !== this.run) return;
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      this.index = await answer.json();
      this.complete = ended;
    } catch (error) {
      if (run !== this.run) return;
      console.warn("What the judge saw could not be fetched; trying again.", error);
    }
    const again = () => {
      this.asking = false;
      this.player.transport.redraw();
    };
    this.player.transport.redraw();
    this.timer = setTimeout(again, POLL_MS);
  }

  /** One painter: its name and a cell for each picture it can show. */
  group(painter, settings) {
    const note = element("span", { className: "note" });
    const cells = namesFor(painter, settings).map((name) => this.cell(painter, name, settings.cutouts));
    const part = element("div", { className: "group", "data-painter": painter, role: "group", "aria-label": this.marks[painter].label },
      element("div", { className: "head" }, sign(this.marks[painter]), element("h3", { textContent: this.marks[painter].label }), note),
      ...cells.map((cell) => cell.part));
    part.style.setProperty("--cells", cells.length);
    return { part, note, cells };
  }

  cell(painter, name, count) {
    const [label, text, more] = PICTURES[name](count);
    const image = element("img", { alt: "", draggable: false });
    const wait = element("span", { className: "waiting" });
    const button = element("button", { type: "button", className: "look", title: "Enlarge" }, image, wait);
    const part = element("div", { className: "cell empty", "data-name": name }, button,
      element("b", { textContent: label }), element("p", { textContent: text }));
    const whole = name === "cutouts" && !(count > 1);
    const cell = { painter, name, whole, label, text, more, image, wait, button, part };
    button.addEventListener("click", () => this.enlarge(cell));
    return cell;
  }

  enlarge(cell) {
    this.dialog ??= this.buildDialog();
    this.enlarged = cell;
    this.drawDialog();
    this.dialog.showModal();
  }

  buildDialog() {
    const title = element("h2", { id: "lens-title" });
    const image = element("img", { alt: "" });
    const text = element("p");
    const close = element("button", { type: "button", textContent: "Close" });
    const dialog = element("dialog", { className: "large", "aria-labelledby": "lens-title" },
      element("div", { className: "head" }, title, close), image, text);
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    // The dialog closes itself; the presenter view, which listens too, is meant to stay.
    dialog.addEventListener("keydown", (event) => event.key === "Escape" && event.stopPropagation());
    Object.assign(dialog, { drawn: { title, image, text } });
    this.player.page.root.append(dialog);
    return dialog;
  }

  /** The arrow keys go on stepping, so the enlarged picture follows them. */
  drawDialog() {
    const { painter, label, text, more, image, step } = this.enlarged;
    const { drawn } = this.dialog;
    drawn.title.textContent = `${this.marks[painter].label}, step ${step}: ${label}`;
    drawn.text.textContent = `${text} ${more}`;
    drawn.image.alt = image.alt;
    show(drawn.image, image.getAttribute("src"));
  }
}

/** Which pictures a painter shows with these settings, in the order in which they come about. */
function namesFor(painter, settings) {
  if (painter !== "diffusion") return ["cutouts", "gradient"];
  const judged = settings.mode !== "text" && settings.guidance_strength !== 0;
  // With one cutout the judge is shown the whole prediction, which is there already.
  return ["x0", ...(judged && settings.cutouts > 1 ? ["cutouts"] : []), ...(judged ? ["gradient"] : []), "noisy"];
}

function nearest(steps, wanted) {
  return steps.length ? steps.reduce((a, b) => (Math.abs(b - wanted) < Math.abs(a - wanted) ? b : a)) : undefined;
}

/** Setting the same address again would fetch it again in some browsers. */
function show(image, address) {
  if (image.getAttribute("src") !== address) image.src = address;
}
