// The player's elements, built once, and the words that describe a run's state.

import { element } from "./dom.js";
import { duration, figure } from "./format.js";

const FIGURES = [
  ["score", "Judge", "The score the painter climbs: cosine between picture and prompt"],
  ["heldout", "Held-out", "The same cosine by a judge that no painter climbs"],
  ["realism", "Realism", "0 to 1: how much it resembles the reference photographs"],
];
const AXES = [["share", "share of the run, %"], ["step", "step"], ["seconds", "seconds"], ["evaluations", "pictures judged"]];
const SCALES = [["cosine", "cosine"], ["shared", "shared scale"]];
const SCALE_HELP = "Cosines of two judges cannot be compared as they are. On the shared scale 0 is an unrelated photograph and 1 a matching one.";
// The figures themselves are beside the pictures, so a chart only has to say what it shows.
const CHARTS = [
  ["score", "Chart: the judge's score of every painter over the run"],
  ["heldout", "Chart: the held-out judge's score of every painter over the run"],
  ["realism", "Chart: realism of every painter over the run"],
  ["plane", "Chart: every painter's path in the plane of the judge's score and realism"],
];
const SPEEDS = [["0.25", "¼ ×"], ["0.5", "½ ×"], ["1", "1 ×"], ["2", "2 ×"]];

/** Build the player below `root`; returns the elements that change. */
export function build(root, marks) {
  const page = { panels: {}, charts: {} };
  page.prompt = element("h2", { className: "prompt" });
  page.chip = element("span", { className: "chip" });
  page.meta = element("span", { className: "meta" });
  page.counter = element("b");
  page.leave = button("leave", "Leave (Esc)", "Leave the presenter view");
  page.overlay = element("div", { className: "overlay", hidden: true });
  page.row = element("div", { className: "panels" });
  page.play = element("button", { type: "button", className: "play" });
  page.back = button("one", "◂", "One step back");
  page.forth = button("one", "▸", "One step forward");
  page.speed = element("select", { className: "speed", "aria-label": "Speed of playing" },
    ...SPEEDS.map(([value, textContent]) => element("option", { value, textContent, selected: value === "1" })));
  page.present = button("present", "Present", "Presenter view (P)");
  page.slider = element("input", { type: "range", min: "0", max: "1", step: "1", "aria-label": "Step of all painters" });
  page.readout = element("output", { className: "readout" });
  page.live = element("button", { type: "button", className: "live", hidden: true, textContent: "Go to live" });
  page.axis = element("select", { "aria-label": "Horizontal axis of the curves" },
    ...AXES.map(([value, text]) => element("option", { value, textContent: text })));
  page.scale = element("select", { "aria-label": "Scale of both judges", title: SCALE_HELP },
    ...SCALES.map(([value, text]) => element("option", { value, textContent: text })));
  page.over = element("p", { className: "over" }); // what the select says, where it is hidden
  page.words = element("div", { className: "words", role: "status" });
  for (const [name, label] of CHARTS) {
    page.charts[name] = element("div", { className: `chart ${name}`, "data-chart": name, role: "img", "aria-label": label });
  }
  page.root = element("div", { className: "player", tabIndex: -1 },
    element("header", {}, page.prompt, page.chip, page.meta, page.present,
      element("p", { className: "counter" }, page.counter, " of the run"), page.leave),
    page.overlay,
    page.row,
    element("div", { className: "controls" }, page.back, page.play, page.forth, page.speed, page.slider, page.readout, page.live,
      element("label", { className: "axis" }, "Judges ", page.scale),
      element("label", { className: "axis" }, "Curves over ", page.axis)),
    ...Object.values(page.charts),
    page.over,
    page.words);
  page.setPlaying = (playing) => {
    page.play.textContent = playing ? "❚❚" : "▶";
    page.play.setAttribute("aria-label", playing ? "Pause" : "Play");
  };
  page.setPlaying(false);
  page.setPainters = (painters) => {
    page.panels = Object.fromEntries(painters.map(({ name, optimised }) => [name, panel(name, marks[name], optimised)]));
    page.row.replaceChildren(...painters.map(({ name }) => page.panels[name].section));
  };
  root.append(page.root);
  return page;
}

