// Which values are written beside their points in the plane of score and realism, so that no two overlap: the
// same as core/exports/value_labels.py, and word for word core/exports/value_labels.js.

// Shares of the plot's width and height: a letter, a line, and from a point to its label's edge and middle.
const LETTER = 0.02;
const LINE = 0.06;
const ASIDE = 0.02;
const ABOVE = 0.048;
const EDGES = [-0.02, 1.04]; // of the plot, for labels
const LOWEST = 0.1; // realism of a point with room for a label below it
// Where a label may stand: 1 right or −1 left of its point; lines above it, −1 below.
const BESIDE = [[1, 1], [-1, 1]];
const ELSEWHERE = [[1, -1], [1, 2], [1, 3], [-1, 2]];

/**
 * The judge's marks whose values are written: the one looked at, the first, the last, and what fits.
 * @param {any[]} marks place, value, judge, score, realism; in the values' order
 * @param {number | undefined} here place of the value that is looked at
 * @param {{y: number}[]} limits both ends of the scores' axis
 * @returns {any[]} these marks with align, dx and dy (pixels) of their labels
 */
export function labelled(marks, here, limits) {
  const judged = marks.filter(({ judge }) => judge === "judge");
  const always = new Set([here, judged[0]?.place, judged.at(-1)?.place]);
  const first = [...always].flatMap((wanted) => judged.filter(({ place }) => place === wanted));
  const taken = [];
  const found = [];
  for (const mark of [...first, ...judged.filter((mark) => !first.includes(mark))]) {
    const sides = first.includes(mark) ? [...BESIDE, ...ELSEWHERE] : BESIDE;
    const boxes = sides.map((side) => ({ side, box: boxOf(mark, side, limits) }));
    const free = boxes.find(({ side, box }) => fits(mark, side, box) && !covers(box, taken));
    if (!free) continue;
    taken.push(free.box);
    found.push({ ...mark, ...offsets(...free.side) });
  }
  return found;
}

/** Middle of a label, and its width: shares of the plot. */
function boxOf({ value, score, realism }, [right, rise], [{ y: low }, { y: high }]) {
  const width = LETTER * value.length;
  const across = (score - low) / (high - low) + right * (ASIDE + width / 2);
  return [across, realism + (rise > 0 ? ABOVE + LINE * (rise - 1) : -ABOVE), width];
}

/** Whether a label lies within the plot. */
function fits({ realism }, [, rise], [across, , width]) {
  const inside = across - width / 2 >= EDGES[0] && across + width / 2 <= EDGES[1];
  return inside && (rise > 0 || realism >= LOWEST);
}

/** Whether a label would lie on another one. */
function covers([across, up, width], taken) {
  return taken.some(
    ([x, y, w]) => Math.abs(across - x) < (width + w) / 2 + LETTER && Math.abs(up - y) < 0.9 * LINE,
  );
}

/** From a point to its label's baseline, in pixels. */
function offsets(right, rise) {
  const aside = right > 0 ? { align: "left", dx: 8 } : { align: "right", dx: -9 };
  return { ...aside, dy: rise > 0 ? -8 - 13 * (rise - 1) : 17 };
}
