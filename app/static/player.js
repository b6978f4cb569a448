// The player: three pictures, their figures and every chart, moved by one step slider.
// It fetches a run by its address and never asks Streamlit to rerun, except once when a run ends.

import "./format.js"; // fetched along with the others instead of after them
import { Address } from "./address.js";
import { build, describe, showTurns } from "./page.js";
import { Frames } from "./frames.js";
import { Lens } from "./lens.js";
import { Overlay } from "./overlay.js";
import { Plots } from "./plots.js";
import { Presenter } from "./presenter.js";
import { Scale } from "./scale.js";
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
    this.scale = new Scale();
    this.plots = new Plots(this.page.charts, data, this.scale);
    this.presenter = new Presenter(root, this.page, () => this.viewed());
    this.transport = new Transport(this.page, () => this.draw(), {
      p: () => this.presenter.set(!this.presenter.on),
      l: () => this.lens.toggle(),
      Escape: () => this.presenter.on && this.presenter.set(false),
    });
    this.address = new Address(() => this.place());
    this.overlay = new Overlay(this, data.marks);
    this.lens = new Lens(this, root, data.marks);
    // Each may have begin(state): a run comes on stage; draw(rows, share): the slider's place; destroy().
    this.extensions = [this.overlay, this.lens];
    this.page.axis.addEventListener("change", () => this.turnTo(this.page.axis.value));
    this.page.scale.addEventListener("change", () => this.rescale(this.page.scale.value));
    this.patience = setTimeout(() => this.plots.start(), CHARTS_MS);
    this.resizes = new ResizeObserver(() => this.transport.redraw());
    this.resizes.observe(this.page.root);
    this.travel = () => this.arrive(); // back and forward among the runs shown
    addEventListener("popstate", this.travel);
    this.arrive();
  }

  update(data, setTriggerValue) {
    this.announce = (ended) => setTriggerValue("ended", ended);
    this.plots.retheme();
    this.overlay.show(data.compare ?? null);
    this.address.write(); // the server may have written its own parameters over the player's
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
    removeEventListener("popstate", this.travel);
    clearTimeout(this.patience);
    this.address.destroy();
    this.presenter.destroy();
    this.transport.destroy();
    this.frames.clear();
    this.plots.destroy();
    for (const extension of this.extensions) extension.destroy?.();
  }

  /** The page was opened, or left and come back to: do what its address asks for. */
  arrive() {
    const { step, axis, scale, view, notice } = Address.read();
    this.notice = notice;
    this.wanted = step; // for the run that comes on stage next
    this.page.axis.value = axis ?? "share";
    this.turnTo(this.page.axis.value);
    this.page.scale.value = scale ?? "cosine";
    this.rescale(this.page.scale.value);
    this.presenter.set(view === "presenter");
    const named = new URLSearchParams(location.search).get("run");
    if (this.run && (named ?? this.run) === this.run) this.settle();
  }

  /** Go where the address wanted, if anywhere. */
  settle() {
    if (this.wanted !== undefined) this.transport.goToShare(this.wanted);
    this.wanted = undefined;
  }

  /** What the address should say; undefined for what goes without saying. */
  place() {
    const { following, active } = this.transport;
    const share = this.wanted ?? this.transport.share;
    const usual = this.wanted === undefined && (following || (!active && share === 1));
    return {
      step: usual ? undefined : String(Number((100 * share).toFixed(4))),
      axis: this.page.axis.value === "share" ? undefined : this.page.axis.value,
      scale: this.scale.shared ? "shared" : undefined,
      view: this.presenter.on ? "presenter" : undefined,
    };
  }

  turnTo(axis) {
    this.plots.setAxis(axis, this.series);
    this.page.over.textContent = `Curves over ${this.page.axis.selectedOptions[0].textContent}`;
    this.address.write();
  }

  /** scale: "cosine" or "shared", for both judges' figures and curves. */
  rescale(scale) {
    if (this.scale.shared === (scale === "shared")) return;
    this.scale.shared = scale === "shared";
    this.plots.rescale(this.series);
    this.transport.redraw();
    this.address.write();
  }

  viewed() {
    this.plots.retheme();
    this.transport.redraw();
    this.address.write();
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
      describe(this.page, { ...this.state, lost: true }, this.notice);
    }
    setTimeout(() => visit === this.visit && this.poll(visit), wait);
  }

  apply(state) {
    const first = this.staged !== this.visit;
    this.staged = this.visit;
    if (first) this.begin(state);
    this.state = state;
    this.seenActive ||= state.active;
    this.seq = state.seq;
    if (this.series.add(state.rows) || first) this.plots.setRows(this.series);
    describe(this.page, state, this.notice);
    this.transport.extend(headOf(state), state.active);
    if (first) this.settle();
  }

  /** A run comes on stage. */
  begin(state) {
    if (this.begun) this.notice = "";
    this.begun = true;
    this.series.reset(state.painters);
    this.frames.show(`${this.base}/frames/${state.id}`);
    this.page.setPainters(state.painters);
    this.scale.reference = state.reference;
    this.page.scale.disabled = !state.reference;
    this.plots.reset(state.reference);
    this.transport.reset(this.series);
    for (const extension of this.extensions) extension.begin?.(state);
  }

  finish(state) {
    this.polling = false;
    const visit = this.visit;
    this.plots.setTurns(state.turns, this.series);
    showTurns(this.page, state.turns, (name, step) => this.transport.goToShare(step / this.series.total(name)));
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
      this.page.panels[name].draw(this.scale.row(row), this.scale.gap(row), picture);
    }
    if (complete) this.plots.start();
    this.plots.setNow(now, this.transport.share);
    for (const extension of this.extensions) extension.draw?.(now, this.transport.share);
    this.address.write();
  }
}

/** How far the painters have come, 0 … 1; rows of an earlier attempt do not count. */
const headOf = ({ painters }) => Math.max(0, ...painters.map(({ done, total }) => done / total));
