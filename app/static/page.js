// The player's elements, built once, and the words that describe a run's state.

import { duration, figure } from "./format.js";

const FIGURES = [
  ["score", "Judge", "The score the painter climbs: cosine between picture and prompt"],
  ["heldout", "Held-out", "The same cosine by a judge that no painter ever sees"],
  ["realism", "Realism", "0 to 1: how much it resembles the reference photographs"],
];
const AXES = [["share", "share of the run, %"], ["step", "step"], ["seconds", "seconds"], ["evaluations", "pictures judged"]];
const CHARTS = ["score", "heldout", "realism", "plane"];

/** An element with properties and children; text is never parsed as HTML. */
function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** Build the player below `root`; returns the elements that change. */
export function build(root, marks) {
  const page = { panels: {}, charts: {} };
  page.prompt = element("h2", { className: "prompt" });
  page.chip = element("span", { className: "chip" });
  page.meta = element("span", { className: "meta" });
  page.row = element("div", { className: "panels" });
  page.play = element("button", { type: "button", className: "play" });
  page.slider = element("input", { type: "range", min: "0", max: "1", step: "1", "aria-label": "Step of all painters" });
  page.readout = element("output", { className: "readout" });
  page.live = element("button", { type: "button", className: "live", hidden: true, textContent: "Go to live" });
  page.axis = element("select", { "aria-label": "Horizontal axis of the curves" },
    ...AXES.map(([value, text]) => element("option", { value, textContent: text })));
  page.words = element("div", { className: "words", role: "status" });
  for (const name of CHARTS) page.charts[name] = element("div", { className: `chart ${name}`, "data-chart": name });
  page.root = element("div", { className: "player" },
    element("header", {}, page.prompt, page.chip, page.meta),
    page.row,
    element("div", { className: "controls" }, page.play, page.slider, page.readout, page.live,
      element("label", { className: "axis" }, "Curves over ", page.axis)),
    ...Object.values(page.charts),
    page.words);
  page.setPlaying = (playing) => {
    page.play.textContent = playing ? "❚❚" : "▶";
    page.play.setAttribute("aria-label", playing ? "Pause" : "Play");
  };
  page.setPlaying(false);
  page.setPainters = (painters) => {
    page.panels = Object.fromEntries(painters.map(({ name }) => [name, panel(name, marks[name])]));
    page.row.replaceChildren(...painters.map(({ name }) => page.panels[name].section));
  };
  root.append(page.root);
  return page;
}

/** One painter: name and mark, picture, progress, figures. */
function panel(name, mark) {
  const canvas = element("canvas", { role: "img", "aria-label": `${mark.label}: no picture yet` });
  const step = element("span", { className: "step" });
  const bar = element("i");
  const left = element("span", { className: "left" });
  const cells = Object.fromEntries(FIGURES.map(([key]) => [key, element("dd", { textContent: "–" })]));
  const section = element("section", { className: "panel empty", "data-painter": name },
    element("div", { className: "name" }, sign(mark), element("h3", { textContent: mark.label }), step),
    element("div", { className: "frame" }, canvas, element("span", { className: "wait" })),
    element("div", { className: "bar" }, bar),
    element("dl", {}, ...FIGURES.map(([key, label, help]) =>
      element("div", { title: help }, element("dt", { textContent: label }), cells[key]))),
    left);
  section.style.setProperty("--mark", mark.colour);
  return { section, canvas, step, bar, left, draw: (row, bitmap) => drawPanel({ mark, canvas, step, cells, section }, row, bitmap) };
}

function drawPanel({ mark, canvas, step, cells, section }, row, bitmap) {
  step.textContent = `step ${row.step} of ${row.total}`;
  for (const [key] of FIGURES) cells[key].textContent = figure(row[key]);
  const figures = FIGURES.map(([key, label]) => `${label} ${figure(row[key])}`).join(", ");
  canvas.setAttribute("aria-label", `${mark.label}, step ${row.step} of ${row.total}: ${figures}`);
  canvas.dataset.step = row.step;
  section.classList.toggle("empty", !bitmap);
  if (!bitmap) return;
  const side = Math.round(canvas.clientWidth * devicePixelRatio);
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  // A photograph of 128 px looks like one only when it is enlarged smoothly.
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, side, side);
}

/** The painter's mark as in the charts: its dash through its shape, in its colour. */
function sign({ colour, shape, dash }) {
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
export function describe(page, state) {
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
  const sentences = words(state);
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
    queued: state.ahead ? `Queued · ${state.ahead} ahead` : "Queued · next",
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
  if (state.status === "queued") return [state.note || "The painters start as soon as the runs before this one are finished."];
  if (state.status === "running") return ["What the figures say appears here when the painters have finished. Scrub back at any time."];
  const reason = state.reason ? [state.reason] : [];
  return [...reason, ...(state.verdict ?? [])];
}
