// The player: three pictures, their figures and every chart, moved by one step slider.
// It fetches a run by its address and never asks Streamlit to rerun, except once when a run ends.

import "./format.js"; // fetched along with the others instead of after them
import { build, describe } from "./page.js";
import { Frames } from "./frames.js";
import { Plots } from "./plots.js";
import { Series } from "./series.js";
import { Transport } from "./transport.js";

const POLL_MS = 250;
const RETRY_MS = 1500;
const CHARTS_MS = 1500; // the charts' scripts wait so long for the first pictures, which matter more
const players = new WeakMap();
const sheet = new CSSStyleSheet();
await sheet.replace(await (await fetch(new URL("player.css", import.meta.url))).text());

/** Streamlit calls this on mounting and again whenever `data` or the theme changes. */
export default function mount({ data, parentElement, setTriggerValue }) {
  let player = players.get(parentElement);
  if (!player) {
    player = new Player(parentElement, data);
    players.set(parentElement, player);
  }
  player.update(data, setTriggerValue);
  // Streamlit also calls the clean-up of a superseded call; only a detached host means the end.
  return () => setTimeout(() => {
    if (parentElement.isConnected) return;
    player.destroy();
    players.delete(parentElement);
  });
}

class Player {
  constructor(root, data) {
    this.base = data.base;
    this.run = null; // the id shown
    this.series = new Series();
    root.adoptedStyleSheets = [sheet];
    this.page = build(root, data.marks);
    this.frames = new Frames(() => this.transport.redraw());
    this.plots = new Plots(this.page.charts, data);
    this.transport = new Transport(root, this.page, () => this.draw());
    this.page.axis.addEventListener("change", () => this.plots.setAxis(this.page.axis.value, this.series));
    this.patience = setTimeout(() => this.plots.start(), CHARTS_MS);
    this.resizes = new ResizeObserver(() => this.transport.redraw());
    this.resizes.observe(this.page.root);
  }

  update(data, setTriggerValue) {
    this.announce = (ended) => setTriggerValue("ended", ended);
    this.plots.retheme();
    if (data.run === this.run && !(data.active && !this.polling)) return;
    this.run = data.run;
    this.visit = Symbol("visit"); // answers for an earlier visit are dropped
    if (!data.run) return this.empty(data.marks);
    this.seq = 0;
    this.seenActive = data.active;
    this.poll(this.visit);
  }

  destroy() {
    this.visit = null;
    this.polling = false;
    this.resizes.disconnect();
    clearTimeout(this.patience);
    this.transport.destroy();
    this.frames.clear();
    this.plots.destroy();
  }

  async poll(visit) {
    this.polling = true;
    let wait = POLL_MS;
    try {
      const answer = await fetch(`${this.base}/runs/${this.run}.json?after=${this.seq}`, { cache: "no-store" });
      if (visit !== this.visit) return;
      if (answer.status === 404) return this.gone();
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const state = await answer.json();
      if (visit !== this.visit) return;
      this.apply(state);
      if (!state.active) return this.finish(state);
    } catch (error) {
      if (visit !== this.visit) return;
      wait = RETRY_MS;
      console.warn("The run could not be fetched; trying again.", error);
      describe(this.page, { ...this.state, lost: true });
    }
    setTimeout(() => visit === this.visit && this.poll(visit), wait);
  }

  apply(state) {
    const first = this.seq === 0;
    if (first) this.begin(state);
    this.state = state;
    this.seenActive ||= state.active;
    this.seq = state.seq;
    if (this.series.add(state.rows) || first) this.plots.setRows(this.series);
    describe(this.page, state);
    this.transport.extend(headOf(state), state.active);
  }

  /** A run comes on stage. */
  begin(state) {
    this.series.reset(state.painters);
    this.frames.show(`${this.base}/frames/${state.id}`);
    this.page.setPainters(state.painters);
    this.plots.reset(state.reference);
    this.transport.reset(this.series);
  }

  finish(state) {
    this.polling = false;
    const visit = this.visit;
    this.plots.ready.then(() => visit === this.visit && this.frames.prefetch(this.series.coarseToFine()));
    if (!this.seenActive) return;
    this.seenActive = false;
    this.announce({ run: this.run, status: state.status });
  }

  /** Nothing to show yet: neither a run nor an example. */
  empty(marks) {
    this.begin({ painters: Object.keys(marks).map((name) => ({ name, total: 1 })), reference: null });
    describe(this.page, { status: "none" });
  }

  gone() {
    this.polling = false;
    describe(this.page, { status: "gone", painters: [] });
  }

  /** Pictures, figures and markers for the slider's place; called once per animation frame at most. */
  draw() {
    const now = [];
    let complete = this.series.painters.length > 0;
    for (const { name } of this.series.painters) {
      const row = this.series.at(name, this.transport.share);
      complete &&= Boolean(row);
      if (!row) continue;
      now.push(row);
      const shown = this.series.withFrame(name, row.step);
      if (shown) this.frames.want(name, shown.step);
      const picture = shown && this.frames.nearest(name, shown.step);
      complete &&= Boolean(picture);
      this.page.panels[name].draw(row, picture);
    }
    if (complete) this.plots.start();
    this.plots.setNow(now, this.transport.share);
  }
}

/** How far the painters have come, 0 … 1; rows of an earlier attempt do not count. */
const headOf = ({ painters }) => Math.max(0, ...painters.map(({ done, total }) => done / total));
