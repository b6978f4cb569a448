// A second run, B, laid over the one shown: pale thin curves, and a wipe between the two pictures of each painter.

import { element } from "./dom.js";
import { Frames } from "./frames.js";
import { paint } from "./page.js";
import { Series } from "./series.js";

const POLL_MS = 1000;

export class Overlay {
  constructor(player, marks) {
    this.player = player;
    this.marks = marks;
    this.series = new Series();
    this.frames = new Frames(() => player.transport.redraw());
    this.panes = {};
    this.run = null;
  }

  /** Show this run as B; null for none. */
  show(run) {
    if (run === this.run) return;
    this.run = run;
    this.visit = Symbol("visit");
    this.state = undefined;
    this.seq = 0;
    this.series.reset([]);
    this.frames.clear();
    this.build();
    this.player.plots.setRival(this.series);
    if (run) this.poll(this.visit);
  }

  destroy() {
    this.visit = null;
    clearTimeout(this.timer);
    this.frames.clear();
  }

  async poll(visit) {
    let wait = POLL_MS;
    try {
      const answer = await fetch(`${this.player.base}/runs/${this.run}.json?after=${this.seq}`, { cache: "no-store" });
      if (visit !== this.visit) return;
      if (answer.status === 404) return this.tell(["Run B is not stored here."]);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const state = await answer.json();
      if (visit !== this.visit) return;
      this.apply(state);
      if (!state.active) wait = 0;
    } catch (error) {
      console.warn("Run B could not be fetched; trying again.", error);
    }
    if (wait) this.timer = setTimeout(() => visit === this.visit && this.poll(visit), wait);
  }

  apply(state) {
    const first = !this.state;
    this.state = state;
    this.seq = state.seq;
    if (first) {
      this.series.reset(state.painters);
      this.frames.show(`${this.player.base}/frames/${state.id}`);
      this.build();
    }
    this.series.add(state.rows);
    this.player.plots.setRival(this.series);
    this.player.transport.redraw();
  }

  /** Run A has come on stage: its panels are new. */
  begin(state) {
    this.first = state;
    this.build();
  }

  /** B's canvas and the wipe in every panel that both runs have, and the line that names the differences. */
  build() {
    for (const { canvas, wipe } of Object.values(this.panes)) for (const part of [canvas, ...wipe]) part.remove();
    this.panes = {};
    this.player.page.overlay.hidden = !this.run;
    if (!this.run || !this.state || !this.first) return this.tell(this.run ? ["Run B is being fetched."] : []);
    for (const { name } of this.state.painters) {
      const panel = this.player.page.panels[name];
      if (panel) this.panes[name] = this.pane(name, panel);
    }
    return this.tell([differences(this.first, this.state, this.marks)]);
  }

  pane(name, { section }) {
    const canvas = element("canvas", { className: "b", role: "img" });
    const slider = element("input", {
      type: "range", className: "wipe", min: "0", max: "100", value: "50",
      "aria-label": `${this.marks[name].label}: how much of run A's picture covers run B's`,
    });
    const labels = [element("span", { className: "tag a", textContent: "A" }), element("span", { className: "tag b", textContent: "B" })];
    const frame = section.querySelector(".frame");
    const move = () => frame.style.setProperty("--wipe", `${slider.value}%`);
    slider.addEventListener("input", move);
    move();
    frame.append(canvas, ...labels, element("i", { className: "edge" }));
    frame.after(slider);
    return { canvas, wipe: [slider, ...labels, frame.lastChild] };
  }

  tell(sentences) {
    this.player.page.overlay.replaceChildren(...sentences.map((sentence) => element("p", { textContent: sentence })));
  }

  draw(now, share) {
    for (const [name, { canvas }] of Object.entries(this.panes)) {
      const row = this.series.at(name, share);
      const kept = row && this.series.withFrame(name, row.step);
      if (!kept) continue;
      this.frames.want(name, kept.step);
      const picture = this.frames.nearest(name, kept.step);
      canvas.setAttribute("aria-label", `${this.marks[name].label} in run B, step ${row.step} of ${row.total}`);
      canvas.dataset.step = row.step;
      if (picture) paint(canvas, picture.bitmap);
    }
  }
}

/** "B (thin, pale curves) differs from A: seed 1 instead of 0; Pixel ascent: learning rate 0.1 instead of 0.05." */
function differences(a, b, marks) {
  const parts = [];
  if (a.prompt !== b.prompt) parts.push(`prompt “${b.prompt}”`);
  if (a.seed !== b.seed) parts.push(`seed ${b.seed} instead of ${a.seed}`);
  for (const [painter, mark] of Object.entries(marks)) {
    const [mine, other] = [a.settings?.[painter], b.settings?.[painter]];
    if (!mine !== !other) parts.push(`${mark.label} ${other ? "only in B" : "only in A"}`);
    if (!mine || !other) continue;
    const knobs = Object.keys(other).filter((knob) => other[knob] !== mine[knob])
      .map((knob) => `${knob.replaceAll("_", " ")} ${other[knob]} instead of ${mine[knob]}`);
    if (knobs.length) parts.push(`${mark.label}: ${knobs.join(", ")}`);
  }
  if (a.id === b.id) return "B is the run shown.";
  return parts.length ? `B (thin, pale curves) differs from A: ${parts.join("; ")}.` : "B (thin, pale curves) has the same settings as A.";
}
