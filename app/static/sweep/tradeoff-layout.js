// The elements of the trade-off: a picture with what was measured of it, two charts, two sliders.

import { button, element } from "../shared/dom.js";
import { MEASURES } from "../shared/measures.js";
import { playbackControls } from "../shared/playback.js";
import { SHOW_CODE } from "../shared/room.js";
import { term } from "../shared/glossary.js";

const SPEEDS = [
  ["0.25", "¼ ×"],
  ["0.5", "½ ×"],
  ["1", "1 ×"],
  ["2", "2 ×"],
];
const CHARTS = [
  ["tradeoff", "Chart: a curve through the values in the plane of score and realism, for both judges"],
  ["values", "Chart: both judges' scores and realism over the values"],
];

/** The elements that change. */
export class TradeoffLayout {
  constructor() {
    this.name = element("span", { className: "quiet" });
    this.value = element("b");
    this.canvas = element("canvas", { role: "img" });
    this.wait = element("span", { className: "wait" });
    this.frame = element("a", { className: "frame", title: "Open this run" }, this.canvas, this.wait);
    this.figures = MEASURES.map(({ key, short }) => ({ key, ...figure(key, short) }));
    this.charts = Object.fromEntries(CHARTS.map(([name, label]) => [name, chartBox(name, label)]));
    this.slider = element("input", { type: "range", min: "0", max: "1", step: "1" });
    this.lower = button("◂", () => {}, { className: "one", label: "The value before" });
    this.higher = button("▸", () => {}, { className: "one", label: "The next value" });
    this.ticks = element("div", { className: "ticks", "aria-hidden": "true" });
    this.between = button("", () => {}, { className: "between" });
    this.refusal = element("span", { className: "quiet" });
    this.stepName = element("span", { className: "axis", textContent: "Step" });
    this.readout = element("span", { className: "readout", "aria-hidden": "true" }); // the slider says it too
    this.words = element("p", { className: "note", hidden: true });
    this.present = button("Present", () => {}, { className: "present", label: "Presenter view (P)" });
    const showCode = () => document.dispatchEvent(new Event(SHOW_CODE));
    this.code = button("QR code (Q)", showCode, { className: "code" });
    this.leave = button("Leave (Esc)", () => {}, { className: "leave", label: "Leave the presenter view" });
    this.controls = playbackControls({
      label: "Step of every value",
      unit: "step",
      speeds: SPEEDS,
      speed: "1",
      moreKeys: ", P presents; there, the arrow keys up and down choose the value",
    });
    this.tools = element("span", { className: "tools" }, this.present, this.code, this.leave);
    this.root = this.build();
  }

  build() {
    const { back, play, forth, speed, slider, live, keys } = this.controls;
    const figures = this.figures.map(({ node }) => node);
    const title = element("h3", { className: "value" }, this.name, " ", this.value);
    const look = element("div", { className: "look" }, title, this.frame, element("dl", {}, ...figures));
    const scale = element("div", { className: "scale" }, this.slider, this.ticks);
    const ask = element("span", { className: "row ask" }, this.between, this.refusal);
    const steps = [this.stepName, back, play, forth, speed, slider, this.readout, live, keys];
    return element(
      "section",
      { className: "tradeoff", tabIndex: -1, "aria-label": "The trade-off, value by value", hidden: true },
      look,
      ...Object.values(this.charts),
      element("div", { className: "controls values" }, this.lower, scale, this.higher, ask),
      element("div", { className: "controls steps" }, ...steps),
      this.words,
    );
  }

  /**
   * The slider of the values, for a sweep of this setting.
   * @param {string} name of the setting
   * @param {string[]} values
   */
  setValues(name, values) {
    this.name.textContent = name;
    this.slider.max = String(values.length - 1);
    this.slider.setAttribute("aria-label", name);
    const share = (place) => (values.length > 1 ? place / (values.length - 1) : 0);
    this.ticks.replaceChildren(
      ...values.map((textContent, place) =>
        element("span", { className: "tick", style: `--at: ${share(place)}`, textContent }),
      ),
    );
  }
}

function figure(key, short) {
  const role = element("span", { className: "role" });
  const number = element("dd", { textContent: "–" });
  return { role, number, node: element("div", {}, number, element("dt", {}, term(key, short), role)) };
}

function chartBox(name, label) {
  return element("div", { className: `chart ${name}`, "data-chart": name, role: "img", "aria-label": label });
}
