// Slider, buttons, play, keyboard: turns what a person does into one number, the share of the run.

import { button, element, select } from "./dom.js";
import { cssPercent } from "./format.js";
import { handleShortcut, shortcutSwitch } from "./shortcuts.js";

const PLAY_SECONDS = 8; // a whole run at speed 1
const CALM_MS = 500; // between two pictures for those who asked for reduced motion
const CALM = "(prefers-reduced-motion: reduce)";
const PLAY_SIGN = "▶";
const PAUSE_SIGN = "❚❚";

/**
 * The controls of a playback; where they stand is the caller's choice.
 * @param {object} options
 * @param {string} options.label of the slider
 * @param {string} options.unit what one step is called
 * @param {string[][]} options.speeds pairs of speed and text
 * @param {string} [options.speed] the one at first
 * @param {string} [options.moreKeys] further shortcuts of this page, in words
 */
export function playbackControls({ label, unit, speeds, speed, moreKeys = "" }) {
  const stopping = new AbortController();
  const keys = `Space plays, the arrow keys, Home and End step${moreKeys}`;
  return {
    stopping,
    play: element("button", { type: "button", className: "play" }),
    back: button("◂", () => {}, { className: "one", label: `One ${unit} back` }),
    forth: button("▸", () => {}, { className: "one", label: `One ${unit} forward` }),
    speed: select("Playback speed", speeds, { className: "speed", value: speed }),
    slider: element("input", {
      type: "range",
      min: "0",
      max: "1",
      step: "1",
      value: "0",
      "aria-label": label,
    }),
    live: button("Go to live", () => {}, { className: "live", hidden: true }),
    keys: shortcutSwitch(keys, stopping.signal),
  };
}

/** Where in a run a person is, 0 … 1, and how it moves. */
export class Playback {
  /**
   * @param {ReturnType<typeof playbackControls>} controls
   * @param {() => void} onDraw called once per animation frame at most
   * @param {Record<string, () => any>} [keys] further keys → what they do, anywhere on the page except in
   *   fields
   */
  constructor(controls, onDraw, keys = {}) {
    this.controls = controls;
    this.onDraw = onDraw;
    this.keys = keys;
    this.places = 1;
    this.place = 0; // whole number, 0 … places
    this.following = true; // stays at the newest step while a run goes on
    this.listen();
    this.showPlaying(false);
  }

  listen() {
    const { signal } = this.controls.stopping;
    const on = (target, type, handler) => target.addEventListener(type, handler, { signal });
    const { slider, play, back, forth, live } = this.controls;
    on(slider, "input", () => this.goTo(Number(slider.value)));
    on(play, "click", () => this.toggle());
    on(back, "click", () => this.goTo(this.place - 1));
    on(forth, "click", () => this.goTo(this.place + 1));
    on(live, "click", () => this.follow());
    on(document, "keydown", (event) => handleShortcut(event, this.moves(), slider));
  }

  destroy() {
    this.controls.stopping.abort();
    this.pause();
    cancelAnimationFrame(this.pending);
  }

  get share() {
    return this.place / this.places;
  }

  get playing() {
    return this.timer !== undefined;
  }

  /**
   * A new run: follow it.
   * @param {number} places of the slider
   */
  reset(places) {
    this.pause();
    this.places = places;
    this.controls.slider.max = String(places);
    this.following = true;
    this.setPlace(0);
  }

  /**
   * The run has come this far.
   * @param {number} head 0 … 1
   * @param {boolean} active whether it goes on
   */
  extend(head, active) {
    this.head = Math.round(head * this.places);
    this.active = active;
    if (this.following) this.setPlace(this.head);
    this.controls.live.hidden = !active || this.following;
    this.redraw();
  }

  follow() {
    this.following = true;
    this.pause();
    this.controls.live.hidden = true;
    this.setPlace(this.head ?? this.places);
  }

  goTo(place) {
    this.pause();
    this.jump(place);
  }

  /** @param {number} share of the run, 0 … 1 */
  goToShare(share) {
    this.goTo(Math.round(share * this.places));
  }

  jump(place) {
    this.following = false;
    this.controls.live.hidden = !this.active;
    this.setPlace(Math.min(Math.max(place, 0), this.places));
  }

  setPlace(place) {
    const { slider } = this.controls;
    this.place = place;
    slider.value = String(place);
    slider.setAttribute("aria-valuetext", `${this.percent} of the run`);
    slider.style.setProperty("--share", cssPercent(this.share));
    this.redraw();
  }

  /** "50 %" of the run. */
  get percent() {
    return `${Math.round(100 * this.share)} %`;
  }

  redraw() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = undefined;
      this.onDraw();
    });
  }

  toggle() {
    if (this.playing) return this.pause();
    if (this.place >= this.places) this.jump(0);
    this.showPlaying(true);
    const calm = matchMedia(CALM).matches ? CALM_MS : 0;
    let last = performance.now();
    let exact = this.place;
    let shown = last;
    const tick = (time) => {
      exact += ((time - last) / 1000 / PLAY_SECONDS) * this.places * Number(this.controls.speed.value);
      last = time;
      if (Math.floor(exact) !== this.place && time - shown >= calm) {
        shown = time;
        this.jump(Math.floor(exact));
      }
      if (this.place >= this.places) this.pause();
      else this.timer = requestAnimationFrame(tick);
    };
    this.timer = requestAnimationFrame(tick);
    return undefined;
  }

  pause() {
    cancelAnimationFrame(this.timer);
    this.timer = undefined;
    this.showPlaying(false);
  }

  showPlaying(playing) {
    const { play } = this.controls;
    play.textContent = playing ? PAUSE_SIGN : PLAY_SIGN;
    play.setAttribute("aria-label", playing ? "Pause" : "Play");
  }

  /** What the keys do. */
  moves() {
    const tenth = Math.max(1, Math.round(this.places / 10));
    return {
      ArrowRight: () => this.goTo(this.place + 1),
      ArrowLeft: () => this.goTo(this.place - 1),
      PageUp: () => this.goTo(this.place + tenth),
      PageDown: () => this.goTo(this.place - tenth),
      Home: () => this.goTo(0),
      End: () => (this.active ? this.follow() : this.goTo(this.places)),
      " ": () => this.toggle(),
      ...this.keys,
    };
  }
}
