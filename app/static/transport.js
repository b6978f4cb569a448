// Slider, buttons, play, keyboard: turns what a person does into one number, the share of the run.

const PLAY_SECONDS = 8; // a whole run at speed 1
const CALM_MS = 500; // between two pictures for those who asked for reduced motion
const FIELDS = `input:not([type=checkbox], [type=button]), textarea, select, [contenteditable=true], [role=slider],
  [role=spinbutton], [role=combobox], [role=listbox], [role=option], [role=menuitem], [role=tab], [role=radio], [role=grid]`;
const PRESSED_BY_SPACE = "button, summary, input, [role=button], [role=switch], [role=checkbox]";

export class Transport {
  /** keys: further keys → what they do, anywhere on the page except in fields. */
  constructor(page, onDraw, keys) {
    this.page = page;
    this.onDraw = onDraw;
    this.keys = keys;
    this.places = 1;
    this.place = 0; // whole number, 0 … places
    this.following = true; // stays at the newest step while a run goes on
    this.stop = new AbortController();
    const on = (target, type, handler) => target.addEventListener(type, handler, { signal: this.stop.signal });
    on(page.slider, "input", () => this.goTo(Number(page.slider.value)));
    on(page.play, "click", () => this.toggle());
    on(page.back, "click", () => this.goTo(this.place - 1));
    on(page.forth, "click", () => this.goTo(this.place + 1));
    on(page.live, "click", () => this.follow());
    on(document, "keydown", (event) => this.key(event));
  }

  destroy() {
    this.stop.abort();
    this.pause();
    cancelAnimationFrame(this.pending);
  }

  get share() {
    return this.place / this.places;
  }

  /** A new run: follow it. */
  reset(series) {
    this.pause();
    this.places = series.places;
    this.page.slider.max = String(this.places);
    this.following = true;
    this.setPlace(0);
  }

  /** The run has come as far as `head`, 0 … 1. */
  extend(head, active) {
    this.head = Math.round(head * this.places);
    this.active = active;
    if (this.following) this.setPlace(this.head);
    this.page.live.hidden = !active || this.following;
    this.redraw();
  }

  follow() {
    this.following = true;
    this.pause();
    this.page.live.hidden = true;
    this.setPlace(this.head ?? this.places);
  }

  goTo(place) {
    this.pause();
    this.jump(place);
  }

  /** Go to a share of the run, 0 … 1. */
  goToShare(share) {
    this.goTo(Math.round(share * this.places));
  }

  jump(place) {
    this.following = false;
    this.page.live.hidden = !this.active;
    this.setPlace(Math.min(Math.max(place, 0), this.places));
  }

  setPlace(place) {
    this.place = place;
    this.page.slider.value = String(place);
    const percent = `${Math.round(100 * this.share)} %`;
    this.page.readout.textContent = percent;
    this.page.counter.textContent = percent;
    this.page.slider.setAttribute("aria-valuetext", `${percent} of the run`);
    this.page.slider.style.setProperty("--share", `${100 * this.share}%`);
    this.redraw();
  }

  redraw() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = undefined;
      this.onDraw();
    });
  }

  toggle() {
    if (this.timer) return this.pause();
    if (this.place >= this.places) this.jump(0);
    this.page.setPlaying(true);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches ? CALM_MS : 0;
    let last = performance.now();
    let exact = this.place;
    let shown = last;
    const tick = (time) => {
      exact += ((time - last) / 1000 / PLAY_SECONDS) * this.places * Number(this.page.speed.value);
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
    this.page.setPlaying(false);
  }

  /** Keys work anywhere on the page, except where what has the focus needs them itself. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const focus = event.composedPath()[0];
    if (focus !== this.page.slider && focus.matches?.(FIELDS)) return;
    if (event.key === " " && focus !== this.page.slider && focus.matches?.(PRESSED_BY_SPACE)) return;
    const tenth = Math.max(1, Math.round(this.places / 10));
    const moves = {
      ArrowRight: () => this.goTo(this.place + 1),
      ArrowLeft: () => this.goTo(this.place - 1),
      PageUp: () => this.goTo(this.place + tenth),
      PageDown: () => this.goTo(this.place - tenth),
      Home: () => this.goTo(0),
      End: () => (this.active ? this.follow() : this.goTo(this.places)),
      " ": () => this.toggle(),
      ...this.keys,
    };
    if (!Object.hasOwn(moves, event.key)) return;
    if (moves[event.key]() !== false) event.preventDefault();
  }
}
