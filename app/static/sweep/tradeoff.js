// The trade-off of a sweep over one setting: a slider for its values beside the one for the steps. Picture,
// figures and points move with both.

import { addressParameters } from "../shared/address-bar.js";
import { clearCanvas, drawEnlarged } from "../shared/canvas.js";
import { formatNumber } from "../shared/format.js";
import { FrameCache } from "../shared/frame-cache.js";
import { isOutside, spoken } from "../shared/measures.js";
import { Playback } from "../shared/playback.js";
import { PlayerAddress } from "../player/address.js";
import { Charts } from "../player/charts.js";
import { PresenterView } from "../player/presenter.js";
import { STATUS } from "./sweep-cell.js";
import { SweepRows } from "./sweep-rows.js";
import { TradeoffData } from "./tradeoff-data.js";
import { TradeoffLayout } from "./tradeoff-layout.js";

const PLAIN_SCALE = { network: (name) => name, judges: { named: {} } }; // the server has put all on one scale
const NO_PICTURE = "This value has no picture yet.";

/** Both sliders and what they move. */
export class Tradeoff {
  /**
   * @param {ShadowRoot} root of the sweep
   * @param {any} data what the page says of itself
   * @param {(gap: number) => void} onAsk a value between two is asked for
   */
  constructor(root, data, onAsk) {
    this.base = data.base;
    this.onAsk = onAsk;
    this.rows = new SweepRows();
    this.page = new TradeoffLayout();
    this.frames = new FrameCache(() => this.playback.redraw());
    this.frames.show(`${data.base}/frames`);
    this.charts = new Charts(this.page.charts, data.assets, PLAIN_SCALE, TradeoffData);
    this.presenter = new PresenterView(root, this.page, () => this.viewChanged());
    this.playback = new Playback(this.page.controls, () => this.draw(), this.keys());
    this.address = new PlayerAddress(() => this.addressWanted());
    this.place = 0;
    this.listen();
    this.arrive();
  }

  get node() {
    return this.page.root;
  }

  get on() {
    return !this.node.hidden;
  }

  keys() {
    const move = (by) => this.presenter.on && this.goTo(this.place + by);
    return {
      p: () => this.on && this.presenter.set(!this.presenter.on),
      Escape: () => this.presenter.on && this.presenter.set(false),
      ArrowUp: () => move(1),
      ArrowDown: () => move(-1),
    };
  }

  listen() {
    const { slider, lower, higher, between } = this.page;
    slider.addEventListener("input", () => this.goTo(Number(slider.value)));
    lower.addEventListener("click", () => this.goTo(this.place - 1));
    higher.addEventListener("click", () => this.goTo(this.place + 1));
    between.addEventListener("click", () => this.ask());
    this.resizes = new ResizeObserver(() => this.playback.redraw());
    this.resizes.observe(this.node);
  }

  /** The page was opened: do what its address asks for. */
  arrive() {
    const { step, view } = PlayerAddress.read();
    this.wantedStep = step;
    this.wantedValue = addressParameters().get("value") ?? undefined;
    this.presenting = view === "presenter";
  }

  destroy() {
    this.resizes.disconnect();
    this.address.destroy();
    this.presenter.destroy();
    this.playback.destroy();
    this.frames.clear();
    this.charts.destroy();
  }

  /** The page was drawn: the theme may be new, and the server may have written over the address. */
  update() {
    if (!this.on) return;
    this.asked = false;
    this.charts.retheme();
    this.address.write();
    this.drawGap();
  }

  /** What the address should say; undefined for what goes without saying. */
  addressWanted() {
    const { following, active, share } = this.playback;
    const usual = following || (!active && share === 1);
    return {
      value: this.on && !this.following ? this.cells[this.place]?.x : undefined,
      step: this.on && !usual ? String(Number((100 * share).toFixed(4))) : undefined,
      view: this.presenter.on ? "presenter" : undefined,
    };
  }

  viewChanged() {
    this.charts.retheme();
    this.playback.redraw();
    this.address.write();
  }

  /** @param {any} state news of a sweep over one setting */
  show(state) {
    const first = this.sweep !== state.id;
    this.node.hidden = false;
    this.state = state;
    this.rows.add(state);
    this.cells = state.tradeoff.order.map((place) => state.cells[place]);
    if (first) this.begin(state);
    this.showNews(state);
    this.charts.start();
  }

  /** A sweep comes on stage. */
  begin({ id, x, tradeoff, active }) {
    this.sweep = id;
    this.page.setValues(
      x.label,
      this.cells.map((cell) => cell.x),
    );
    this.charts.data.put("box", tradeoff.box);
    this.charts.data.put(
      "places",
      this.cells.map((cell) => ({ value: cell.x })),
    );
    const { share, following } = this.playback;
    this.playback.reset(this.places());
    if (!following) this.playback.goToShare(share);
    this.following = true;
    const wanted = this.cells.findIndex((cell) => cell.x === this.wantedValue);
    if (wanted >= 0) this.goTo(wanted);
    else if (!active) this.place = 0;
    if (this.wantedStep !== undefined) this.playback.goToShare(this.wantedStep);
    if (this.presenting) this.presenter.set(true);
    this.wantedValue = undefined;
    this.wantedStep = undefined;
    this.presenting = false;
  }

  showNews({ active, tradeoff }) {
    const places = this.places();
    if (places !== this.playback.places) this.lengthen(places);
    if (this.following && active) this.place = this.newest();
    this.page.words.hidden = !tradeoff.words.length;
    this.page.words.textContent = tradeoff.words.join(" ");
    this.markTicks();
    this.arriveAt(this.place);
    if (!active) this.charts.ready.then(() => this.frames.prefetch(this.rows.coarseToFine(this.painted())));
  }

