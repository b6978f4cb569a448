// A run on a page of its own: one slider moves every picture, figure and mark. Nothing is fetched.

const PLAY_SECONDS = 8;
const FIGURES = [["score", "Judge score"], ["heldout", "Held-out judge"], ["realism", "Realism"]];
const COLUMNS = ["step", "seconds", "evaluations", "score", "heldout", "realism"];
const byId = (id) => document.getElementById(id);
const number = (value) => value.toFixed(2).replace(/^-(0\.00)$/, "$1").replace("-", "−");

const run = JSON.parse(byId("run").textContent);
const longest = Math.max(...run.painters.map(({ total }) => total));
const views = [];
let playing;
const painters = run.painters.map(prepare);
const places = Math.max(1, ...painters.map(({ head }) => Math.round(head * longest))); // a run may be unfinished
let place = places;

/** Rows by name, pictures that the browser decodes ahead, and the panel of one painter. */
function prepare({ name, label, colour, mark, total, rows, pictures }) {
  const series = rows.map((row) => Object.fromEntries(COLUMNS.map((column, i) => [column, row[i]])));
  const images = Object.entries(pictures).map(([step, src]) => {
    const image = new Image();
    image.src = src;
    return { step: Number(step), image };
  });
  const section = document.createElement("section");
  section.className = "panel";
  section.dataset.painter = name;
  section.innerHTML = `<div class="name">${mark}<h3></h3><span class="step"></span></div><canvas role="img"></canvas>
    <div class="bar"><i style="background:${colour}"></i></div>
    <dl>${FIGURES.map(([, text]) => `<div><dt>${text}</dt><dd></dd></div>`).join("")}</dl>`;
  section.querySelector("h3").textContent = label;
  byId("panels").append(section);
  return { name, label, total, series, images, section, head: series.at(-1).step / total };
}

/** The painter's row at a share of the run, or its latest before that. */
const at = ({ series, total }, share) => series[Math.min(Math.round(share * total), series.length - 1)];

function show() {
  const share = place / longest;
  const now = painters.map((painter) => ({ painter: painter.name, ...at(painter, share) }));
  painters.forEach((painter, i) => draw(painter, now[i]));
  byId("slider").value = place;
  byId("readout").textContent = `${Math.round(100 * share)} %`;
  byId("slider").setAttribute("aria-valuetext", `${Math.round(100 * share)} % of the steps`);
  for (const [name, view] of views) {
    view.data("now", now.map((row) => ({ painter: row.painter, step: row.step, score: row.score, realism: row.realism, value: row[name] })));
    view.runAsync();
  }
}

function draw({ label, total, images, section }, row) {
  section.querySelector(".step").textContent = `step ${row.step} of ${total}`;
  section.querySelector(".bar i").style.width = `${(100 * row.step) / total}%`;
  section.querySelectorAll("dd").forEach((cell, i) => { cell.textContent = number(row[FIGURES[i][0]]); });
  const canvas = section.querySelector("canvas");
  const figures = FIGURES.map(([key, text]) => `${text} ${number(row[key])}`).join(", ");
  canvas.setAttribute("aria-label", `${label}, step ${row.step} of ${total}: ${figures}`);
  const ready = images.filter(({ image }) => image.complete);
  if (!ready.length) return;
  const { step, image } = ready.reduce((a, b) => (Math.abs(b.step - row.step) < Math.abs(a.step - row.step) ? b : a));
  const side = Math.round(canvas.clientWidth * devicePixelRatio) || 256;
  if (canvas.width !== side) canvas.width = canvas.height = side;
  canvas.dataset.step = step;
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, side, side);
}

function goTo(wanted) {
  place = Math.min(Math.max(wanted, 0), places);
  show();
}

function pause() {
  cancelAnimationFrame(playing);
  playing = undefined;
  byId("play").textContent = "▶ Play";
}

function toggle() {
  if (playing) return pause();
  if (place >= places) goTo(0);
  byId("play").textContent = "❚❚ Pause";
  let last = performance.now();
  let exact = place;
  const tick = (time) => {
    exact += ((time - last) / 1000 / PLAY_SECONDS) * places;
    last = time;
    if (Math.floor(exact) !== place) goTo(Math.floor(exact));
    if (place >= places) pause();
    else playing = requestAnimationFrame(tick);
  };
  playing = requestAnimationFrame(tick);
  return undefined;
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " " && event.target === byId("play")) return; // the button's own
  const tenth = Math.max(1, Math.round(places / 10));
  const moves = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: tenth, PageDown: -tenth, Home: -places, End: places };
  if (event.key !== " " && !(event.key in moves)) return;
  event.preventDefault();
  if (event.key === " ") return toggle();
  pause();
  goTo(place + moves[event.key]);
}

byId("slider").max = places;
byId("slider").addEventListener("input", () => { pause(); goTo(Number(byId("slider").value)); });
byId("play").addEventListener("click", toggle);
document.addEventListener("keydown", key);
addEventListener("resize", show);
show();
await Promise.allSettled(painters.flatMap(({ images }) => images.map(({ image }) => image.decode())));
show();
for (const [name, spec] of Object.entries(run.charts)) {
  const options = { mode: "vega-lite", renderer: "svg", actions: false, defaultStyle: false, tooltip: false };
  const { view } = await window.vegaEmbed(byId(name), spec, options);
  views.push([name, view]);
}
show();
document.body.dataset.ready = "yes";
