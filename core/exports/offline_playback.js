// What the offline pages have in common: pictures at a step, and their playback. The page's own script
// follows it in one module; it sets `lastPlace` and `place`, and says how to `show` a place.

const PLAY_SECONDS = 8;

const byId = (id) => document.getElementById(id);
const twoDecimals = (value) =>
  value === null ? "–" : value.toFixed(2).replace(/^-(0\.00)$/, "$1").replace("-", "−");

let lastPlace = 1;
let place = 0;
let playing; // number of the animation frame that is asked for

/** Rows by name, and pictures that the browser decodes ahead. */
function unpacked({ rows, pictures }, columns) {
  return {
    rows: rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]]))),
    images: Object.entries(pictures).map(([step, address]) => {
      const image = new Image();
      image.src = address;
      return { step: Number(step), image };
    }),
  };
}

/** The picture whose step is nearest to the one asked for: a trimmed page keeps only some. */
function nearest(images, step) {
  return images.reduce((a, b) => (Math.abs(b.step - step) < Math.abs(a.step - step) ? b : a));
}

function drawPicture(canvas, { step, image }) {
  const side = Math.round(canvas.clientWidth * devicePixelRatio) || 256;
  if (canvas.width !== side) {
    canvas.width = side;
    canvas.height = side;
  }
  canvas.dataset.step = step;
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, side, side);
}

function goTo(wanted) {
  place = Math.min(Math.max(wanted, 0), lastPlace);
  show();
}

function pause() {
  cancelAnimationFrame(playing);
  playing = undefined;
  byId("play").textContent = "▶ Play";
}

function play() {
  if (place >= lastPlace) goTo(0);
  byId("play").textContent = "❚❚ Pause";
  const start = performance.now();
  const from = place;
  const tick = (time) => {
    const wanted = Math.floor(from + ((time - start) / 1000 / PLAY_SECONDS) * lastPlace);
    if (wanted > place) goTo(wanted);
    if (place >= lastPlace) pause();
    else playing = requestAnimationFrame(tick);
  };
  playing = requestAnimationFrame(tick);
}

function toggle() {
  if (playing) pause();
  else play();
}

/** Whether the key was space, which plays; a focused button takes it itself. */
function playsBySpace(event) {
  if (event.key !== " ") return false;
  if (event.target !== byId("play")) {
    event.preventDefault();
    toggle();
  }
  return true;
}

/** The last thing a page's script does: wire the controls, decode the pictures, draw the charts. */
async function begin(images, onKey, drawCharts) {
  byId("slider").max = lastPlace;
  byId("slider").addEventListener("input", () => {
    pause();
    goTo(Number(byId("slider").value));
  });
  byId("play").addEventListener("click", toggle);
  document.addEventListener("keydown", onKey);
  addEventListener("resize", show);
  show();
  await Promise.allSettled(images.map(({ image }) => image.decode()));
  show();
  await drawCharts();
  show();
  document.body.dataset.ready = "yes";
}
