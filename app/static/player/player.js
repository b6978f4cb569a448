// The player: three pictures, their measurements and every chart, moved by one step slider.
// It fetches a run by its address and never asks Streamlit to rerun, except once when a run ends.

import "../shared/canvas.js"; // these are fetched along with the others instead of after them
import "../shared/format.js";
import "../shared/shortcuts.js";
import { addressParameters } from "../shared/address-bar.js";
import { mounter, sheets } from "../shared/dom.js";
import { FrameCache } from "../shared/frame-cache.js";
import { JudgeScale } from "../shared/judge-scale.js";
import { Playback } from "../shared/playback.js";
import { Poller } from "../shared/polling.js";
import { PlayerAddress } from "./address.js";
import { Charts } from "./charts.js";
import { JudgeView } from "./judge-view.js";
import { OtherRuns } from "./other-runs.js";
import { PlayerLayout } from "./layout.js";
import { POLL_MS, pauseAfter } from "./pauses.js";
import { PresenterView } from "./presenter.js";
import { RunChanges } from "./run-changes.js";
import { RunRows, newsAddress } from "../shared/run-rows.js";
import { SecondRun } from "./second-run.js";
import { ShowOfHands } from "./show-of-hands.js";
import { describeRun } from "./status-text.js";

const CHARTS_MS = 1500; // the charts' scripts wait so long for the first pictures, which matter more
const style = await sheets(import.meta.url, "./player.css", "./show-of-hands.css");

class Player {
  constructor(root, data) {
    this.base = data.base;
    this.marks = data.marks;
    this.rows = new RunRows();
    this.scale = new JudgeScale();
    this.page = new PlayerLayout(root);
    this.frames = new FrameCache(() => this.playback.redraw());
    this.charts = new Charts(this.page.charts, data.assets, this.scale);
    this.presenter = new PresenterView(root, this.page, () => this.viewChanged());
    this.playback = new Playback(this.page.controls, () => this.draw(), this.keys());
    this.address = new PlayerAddress(() => this.addressWanted());
    this.secondRun = new SecondRun(this, data.marks);
    this.judgeView = new JudgeView(this, root, data.marks);
    this.showOfHands = new ShowOfHands(this);
    this.changes = new RunChanges(this);
    // Each may have begin(state): a run comes on stage; draw(rows, share): the slider's place; destroy().
    const own = [this.secondRun, this.judgeView, this.showOfHands, this.changes];
    this.extensions = [...own, new OtherRuns(this)];
    this.poller = this.makePoller();
    this.listen();
    this.arrive();
  }

  makePoller() {
    return new Poller({
      address: () => newsAddress(this.base, this.run, this.seq, Boolean(this.state)),
      every: POLL_MS,
      take: (state) => this.take(state),
      onTrouble: (sentence) => describeRun(this.page, this.state ?? {}, this.notice, sentence),
      onRefused: (sentence, status) => this.changes.refuse(sentence, status),
    });
  }

  keys() {
    return {
      p: () => this.presenter.set(!this.presenter.on),
      l: () => this.judgeView.toggle(),
      Escape: () => this.presenter.on && this.presenter.set(false),
    };
  }

  listen() {
    const { axis, scale, judges, root } = this.page;
    axis.addEventListener("change", () => this.setAxis(axis.value));
    scale.addEventListener("change", () => this.setScale(scale.value));
    judges.addEventListener("change", () => this.showJudges(judges.value.split(",")));
    this.patience = setTimeout(() => this.charts.start(), CHARTS_MS);
    this.resizes = new ResizeObserver(() => this.playback.redraw());
    this.resizes.observe(root);
    this.travel = () => this.arrive(); // back and forward among the runs shown
    addEventListener("popstate", this.travel);
  }

