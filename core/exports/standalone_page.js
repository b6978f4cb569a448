// A run on a page of its own: one slider moves every picture, number and mark. Nothing is loaded from elsewhere.

const run = JSON.parse(byId("run").textContent);
const measures = Object.entries(run.measures);
const painters = run.painters.map(prepare);
const longest = Math.max(...painters.map(({ total }) => total));
const views = [];
lastPlace = Math.max(1, ...painters.map(({ end }) => Math.round(end * longest))); // a run may be unfinished
place = lastPlace;

/** Rows by name, pictures that the browser decodes ahead, and the panel of one painter. */
function prepare(painter) {
  const { rows, images } = unpacked(painter, run.columns);
  const panel = makePanel(painter);
  byId("panels").append(panel);
  return { ...painter, rows, images, panel, end: rows.at(-1).step / painter.total };
}

function makePanel({ name, label, labels, colour, mark, terms }) {
  const panel = document.createElement("section");
  panel.className = "panel";
  panel.dataset.painter = name;
  panel.innerHTML = `
    <div class="name">${mark}<h3></h3><span class="step"></span></div>
    <canvas role="img"></canvas>
    <div class="bar"><i style="background:${colour}"></i></div>
    <dl data-figures="${measures.length}">${labels.map((measure) => `<div><dt>${measure}</dt><dd></dd></div>`).join("")}</dl>
    <p class="terms"></p>`;
  panel.querySelector("h3").textContent = label;
  panel.querySelector(".terms").textContent = terms;
  return panel;
}

/** The painter's row at a share of the run, or its latest before that. */
function rowAt({ rows, total }, share) {
  return rows[Math.min(Math.round(share * total), rows.length - 1)];
}

function show() {
  const share = place / longest;
  const percent = `${Math.round(100 * share)} %`;
  const now = painters.map((painter) => ({ painter: painter.name, ...rowAt(painter, share) }));
  painters.forEach((painter, i) => showPainter(painter, now[i]));
  byId("slider").value = place;
  byId("slider").setAttribute("aria-valuetext", `${percent} of the steps`);
  byId("readout").textContent = percent;
  for (const view of views) {
    view.data("now", now.map((row, i) => ({ ...row, x: (100 * row.step) / painters[i].total })));
    view.runAsync();
  }
}

function showPainter({ label, labels, total, images, panel }, row) {
  panel.querySelector(".step").textContent = `step ${row.step} of ${total}`;
  panel.querySelector(".bar i").style.width = `${(100 * row.step) / total}%`;
  panel.querySelectorAll("dd").forEach((cell, i) => { cell.textContent = twoDecimals(row[measures[i][0]]); });
  const numbers = measures.map(([name], i) => `${labels[i]} ${twoDecimals(row[name])}`).join(", ");
  const canvas = panel.querySelector("canvas");
  canvas.setAttribute("aria-label", `${label}, step ${row.step} of ${total}: ${numbers}`);
  const ready = images.filter(({ image }) => image.complete);
  if (ready.length) drawPicture(canvas, nearest(ready, row.step));
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (playsBySpace(event)) return;
  const tenth = Math.max(1, Math.round(lastPlace / 10));
  const moves = {
    ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1,
    PageUp: tenth, PageDown: -tenth, Home: -lastPlace, End: lastPlace,
  };
  if (!(event.key in moves)) return;
  event.preventDefault();
  pause();
  goTo(place + moves[event.key]);
}

/** A measure's name; a judge's with its scale in full. */
function captionOf(name) {
  const { label } = run.measures[name];
  return name === "realism" ? label : `${label} (${run.scale})`;
}

async function drawCharts() {
  const options = {
    mode: "vega-lite", renderer: "svg", actions: false, defaultStyle: false, tooltip: false,
    logLevel: 1, // errors; warnings would only say that a chart has data sets that nobody fills
  };
  for (const [name, spec] of Object.entries(run.charts)) {
    if (name in run.measures) {
      byId(run.places[name]).parentElement.querySelector("figcaption").textContent = captionOf(name);
    }
    const { view } = await window.vegaEmbed(byId(run.places[name] ?? name), spec, options);
    views.push(view);
  }
}

await begin(painters.flatMap(({ images }) => images), onKey, drawCharts);
