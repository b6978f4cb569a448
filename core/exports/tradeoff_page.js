// A sweep over one setting on a page of its own: one slider for its values, one for the steps. Nothing is
// loaded from anywhere.

const sweep = JSON.parse(byId("run").textContent);
const values = sweep.values.map((value) => ({ ...value, ...unpacked(value, sweep.columns) }));
const canvas = document.querySelector("canvas");
const views = [];
let here = 0;
lastPlace = Math.max(1, ...values.map(({ total }) => total));
place = lastPlace;

/** The value's row at a share of the run, or its latest before that. */
function rowAt({ rows, total }, share) {
  return rows[Math.min(Math.round(share * total), rows.length - 1)];
}

function show() {
  const share = place / lastPlace;
  const rows = values.map((value) => rowAt(value, share));
  const marks = rows.flatMap((row, i) => marksOf(row, i));
  const level = rows.map((row, i) => ({ value: values[i].label, realism: row.realism }));
  byId("value").textContent = values[here].label;
  byId("values").value = here;
  const where = `${values[here].label}, value ${here + 1} of ${values.length}`;
  byId("values").setAttribute("aria-valuetext", where);
  [...byId("ticks").children].forEach((tick, i) => tick.toggleAttribute("data-here", i === here));
  byId("slider").value = place;
  byId("slider").setAttribute("aria-valuetext", `${Math.round(100 * share)} % of the steps`);
  byId("readout").textContent = `${Math.round(100 * share)} %`;
  showPicture(values[here], rows[here]);
  const sets = {
    points: marks, curve: sweep.ordered ? marks : [], here: marks.filter((mark) => mark.place === here),
    names: labelled(marks, here, sweep.limits),
    level, levels: sweep.ordered ? level : [],
  };
  for (const view of views) feed(view, sets);
}

/** A mark for each judge that said something. */
function marksOf({ score, heldout, realism }, i) {
  const common = { place: i, value: values[i].label, painter: values[i].painter, realism };
  const both = [{ ...common, judge: "judge", score }, { ...common, judge: "heldout", score: heldout }];
  return both.filter((mark) => mark.score !== null);
}

/** Vega marks the objects it takes in, so every view gets its own. */
function feed(view, sets) {
  for (const [name, rows] of Object.entries(sets)) {
    if (view.sets.has(name)) view.view.data(name, rows.map((row) => ({ ...row })));
  }
  view.view.runAsync();
}

function showPicture({ label, images }, row) {
  const numbers = document.querySelectorAll("dd");
  sweep.measures.forEach(([name], i) => { numbers[i].textContent = twoDecimals(row[name]); });
  const said = sweep.measures.map(([name, measure]) => `${measure} ${twoDecimals(row[name])}`).join(", ");
  canvas.setAttribute("aria-label", `${sweep.name} ${label}, step ${row.step}: ${said}`);
  canvas.dataset.value = label;
  const ready = images.filter(({ image }) => image.complete);
  if (ready.length) drawPicture(canvas, nearest(ready, row.step));
}

function choose(wanted) {
  here = Math.min(Math.max(wanted, 0), values.length - 1);
  show();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target === byId("values")) return;
  if (playsBySpace(event)) return;
  const moves = { ArrowRight: 1, ArrowLeft: -1, Home: -lastPlace, End: lastPlace };
  const choices = { ArrowUp: 1, ArrowDown: -1 };
  if (event.key in choices) choose(here + choices[event.key]);
  else if (event.key in moves) {
    pause();
    goTo(place + moves[event.key]);
  } else return;
  event.preventDefault();
}

function makeTicks() {
  const share = (i) => (values.length > 1 ? i / (values.length - 1) : 0);
  const ticks = values.map(({ label }, i) => {
    const tick = document.createElement("span");
    tick.textContent = label;
    tick.style.setProperty("--at", share(i));
    return tick;
  });
  byId("ticks").replaceChildren(...ticks);
}

async function drawCharts() {
  const options = {
    mode: "vega-lite", renderer: "svg", actions: false, defaultStyle: false, tooltip: false, logLevel: 1,
  };
  for (const [name, spec] of Object.entries(sweep.charts)) {
    const { view } = await window.vegaEmbed(byId(name), spec, options);
    views.push({ view, sets: new Set(spec.layer.map((layer) => layer.data.name)) });
  }
}

byId("name").textContent = sweep.name;
byId("values").setAttribute("aria-label", sweep.name);
byId("values").max = values.length - 1;
byId("values").addEventListener("input", () => choose(Number(byId("values").value)));
makeTicks();
await begin(values.flatMap(({ images }) => images), onKey, drawCharts);
