// The player's elements, built once.

import { button, element, select } from "../shared/dom.js";
import { term, termKeys } from "../shared/glossary.js";
import { playbackControls } from "../shared/playback.js";
import { SHOW_CODE } from "../shared/room.js";
import { PainterPanel } from "./painter-panel.js";

const AXES = [
  ["share", "share of the run, %"],
  ["step", "step"],
  ["seconds", "seconds"],
  ["evaluations", "pictures judged"],
];
const SCALES = [
  ["shared", "shared scale"], // the charts say what its ends are
  ["cosine", "cosine"],
];
const SCALE_HELP =
  "Cosines of two judges cannot be compared directly. " +
  "On the shared scale, 0 is an unrelated picture and 1 a matching one.";
// The numbers themselves are beside the pictures, so a chart only has to say what it shows.
const CHARTS = [
  ["score", "Chart: the judge's score of every painter over the run"],
  ["heldout", "Chart: the held-out judge's score of every painter over the run"],
  ["realism", "Chart: realism of every painter over the run"],
  ["plane", "Chart: every painter's path in the plane of the judge's score and realism"],
];
const JUDGES_HELP = "Which two judges have figures below the pictures, and curves. All judges measure.";
const SPEEDS = [
  ["0.25", "¼ ×"],
  ["0.5", "½ ×"],
  ["1", "1 ×"],
  ["2", "2 ×"],
];

/** The elements that change. */
export class PlayerLayout {
  /** @param {Node} parent */
  constructor(parent) {
    this.panels = {}; // painter → PainterPanel
    this.prompt = element("h2", { className: "prompt" });
    this.reading = element("p", { className: "reading" }); // what of the prompt the models do not know
    this.chip = element("span", { className: "chip" });
    this.meta = element("span", { className: "meta" });
    this.judges = select("Judges shown", [], { className: "judges", title: JUDGES_HELP });
    this.judges.hidden = true; // until a run was judged by more than two
    this.counter = element("b");
    const showCode = () => document.dispatchEvent(new Event(SHOW_CODE));
    this.code = button("QR code (Q)", showCode, { className: "code" });
    this.leave = button("Leave (Esc)", () => {}, { className: "leave", label: "Leave the presenter view" });
    this.present = button("Present", () => {}, { className: "present", label: "Presenter view (P)" });
    this.secondRun = element("div", { className: "second-run", hidden: true });
    const hands = { className: "hands", hidden: true, "aria-label": "Show of hands" };
    this.hands = element("section", hands);
    this.row = element("div", { className: "panels" });
    this.readout = element("span", { className: "readout", "aria-hidden": "true" }); // the slider says it too
    this.axis = select("Horizontal axis of the curves", AXES);
    this.scale = select("Scale of both judges", SCALES, { title: SCALE_HELP });
    this.axisName = element("p", { className: "axis-name" }); // what the list says, where it is hidden
    this.words = element("div", { className: "words", role: "status" });
    this.charts = Object.fromEntries(CHARTS.map(([name, label]) => [name, chartBox(name, label)]));
    this.controls = playbackControls({
      label: "Step of all painters",
      unit: "step",
      speeds: SPEEDS,
      speed: "1",
      moreKeys: ", P presents, L shows what the judge sees, Q the QR code",
    });
    this.root = this.build();
    parent.append(this.root);
  }

  build() {
    const { back, play, forth, speed, slider, live, keys } = this.controls;
    const counter = element("p", { className: "counter" }, this.counter, " of the run");
    const scale = element("label", { className: "axis" }, "Judges ", this.scale);
    const axis = element("label", { className: "axis" }, "Curves over ", this.axis);
    const { prompt, chip, meta, present, code, leave } = this;
    const header = element("header", {}, prompt, chip, meta, this.judges, present, counter, code, leave);
    return element(
      "div",
      { className: "player", tabIndex: -1 },
      element("div", { className: "head" }, header, this.reading),
      this.hands,
      this.secondRun,
      this.row,
      element(
        "div",
        { className: "controls" },
        back,
        play,
        forth,
        speed,
        slider,
        this.readout,
        live,
        keys,
        scale,
        axis,
      ),
      ...Object.values(this.charts),
      this.axisName,
      this.words,
      element("p", { className: "glossary" }, ...termKeys().map((key) => term(key))),
    );
  }

  /**
   * The pairs of judges to choose from, and names of their charts.
   * @param {import("../shared/judge-scale.js").JudgeScale} scale
   */
  offerJudges(scale) {
    const { named } = scale.judges;
    const names = Object.keys(named);
    const pairs = names.flatMap((one, i) => names.slice(i + 1).map((other) => [one, other]));
    const options = pairs.map((pair) =>
      element("option", {
        value: pair.join(),
        textContent: pair.map((name) => named[name].short).join(" + "),
      }),
    );
    this.judges.replaceChildren(...options);
    this.judges.hidden = pairs.length < 2;
    this.judges.value = scale.shown.join();
    this.nameJudges(scale);
  }

  /** Say everywhere which judges are shown. */
  nameJudges(scale) {
    for (const [name, panel] of Object.entries(this.panels)) panel.nameFigures(scale.figures(name));
    for (const place of ["score", "heldout"]) {
      const { label } = scale.judges.named[scale.network(place)] ?? {};
      if (!label) continue;
      this.charts[place].setAttribute("aria-label", `Chart: ${label} for every painter over the run`);
    }
  }

  /**
   * @param {{name: string, optimised?: string, terms?: string[]}[]} painters in display order
   * @param {Record<string, any>} marks by painter
   */
  setPainters(painters, marks) {
    const panels = painters.map(({ name, optimised, terms }) => [
      name,
      new PainterPanel(name, marks[name], optimised, terms ?? []),
    ]);
    this.panels = Object.fromEntries(panels);
    this.row.replaceChildren(...panels.map(([, { section }]) => section));
  }
}

function chartBox(name, label) {
  return element("div", { className: `chart ${name}`, "data-chart": name, role: "img", "aria-label": label });
}