  /** The slider's places are the steps of the longest run, which the first row tells. */
  lengthen(places) {
    const { share, following } = this.playback;
    this.playback.reset(places);
    if (!following) this.playback.goToShare(share);
  }

  places() {
    return Math.max(1, ...this.cells.map(({ id }) => this.rows.total(id) ?? 1));
  }

  painted() {
    return this.cells.filter(({ id }) => id && this.rows.head(id) !== undefined);
  }

  /** The value that is being painted, or was last. */
  newest() {
    const running = this.cells.findIndex(({ status }) => status === "running");
    if (running >= 0) return running;
    return Math.max(0, this.cells.findLastIndex(({ id }) => this.rows.head(id) !== undefined));
  }

  /** @param {number} place on the slider of the values */
  goTo(place) {
    this.following = false;
    this.arriveAt(Math.min(Math.max(place, 0), this.cells.length - 1));
  }

  arriveAt(place) {
    this.place = place;
    const cell = this.cells[place];
    const head = this.rows.head(cell.id) ?? Math.min(1, this.painted().length); // of a value without pictures
    this.playback.extend(head, cell.status === "running");
    this.drawGap();
    this.address.write();
  }

  /** Ask for the value between two; the sweep with it then appears by itself. */
  ask() {
    const gap = this.gap();
    this.wantedValue = this.state.tradeoff.between[gap].value;
    this.asked = true;
    this.drawGap();
    this.onAsk(gap);
  }

  /** The gap above the value looked at; below the last one. */
  gap() {
    return Math.min(this.place, this.cells.length - 2);
  }

  drawGap() {
    const { between, refusal } = this.page;
    const found = this.state?.tradeoff.between[this.gap()];
    between.hidden = !found?.value;
    between.disabled = Boolean(this.asked);
    between.textContent = this.asked ? "Asking …" : `Paint ${found?.value} too`;
    const [low, high] = [this.cells?.[this.gap()], this.cells?.[this.gap() + 1]];
    refusal.textContent = found?.value ? `between ${low.x} and ${high.x}` : (found?.refusal ?? "");
  }

  markTicks() {
    [...this.page.ticks.children].forEach((tick, place) => {
      tick.dataset.painted = String(this.rows.head(this.cells[place].id) !== undefined);
    });
  }

  /** Picture, figures and points for the places of both sliders; called once per animation frame at most. */
  draw() {
    if (!this.on || !this.cells) return;
    const { share, percent } = this.playback;
    const cell = this.cells[this.place];
    const row = this.rows.at(cell.id, share);
    this.drawSliders(cell, row, percent);
    this.drawFigures(cell, row);
    this.drawPicture(cell, row);
    this.drawCharts(share);
    this.address.write();
  }

  drawSliders(cell, row, percent) {
    const { slider, value, ticks, readout, lower, higher } = this.page;
    value.textContent = cell.x;
    slider.value = String(this.place);
    const place = `${cell.x}, value ${this.place + 1} of ${this.cells.length}`;
    slider.setAttribute("aria-valuetext", row ? `${place}: ${spoken(row)}` : place);
    lower.disabled = this.place === 0;
    higher.disabled = this.place === this.cells.length - 1;
    readout.textContent = percent;
    [...ticks.children].forEach((tick, i) => tick.toggleAttribute("data-here", i === this.place));
  }

  drawFigures(cell, row) {
    const network = { score: cell.steering[0], heldout: cell.witness, realism: "realism" };
    for (const { key, number, role } of this.page.figures) {
      const band = this.state.reference?.[network[key]];
      number.textContent = formatNumber(row?.[key]);
      number.classList.toggle("outside", isOutside(row?.[key] ?? NaN, band, key === "score"));
      role.textContent = key === "realism" && cell.realism_label !== "Realism" ? "climbed" : "";
    }
  }

  drawPicture(cell, row) {
    const { canvas, frame, wait } = this.page;
    const folder = `${cell.id}/${cell.painter}`;
    const wanted = row && this.rows.withPicture(cell.id, row.step);
    if (wanted) this.frames.want(folder, wanted.step);
    const picture = wanted && this.frames.nearest(folder, wanted.step);
    if (picture) drawEnlarged(canvas, picture.bitmap);
    else clearCanvas(canvas);
    canvas.dataset.step = picture ? picture.step : "";
    canvas.dataset.value = cell.x;
    const name = `${this.state.x.label} ${cell.x}`;
    const said = row ? `${name}, step ${row.step}: ${spoken(row)}` : `${name}: ${NO_PICTURE}`;
    canvas.setAttribute("aria-label", said);
    wait.textContent = picture ? "" : cell.reason || STATUS[cell.status] || NO_PICTURE;
    if (cell.id) frame.href = `${this.base}/?run=${cell.id}`;
    else frame.removeAttribute("href");
  }

  drawCharts(share) {
    const rows = this.cells.map(({ id }) => this.rows.at(id, share));
    const points = rows.flatMap((row, place) => {
      const { x, painter } = this.cells[place];
      return row ? [{ ...row, value: x, painter, place }] : [];
    });
    this.charts.data.here = this.place;
    const drawn = JSON.stringify([points, this.place]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.charts.data.setPoints(points, this.state.tradeoff.ordered, this.rows.scores(this.cells));
  }
}
