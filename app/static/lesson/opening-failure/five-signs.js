// The five signs of cheating: what each is, how it is measured, and where it can be seen.

const NO_PLACE = "This sign has no single place on the picture";

/**
 * @typedef {object} SignMeasure
 * @property {string} key of the value
 * @property {string} label
 * @property {string} help
 * @property {number} [digits]
 * @property {boolean} [low] too little is the sign, not too much
 */

/**
 * `map` names the heat map that points it out, `boxes` says that boxes do; where(found, patch) says what they
 * show.
 * @type {{name: string, text: string, map?: string, boxes?: boolean, measures: SignMeasure[],
 *   where: (found: any, patch?: number) => string}[]}
 */
export const FIVE_SIGNS = [
  {
    name: "Tiny repeated textures",
    text: "A lot of fine detail that repeats a little further on.",
    map: "textures",
    measures: [
      { key: "fine", label: "Fine detail", help: "RMS, finer than 1 px of blur", digits: 1 },
      { key: "repeat", label: "Repetition", help: "correlation with itself, shifted" },
    ],
    where: textureText,
  },
  {
    name: "Over-sharpened edges",
    text: "Sharper jumps between pixels than in 95 of 100 real pictures.",
    map: "edges",
    measures: [{ key: "edges", label: "Edge strength", help: "grey levels per px, top 5\u00a0%", digits: 1 }],
    where: () => "Orange: tiles whose edges are stronger than in 95 of 100 tiles of real pictures.",
  },
  {
    name: "Floating fragments",
    text: "Eye-catching parts are scattered in pieces.",
    boxes: true,
    measures: [
      { key: "pieces", label: "Pieces", help: "of the most salient tenth", digits: 0 },
      { key: "scattered", label: "Scattered", help: "share outside the largest piece" },
    ],
    where: fragmentText,
  },
  {
    name: "High confidence",
    text: "More confident than about real pictures, and the held-out judge disagrees.",
    measures: [
      { key: "score", label: "Judge", help: "the score being climbed" },
      { key: "gap", label: "Judge gap", help: "over the held-out judge" },
    ],
    where: () =>
      `${NO_PLACE}: it is the judge's own figure, and how far the held-out judge, ` +
      "which no painter climbed, disagrees.",
  },
  {
    name: "Low realism",
    text: "Less like real pictures than 95 of 100 of them.",
    measures: [{ key: "realism", label: "Realism", help: "likeness to real pictures", low: true }],
    where: () => `${NO_PLACE}: realism looks at all of it.`,
  },
];

function textureText({ figures }, patch) {
  const lag = Math.round(figures.lag);
  const same = patch && Math.abs(lag - patch) < 1;
  const cut = same ? `, exactly the side of the ${patch} px patches this judge cuts pictures into` : "";
  return (
    "Orange: tiles with more fine detail than in 95 of 100 tiles of real pictures. " +
    `It repeats best after ${lag} px${cut}.`
  );
}

function fragmentText({ boxes }) {
  const found = boxes.length
    ? `Boxes: the ${boxes.length} pieces besides the largest`
    : "There is only one piece";
  return `${found}, of the parts that stand out most.`;
}
