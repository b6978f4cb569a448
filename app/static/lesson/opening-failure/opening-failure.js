// The opening failure: a run of raw ascent as a loop, and the five signs of cheating, all at the slider's
// step.

import { element, mounter, sheets } from "../../shared/dom.js";
import { formatNumber, nearest } from "../../shared/format.js";
import { FrameCache } from "../../shared/frame-cache.js";
import { JudgeScale } from "../../shared/judge-scale.js";
import { Playback, playbackControls } from "../../shared/playback.js";
import { Poller } from "../../shared/polling.js";
import { RunRows, newsAddress } from "../../shared/run-rows.js";
import { AscentLoop } from "./ascent-loop.js";
import { FailureSigns } from "./failure-signs.js";
import { SignsCache } from "./signs-cache.js";

const style = await sheets(import.meta.url, "../lesson.css", "./opening-failure.css");
const PAINTER = "pixels";
const POLL_MS = 1000;
const SLOW = "slow";
const SLOW_SECONDS = 2.4; // one step in slow motion
const RUN_SECONDS = 8; // a whole run at speed 1
const FAST = 0.2; // speed from which the loop lights up at once
const SPEEDS = [
  [SLOW, "slow motion"],
  ["1", "1×"],
  ["2", "2×"],
];

class OpeningFailure {
  constructor(root) {
    this.rows = new RunRows();
    this.scale = new JudgeScale();
    this.loop = new AscentLoop();
    this.signs = new FailureSigns(() => this.playback.redraw());
    this.note = element("p", { className: "note", role: "status", hidden: true });
    this.readout = element("span", { className: "readout" });
    this.controls = playbackControls({ label: "Step of raw ascent", unit: "step", speeds: SPEEDS });
    this.slow = this.controls.speed.options[0]; // its speed depends on the number of steps
    root.append(
      element("div", { className: "lesson" }, this.note, this.loop.part, this.transport(), this.signs.part),
    );
    this.playback = new Playback(this.controls, () => this.draw());
    this.frames = new FrameCache(() => this.playback.redraw());
    this.found = new SignsCache(() => this.playback.redraw());
    this.poller = new Poller({
      address: () => newsAddress(this.data.base, this.run, this.seq, Boolean(this.state)),
      every: POLL_MS,
      take: (state, signal) => this.receive(state, signal),
      onTrouble: (sentence) => sentence && this.say(sentence),
      onRefused: (sentence) => this.say(sentence),
    });
  }

  transport() {
    const { back, play, forth, slider, speed, live, keys } = this.controls;
    return element(
      "div",
      { className: "row transport" },
      back,
      play,
      forth,
      slider,
      this.readout,
      speed,
      live,
      keys,
    );
  }

  update(data) {
    this.data = data;
    if (data.run === this.run) return;
    this.run = data.run;
    this.state = undefined;
    this.drawn = undefined;
    this.loop.begin();
    this.frames.show(`${data.base}/frames/${data.run}`);
    this.found.show(`${data.base}/signs/${data.run}`);
    this.seq = 0;
    this.poller.start();
  }

  destroy() {
    this.poller.stop();
    this.loop.destroy();
    this.playback.destroy();
    this.frames.clear();
    this.found.stop();
  }

  /** News of the run; true when it has ended. */
  async receive(state, signal) {
    const answer = await fetch(`${this.data.base}/extras/${this.run}.json`, { cache: "no-store", signal });
    const extras = answer.ok ? await answer.json() : {}; // a run without them is shown all the same
    signal.throwIfAborted();
    this.seq = state.seq;
    this.take(state, extras[PAINTER] ?? {});
    return !state.active;
  }

  /**
   * @param {any} news of the run; what never changes came with the first
   * @param {Record<string, string[]>} extras names of pictures by step
   */
  take(news, extras) {
    const first = !this.state;
    const state = { ...this.state, ...news };
    this.state = state;
    this.gradients = Object.keys(extras)
      .filter((step) => extras[step].includes("gradient"))
      .map(Number);
    this.scale.reference = state.reference;
    if (first) this.begin(state);
    const fresh = this.rows.add(state.rows.filter(([painter]) => painter === PAINTER));
    this.steps = this.rows
      .all()
      .filter(({ picture }) => picture)
      .map(({ step }) => step);
    this.say(this.noteText(state));
    if (first || fresh) this.frames.prefetch(this.coarseSteps().map((step) => [PAINTER, step]));
    this.playback.extend((this.steps.at(-1) ?? 0) / this.rows.places, state.active);
    this.fetchSigns();
  }

  begin(state) {
    const { steps } = state.settings[PAINTER];
    this.rows.reset([{ name: PAINTER, total: steps }]);
    this.playback.reset(steps);
    this.slow.value = String(RUN_SECONDS / (steps * SLOW_SECONDS));
    this.controls.speed.value = this.slow.value;
    this.signs.begin(this.data, state.reference);
  }

  noteText({ active, note, reason }) {
    if (active && note) return note;
    if (active && this.steps.length) return "This run is being painted; the loop follows it.";
    if (active) return "This run is waiting for its turn.";
    return reason || (this.steps.length ? "" : "No pictures of this run were kept.");
  }

  say(sentence) {
    this.note.hidden = !sentence;
    if (this.note.textContent !== sentence) this.note.textContent = sentence;
  }

  /** All kept steps, the ones far apart first. */
  coarseSteps() {
    return this.rows.coarseToFine().map(([, step]) => step);
  }

  fetchSigns() {
    if (this.steps.length) this.found.fetch([this.shownStep(), ...this.coarseSteps()]);
  }

  /** The kept step at the slider, or the nearest before it. */
  shownStep() {
    return this.steps.findLast((step) => step <= this.playback.place) ?? this.steps[0];
  }

  draw() {
    if (!this.state || !this.steps.length) return;
    const step = this.shownStep();
    const row = this.rows.at(PAINTER, step / this.rows.places);
    const last = this.steps.findLast((other) => other < step);
    for (const wanted of [0, last, step]) if (wanted !== undefined) this.frames.want(PAINTER, wanted);
    const now = this.picture(step);
    this.describe(row);
    const judged = { ...row, ...(this.scale.gap(row) ?? { gap: NaN }) };
    const count = this.signs.show(step, judged, this.found.near(step), now);
    const moved = last !== undefined;
    const pictures = { start: this.picture(0), before: moved ? this.picture(last) : undefined, now };
    const settings = this.state.settings[PAINTER];
    const { reference } = this.state;
    this.loop.show({
      step,
      row,
      count,
      ...pictures,
      moved,
      settings,
      words: this.data.start,
      gradient: this.gradient(step),
      reference,
    });
    if (step !== this.drawn)
      this.loop.light(step, this.playback.playing && Number(this.controls.speed.value) > FAST);
    this.drawn = step;
    this.fetchSigns();
  }

  picture(step) {
    return this.frames.has(PAINTER, step) ? this.frames.nearest(PAINTER, step).bitmap : undefined;
  }

  describe({ step, total, score, realism }) {
    const measured = `judge ${formatNumber(score)}, realism ${formatNumber(realism)}`;
    this.readout.textContent = `step ${step} of ${total}`;
    this.controls.slider.setAttribute("aria-valuetext", `step ${step} of ${total}, ${measured}`);
  }

  /** The gradient kept nearest to this step. */
  gradient(step) {
    const kept = nearest(this.gradients, step);
    if (kept === undefined || step === 0) return undefined;
    return { step: kept, address: `${this.data.base}/extras/${this.run}/${PAINTER}/${kept}/gradient` };
  }
}

export default mounter(OpeningFailure, style);
