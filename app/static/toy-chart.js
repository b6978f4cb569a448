// Score and realism of a climb over its steps, as two small charts; earlier climbs are pale.

import { figure } from "./format.js";

const WIDE = 420, HIGH = 150, LEFT = 44, RIGHT = 12, TOP = 26, BOTTOM = 22;
const SVG = "http://www.w3.org/2000/svg";

/** points: [{score, realism, prior}]; past: earlier ones; band: lowest and highest score of natural pictures. */
export function drawTrace(place, points, past, band) {
  const all = [points, ...past];
  const scores = all.flat().map(({ score }) => score);
  const steps = Math.max(10, ...all.map((one) => one.length - 1));
  const score = axes("Score: how much lighter the left column is", steps, Math.min(-0.5, ...scores), Math.max(1.5, ...scores), band, "natural pictures");
  const realism = axes("Toy realism: 1 on a natural picture", steps, 0, 1);
  for (const [chart, key] of [[score, "score"], [realism, "realism"]]) {
    past.forEach((one) => line(chart, one.map((point) => point[key]), "past"));
    switches(points).forEach(({ at, prior }) => mark(chart, at, key === "score" ? prior : ""));
    line(chart, points.map((point) => point[key]), "now");
    chart.svg.setAttribute("aria-label", `Chart: ${key} over ${points.length - 1} steps, from ${figure(points[0][key])} to ${figure(points.at(-1)[key])}`);
  }
  place.replaceChildren(score.svg, realism.svg);
}

/** Steps that were the first under another prior. */
function switches(points) {
  return points.flatMap(({ prior }, i) => (i > 1 && prior !== points[i - 1].prior ? [{ at: i - 1, prior }] : []));
}

function axes(title, steps, low, high, band, bandName) {
  const svg = node("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img" });
  const x = (step) => LEFT + ((WIDE - LEFT - RIGHT) * step) / steps;
  const y = (value) => HIGH - BOTTOM - ((HIGH - TOP - BOTTOM) * (value - low)) / (high - low);
  text(svg, title, { x: 0, y: 14, class: "title" });
  if (band) {
    const [from, to] = [y(band[0]), y(band[1])];
    svg.append(node("rect", { class: "band", x: LEFT, width: WIDE - LEFT - RIGHT, y: to, height: from - to }));
    text(svg, bandName, { x: WIDE - RIGHT - 4, y: to - 4, "text-anchor": "end" });
  }
  for (const value of ticks(low, high)) {
    svg.append(node("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: y(value), y2: y(value) }));
    text(svg, String(value).replace("-", "−"), { x: LEFT - 7, y: y(value) + 4, "text-anchor": "end" });
  }
  for (const step of ticks(0, steps)) text(svg, step, { x: x(step), y: HIGH - 5, "text-anchor": "middle" });
  return { svg, x, y };
}

/** Three to six round numbers between two others. */
function ticks(low, high) {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const found = [];
  for (let n = Math.ceil(low / size); n * size <= high + 1e-9; n++) found.push(Number((n * size).toFixed(6)));
  return found;
}

function line({ svg, x, y }, values, name) {
  svg.append(node("polyline", { class: name, points: values.map((value, i) => `${x(i)},${y(value)}`).join(" ") }));
  if (name === "now") svg.append(node("circle", { class: "dot", cx: x(values.length - 1), cy: y(values.at(-1)), r: 5 }));
}

function mark({ svg, x }, at, name) {
  svg.append(node("line", { class: "switch", x1: x(at), x2: x(at), y1: TOP - 4, y2: HIGH - BOTTOM }));
  if (name) text(svg, name, { x: x(at) + 4, y: TOP + 6 });
}

function text(svg, content, attributes) {
  const made = node("text", attributes);
  made.textContent = content;
  svg.append(made);
}

function node(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