  /** The page was drawn: what it says may be new, or the theme. */
  update(data, announce) {
    this.announce = announce;
    this.charts.retheme();
    this.secondRun.show(data.compare ?? null);
    this.showOfHands.show(data.ballot ?? null);
    this.address.write(); // the server may have written its own parameters over the player's
    const restarted = data.active && !this.poller.running;
    const same = data.run === this.run && data.deleted === this.changes.deleted;
    if (same && !restarted) return;
    this.changes.deleted = data.deleted;
    this.run = data.run;
    this.visit = Symbol("visit"); // what was begun for an earlier visit ends
    this.state = undefined;
    if (!data.run) {
      this.poller.stop();
      this.clearStage(data.deleted ? { status: "deleted", prompt: data.deleted } : { status: "none" });
      return;
    }
    this.seq = 0;
    this.seenActive = data.active;
    this.poller.start();
  }

  destroy() {
    this.visit = null;
    this.poller.stop();
    this.resizes.disconnect();
    removeEventListener("popstate", this.travel);
    clearTimeout(this.patience);
    this.address.destroy();
    this.presenter.destroy();
    this.playback.destroy();
    this.frames.clear();
    this.charts.destroy();
    for (const extension of this.extensions) extension.destroy();
  }

  /** The page was opened, or left and come back to: do what its address asks for. */
  arrive() {
    const { step, axis, scale, view, notice } = PlayerAddress.read();
    this.notice = notice;
    this.wanted = step; // for the run that comes on stage next
    this.page.axis.value = axis ?? "share";
    this.setAxis(this.page.axis.value);
    this.page.scale.value = scale ?? "shared";
    this.setScale(this.page.scale.value);
    this.presenter.set(view === "presenter");
    const named = addressParameters().get("run");
    if (this.run && (named ?? this.run) === this.run) this.goToWanted();
  }

  /** Go where the address wanted, if anywhere. */
  goToWanted() {
    if (this.wanted !== undefined) this.playback.goToShare(this.wanted);
    this.wanted = undefined;
  }

  /** What the address should say; undefined for what goes without saying. */
  addressWanted() {
    const { following, active } = this.playback;
    const share = this.wanted ?? this.playback.share;
    const usual = this.wanted === undefined && (following || (!active && share === 1));
    const axis = this.page.axis.value;
    return {
      step: usual ? undefined : String(Number((100 * share).toFixed(4))),
      axis: axis === "share" ? undefined : axis,
      scale: this.scale.shared ? undefined : "cosine",
      view: this.presenter.on ? "presenter" : undefined,
    };
  }

  setAxis(axis) {
    this.charts.data.setAxis(axis, this.rows);
    this.page.axisName.textContent = `Curves over ${this.page.axis.selectedOptions[0].textContent}`;
    this.address.write();
  }

  /** @param {string} scale "cosine" or "shared", for both judges' numbers and curves */
  setScale(scale) {
    const shared = scale === "shared";
    if (this.scale.shared === shared) return;
    this.scale.shared = shared;
    this.rescaled();
    this.address.write();
  }

  /** Draw the charts under new names, once there is something to draw: an empty one has no room for axes. */
  retitle() {
    if (!this.renamed || !this.rows.all().length) return;
    this.renamed = false;
    this.charts.rescale(this.rows);
  }

  /** @param {string[]} shown the two networks that stand below the pictures and have curves */
  showJudges(shown) {
    this.scale.shown = shown;
    this.page.nameJudges(this.scale);
    this.charts.rescale(this.rows);
    this.playback.redraw();
  }

  nameScale() {
    const { name } = this.scale;
    this.page.root.dataset.scale = name;
    this.page.scale.value = name;
  }

  /** Every number, curve and sentence is on one scale. */
  rescaled() {
    this.nameScale();
    this.charts.rescale(this.rows);
    if (this.state) describeRun(this.page, this.state, this.notice);
    this.playback.redraw();
  }

  viewChanged() {
    this.charts.retheme();
    this.playback.redraw();
    this.address.write();
  }

