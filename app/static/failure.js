// The opening failure: a run of raw ascent as a loop, and the five signs of cheating, all at the slider's step.

import { element, mounter, sheet } from "./dom.js";
import { figure } from "./format.js";
import { Frames } from "./frames.js";
import { Loop } from "./loop.js";
import { Scale } from "./scale.js";
import { Signs } from "./signs.js";
import { Transport } from "./transport.js";

const style = [await sheet("lesson.css"), await sheet("failure.css")];
const PAINTER = "pixels";
const POLL_MS = 1000;
const AT_ONCE = 3; // requests for signs: each costs the server some 20 ms
const SLOW_SECONDS = 2.4; // one step in slow motion
const SPEEDS = [["slow", "slow motion"], ["1", "1×"], ["2", "2×"]];

class Failure {
  constructor(root) {
    this.loop = new Loop();
    this.signs = new Signs();
    this.note = element("p", { className: "note", role: "status", hidden: true });
    root.append(element("div", { className: "lesson" }, this.note, this.loop.part, this.controls(), this.signs.part));
    this.frames = new Frames(() => this.transport.redraw());
    this.transport = new Transport(this.page, () => this.draw(), {});
    this.scale = new Scale();
    this.signs.onChoose = () => this.transport.redraw();
  }

  controls() {
    const button = (text, title) => element("button", { type: "button", textContent: text, title, "aria-label": title });
    const play = button("▶", "Play");
    const page = {
      play,
      back: button("◀", "One step back"),
      forth: button("▶❘", "One step forward"),
      live: button("Newest", "Follow the run"),
      slider: element("input", { type: "range", min: "0", max: "1", value: "0", "aria-label": "Step of raw ascent" }),
      speed: element("select", { "aria-label": "Speed of playing" }, ...SPEEDS.map(([value, text]) => new Option(text, value))),
      readout: element("span"),
      counter: element("span"),
      setPlaying: (on) => {
        play.textContent = on ? "❚❚" : "▶";
        play.setAttribute("aria-label", on ? "Pause" : "Play");
        this.playing = on;
      },
    };
    page.live.hidden = true;
    this.page = page;
    this.step = element("span", { className: "readout" });
    return element("div", { className: "row transport" }, page.back, play, page.forth, page.slider, this.step, page.speed, page.live);
  }

  update(data) {
    this.data = data;
    if (data.run === this.run) return;
    this.run = data.run;
    this.rows = new Map();
    this.found = new Map(); // step → signs
    this.busy = new Set();
    this.seq = 0;
    this.state = this.extras = undefined;
    this.loop.begin(data);
    this.frames.show(`${data.base}/frames/${data.run}`);
    this.poll();
  }

  destroy() {
    this.run = undefined;
    clearTimeout(this.timer);
    this.loop.destroy();
    this.transport.destroy();
    this.frames.clear();
  }

  /** Ask for the run until it has ended. */
  async poll() {
    clearTimeout(this.timer);
    const { run, data } = this;
    try {
      const answer = await fetch(`${data.base}/runs/${run}.json?after=${this.seq}`, { cache: "no-store" });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const state = await answer.json();
      const extras = await fetch(`${data.base}/extras/${run}.json`, { cache: "no-store" });
      if (run !== this.run) return;
      this.take(state, extras.ok ? (await extras.json())[PAINTER] : {});
    } catch (error) {
      if (run !== this.run) return;
      console.warn("The run could not be fetched; trying again.", error);
    }
    if (!this.state || this.state.active) this.timer = setTimeout(() => this.poll(), POLL_MS);
  }