const button = (className, textContent, label) =>
  element("button", { type: "button", className, textContent, title: label, "aria-label": label });

/** One painter: name and mark, picture, progress, figures, and the moment it goes wrong; `optimised`: of realism, if anything. */
function panel(name, mark, optimised) {
  const canvas = element("canvas", { role: "img", "aria-label": `${mark.label}: no picture yet` });
  const step = element("span", { className: "step" });
  const bar = element("i");
  const left = element("span", { className: "left" });
  const cells = Object.fromEntries(FIGURES.map(([key]) => [key, element("dd", { textContent: "–" })]));
  const turn = element("div", { className: "turn" });
  const section = element("section", { className: "panel empty", "data-painter": name },
    element("div", { className: "name" }, sign(mark), element("h3", { textContent: mark.label }), step),
    element("div", { className: "frame" }, canvas, element("span", { className: "wait" })),
    element("div", { className: "bar" }, bar),
    element("div", { className: "figures" },
      element("dl", {}, ...FIGURES.map(([key, label, help]) =>
        element("div", { title: help }, element("dt", { textContent: label }), cells[key]))),
      turn),
    left);
  section.style.setProperty("--mark", mark.colour);
  if (optimised) spoil(section, cells.realism.parentElement, optimised);
  return { section, canvas, step, bar, left, turn, draw: (...shown) => drawPanel({ mark, canvas, step, cells, section }, ...shown) };
}

/** Realism was climbed: say so on the picture, and strike its figure out. */
function spoil(section, cell, optimised) {
  cell.classList.add("spoilt");
  cell.title = `Realism (${optimised}) was optimised in this run: it is no longer a measure`;
  const badge = element("span", { className: "lab", textContent: `Gaming lab: climbed ${optimised} too`, title: cell.title });
  section.querySelector(".frame").append(badge);
}

/** gap: {gap, wide} of the two judges, or null. picture: {step, bitmap} of the nearest step that has come, or undefined. */
function drawPanel({ mark, canvas, step, cells, section }, row, gap, picture) {
  step.textContent = `step ${row.step} of ${row.total}`;
  for (const [key] of FIGURES) cells[key].textContent = figure(row[key]);
  showGap(cells.heldout.parentElement, gap);
  const figures = FIGURES.map(([key, label]) => `${label} ${figure(row[key])}`).join(", ");
  canvas.setAttribute("aria-label", `${mark.label}, step ${row.step} of ${row.total}: ${figures}`);
  canvas.dataset.step = row.step;
  section.classList.toggle("empty", !picture);
  if (!picture) return;
  canvas.dataset.shown = picture.step; // not yet the row's step while that picture is on its way
  paint(canvas, picture.bitmap);
}

/** Mark the held-out figure where the judges differ more than on real photographs. */
function showGap(cell, gap) {
  cell.classList.toggle("wide", Boolean(gap?.wide));
  const told = gap ? `. Judge gap on the shared scale: ${figure(gap.gap)}` : "";
  const wide = gap?.wide ? ", wider than in 99 of 100 reference photographs" : "";
  cell.title = `${FIGURES[1][2]}${told}${wide}`;
}

/** Fill a canvas with a picture, at the screen's own resolution. */
export function paint(canvas, bitmap) {
  const side = Math.round(canvas.clientWidth * devicePixelRatio);
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  // A photograph of 128 px looks like one only when it is enlarged smoothly.
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, side, side);
}

/** Under each picture the step at which its painter goes wrong, as a button that leads there; goTo(painter, step). */
export function showTurns(page, turns, goTo) {
  for (const [name, { turn }] of Object.entries(page.panels)) {
    const found = turns.find(({ painter }) => painter === name);
    turn.replaceChildren(...(found ? turnOf(found, () => goTo(name, found.step)) : []));
  }
}

function turnOf({ step, text, label }, go) {
  const head = element("span", { className: "head", textContent: "Goes wrong" });
  if (step === null) return [head, element("span", { className: "never", textContent: label, title: text })];
  const jump = button("jump", `◆ ${label}`, `◆ ${label}: ${text}`);
  jump.addEventListener("click", go);
  return [head, jump];
}