  /** News of the run; true when it has ended. What never changes of a run came with the first. */
  take(news) {
    const state = { ...this.state, ...news };
    const first = this.staged !== this.visit;
    this.staged = this.visit;
    if (first) this.begin(state);
    const changed = first || this.state?.status !== state.status;
    const goesOn = state.active && this.state?.active === false;
    this.state = state;
    this.seenActive ||= state.active;
    this.seq = state.seq;
    if (this.rows.add(state.rows) || first) this.charts.data.setRows(this.rows);
    this.retitle();
    describeRun(this.page, state, this.notice);
    this.playback.extend(headOf(state), state.active);
    if (first) this.goToWanted();
    if (goesOn) this.changes.goOn(state);
    if (changed && !state.active) this.finish(state);
    this.poller.every = pauseAfter(state, this.rows);
    return !state.active && state.status !== "interrupted";
  }

  /** A run comes on stage. */
  begin(state) {
    if (this.begun) this.notice = "";
    this.begun = true;
    this.rows.reset(state.painters);
    this.frames.show(`${this.base}/frames/${state.id}`);
    this.page.setPainters(state.painters, this.marks);
    this.scale.reference = state.reference;
    const titles = JSON.stringify(this.scale.judges.named);
    this.scale.setJudges(state.judges);
    this.page.offerJudges(this.scale);
    const rescaled = this.page.root.dataset.scale !== this.scale.name;
    this.renamed = rescaled || titles !== JSON.stringify(this.scale.judges.named);
    this.page.scale.disabled = !this.scale.judged;
    this.nameScale();
    this.charts.data.reset(state.reference);
    this.playback.reset(this.rows.places);
    for (const extension of this.extensions) extension.begin(state);
  }

  finish({ turns, status }) {
    const { visit } = this;
    this.charts.data.setTurns(turns, this.rows);
    this.showTurns(turns);
    this.charts.ready.then(() => visit === this.visit && this.frames.prefetch(this.rows.coarseToFine()));
    if (!this.seenActive) return;
    this.seenActive = false;
    this.announce({ run: this.run, status });
  }

  showTurns(turns) {
    for (const [name, panel] of Object.entries(this.page.panels)) {
      const turn = turns.find(({ painter }) => painter === name);
      panel.showTurn(turn, () => this.playback.goToShare(turn.step / this.rows.total(name)));
    }
  }

  /** Nothing to show: neither a run nor an example, or one that is not here (any more). */
  clearStage(state) {
    this.begin({ painters: Object.keys(this.marks).map((name) => ({ name, total: 1 })), reference: null });
    this.charts.data.setRows(this.rows);
    describeRun(this.page, state, this.notice);
  }

  /** Pictures, measurements and markers for the slider's place; called once per animation frame at most. */
  draw() {
    const { share, percent } = this.playback;
    this.page.readout.textContent = percent;
    this.page.counter.textContent = percent;
    const now = this.rows.painters.map(({ name }) => this.rows.at(name, share)).filter(Boolean);
    const pictures = now.map((row) => this.drawPainter(row));
    const complete = now.length > 0 && now.length === this.rows.painters.length && pictures.every(Boolean);
    if (complete) this.charts.start();
    this.charts.data.setNow(now, share);
    for (const extension of this.extensions) extension.draw(now, share);
    this.address.write();
  }

  /** Returns the picture that is shown, if one has come. */
  drawPainter(row) {
    const shown = this.rows.withFrame(row.painter, row.step);
    if (shown) this.frames.want(row.painter, shown.step);
    const picture = shown && this.frames.nearest(row.painter, shown.step);
    this.page.panels[row.painter].draw(this.scale.row(row), this.scale.gap(row), picture);
    return picture;
  }
}

/** How far the painters have come, 0 … 1; rows of an earlier attempt do not count. */
const headOf = ({ painters }) => Math.max(0, ...painters.map(({ done, total }) => done / total));

/** What Streamlit calls; the player tells the page once that a run has ended. */
export default mounter(Player, style, (trigger) => (ended) => trigger("ended", ended));