  take(state, extras) {
    const first = !this.state;
    this.state = state;
    this.extras = extras ?? {};
    this.seq = state.seq;
    this.scale.reference = state.reference;
    const before = this.rows.size;
    for (const [painter, step, total, , , score, heldout, realism, kept] of state.rows) {
      if (painter === PAINTER && kept) this.rows.set(step, { step, total, score, heldout, realism });
    }
    this.steps = [...this.rows.keys()].sort((a, b) => a - b);
    const last = this.steps.at(-1) ?? 0;
    const total = state.settings[PAINTER].steps;
    if (first) {
      this.transport.reset({ places: total });
      this.page.speed.options[0].value = String(8 / (total * SLOW_SECONDS));
      this.page.speed.value = this.page.speed.options[0].value;
      this.signs.begin(this.data, state.reference, total);
    }
    this.note.hidden = !state.active && !state.reason && this.steps.length > 0;
    this.note.textContent = state.active ? state.note || (this.steps.length ? "This run is being painted; the loop follows it." : "This run waits for its turn.") : state.reason || "Nothing of this run was kept.";
    if (first || this.rows.size > before) this.frames.prefetch(this.coarse().map((step) => [PAINTER, step]));
    this.transport.extend(last / total, state.active);
    this.fetchSigns();
  }

  /** All steps, every tenth first. */
  coarse() {
    const rank = (step) => (step === this.steps.at(-1) || step === 0 ? 0 : step % 10 === 0 ? 1 : step % 2 === 0 ? 2 : 3);
    return [...this.steps].sort((a, b) => rank(a) - rank(b) || a - b);
  }

  async fetchSigns() {
    const { run, data } = this;
    while (this.busy.size < AT_ONCE) {
      const shown = this.shownStep();
      const next = [shown, ...this.coarse()].find((step) => this.rows.has(step) && !this.found.has(step) && !this.busy.has(step));
      if (next === undefined) return;
      this.busy.add(next);
      fetch(`${data.base}/signs/${run}/${next}.json`)
        .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`status ${answer.status}`))))
        .catch((error) => {
          console.warn(`The signs of step ${next} could not be fetched.`, error);
          return { figures: {}, boxes: [], maps: {} };
        })
        .then((signs) => {
          if (run !== this.run) return;
          this.busy.delete(next);
          this.found.set(next, signs);
          if (next === this.shownStep()) this.transport.redraw();
          this.fetchSigns();
        });
    }
  }

  /** The kept step at the slider, or the nearest before it. */
  shownStep() {
    return this.steps?.findLast((step) => step <= this.transport.place) ?? 0;
  }

  draw() {
    if (!this.state || !this.steps.length) return;
    const step = this.shownStep();
    const row = this.rows.get(step);
    const before = this.steps.findLast((other) => other < step);
    for (const wanted of [0, before, step]) if (wanted !== undefined) this.frames.want(PAINTER, wanted);
    const picture = (wanted) => (wanted !== undefined && this.frames.has(PAINTER, wanted) ? this.frames.nearest(PAINTER, wanted).bitmap : undefined);
    const signs = this.nearestSigns(step);
    const judged = { ...row, ...(this.scale.gap(row) ?? { gap: NaN }) };
    this.step.textContent = `step ${step} of ${row.total}`;
    this.page.slider.setAttribute("aria-valuetext", `step ${step} of ${row.total}, judge ${figure(row.score)}, realism ${figure(row.realism)}`);
    const count = this.signs.show(step, judged, signs, picture(step));
    this.loop.show({ step, before, row, count, start: picture(0), last: picture(before), now: picture(step), settings: this.state.settings[PAINTER],
      gradient: this.gradient(step), reference: this.state.reference, moved: step !== this.drawn, playing: this.playing && Number(this.page.speed.value) > 0.2 });
    this.drawn = step;
    this.fetchSigns();
  }

  nearestSigns(step) {
    if (this.found.has(step)) return this.found.get(step);
    const near = [...this.found.keys()].sort((a, b) => Math.abs(a - step) - Math.abs(b - step))[0];
    return near === undefined || Math.abs(near - step) > 2 ? undefined : this.found.get(near);
  }

  /** {step, address} of the gradient kept nearest to this step. */
  gradient(step) {
    const kept = Object.keys(this.extras).map(Number).filter((other) => this.extras[other].includes("gradient"));
    if (!kept.length || step === 0) return undefined;
    const near = kept.reduce((a, b) => (Math.abs(b - step) < Math.abs(a - step) ? b : a));
    return { step: near, address: `${this.data.base}/extras/${this.run}/${PAINTER}/${near}/gradient` };
  }
}

export default mounter(Failure, style);