/** The painter's mark as in the charts: its dash through its shape, in its colour. */
export function sign({ colour, shape, dash }) {
  const shapes = {
    square: '<rect x="11" y="3" width="10" height="10"/>',
    "triangle-up": '<path d="M16 2 L22 13 L10 13 Z"/>',
    circle: '<circle cx="16" cy="8" r="5.5"/>',
  };
  const holder = element("span", { className: "sign" });
  const stroke = dash[1] ? `stroke-dasharray="${dash.join(" ")}"` : "";
  holder.innerHTML = `<svg width="32" height="16" aria-hidden="true" fill="${colour}">
    <path d="M0 8 H32" stroke="${colour}" stroke-width="2.5" ${stroke}/>${shapes[shape]}</svg>`;
  return holder;
}

/** State of the run in words: chip, progress of every painter, and the verdict or what went wrong. */
export function describe(page, state, notice = "") {
  page.prompt.textContent = state.prompt ? `“${state.prompt}”` : "";
  page.chip.textContent = state.lost ? "Connection lost, trying again" : chip(state);
  page.chip.dataset.status = state.lost ? "failed" : state.status ?? "";
  page.root.dataset.status = state.status ?? "";
  page.meta.textContent = state.prompt ? `seed ${state.seed}` : "";
  for (const { name, total, done, left } of state.painters ?? []) {
    page.panels[name].bar.style.width = `${(100 * done) / total}%`;
    page.panels[name].left.textContent = state.status === "running" && done < total && left != null ? `${duration(left)} left` : "";
    page.panels[name].section.querySelector(".wait").textContent = waiting(state);
  }
  const sentences = [...(notice ? [notice] : []), ...words(state)];
  const text = sentences.join("\n");
  if (page.words.dataset.text === text) return; // a screen reader hears each sentence once
  page.words.dataset.text = text;
  page.words.replaceChildren(...sentences.map((sentence) => element("p", { textContent: sentence })));
}

function chip(state) {
  const shares = (state.painters ?? []).map(({ done, total }) => done / total);
  const percent = `${Math.floor((100 * shares.reduce((a, b) => a + b, 0)) / Math.max(1, shares.length))} %`;
  const time = state.elapsed != null ? ` · ${duration(state.elapsed)}` : "";
  return {
    queued: `Queued · ${state.ahead ? `${state.ahead} ahead` : "next"}${state.wait ? ` · about ${duration(state.wait)}` : ""}`,
    running: `Running · ${percent}${state.left != null ? ` · ${duration(state.left)} left` : ""}`,
    done: state.example ? "Example, computed in advance" : `Done${time}`,
    stopped: `Stopped at ${percent}`,
    failed: `Failed at ${percent}`,
    interrupted: `Interrupted at ${percent}`,
    gone: "Not found",
  }[state.status] ?? "";
}

function waiting(state) {
  return { queued: "waiting for its turn", running: "starting" }[state.status] ?? "no picture";
}

function words(state) {
  if (state.status === "none") return ["Type a prompt and press Run."];
  if (state.status === "gone") return ["This run is not stored here. Check the address, or press Run to compute it."];
  if (state.status === "queued") return [state.note || waits(state)];
  if (state.status === "running") return ["What the figures say appears here when the painters have finished. Scrub back at any time."];
  const reason = state.reason ? [state.reason] : [];
  return [...reason, ...(state.verdict ?? []), ...moments(state.turns ?? [])];
}

/** When a queued run begins, as far as that is known. */
function waits({ ahead, wait }) {
  if (!ahead) return "The painters start on this one next.";
  const about = wait ? `, in about ${duration(wait)}` : "";
  return `The painters start when the ${ahead === 1 ? "run" : `${ahead} runs`} before this one ${ahead === 1 ? "is" : "are"} finished${about}.`;
}

/** A line for every painter that goes wrong, and one for those that do not. */
function moments(turns) {
  const never = turns.filter(({ step }) => step === null).map(({ text }) => text);
  return [...turns.filter(({ step }) => step !== null).map(({ text }) => text), ...(never.length ? [never.join(" ")] : [])];
}
