// Which pictures of a step there are, and what they mean.

const X0 = {
  label: "x0 prediction",
  text: "What the denoiser expects the finished picture to be, before the judge's nudge.",
  more: "The large picture on the page is this one after the nudge.",
};
const WHOLE = {
  label: "shown to the judge",
  text: "The whole picture as it was before this step.",
  more:
    "One cutout means the whole picture, unchanged: " +
    "nothing stops the judge from rewarding single pixels.",
};
const CUTOUTS = { label: "cutouts", more: "Its loss is their average, so it cannot praise just one corner." };
const GRADIENT = {
  label: "gradient",
  text: "The change the judge asks for; grey means none.",
  more:
    "Brighter or more colourful means more of that here. " +
    "The range is three standard deviations, so it shows where and how, not how much.",
};
const NOISY = {
  label: "noisy latent",
  text: "What is passed on to the next step, decoded: a little less noise each time.",
  more: "The sampler keeps this, not the prediction; at the last step, both are the same.",
};

/**
 * The label of a picture, a sentence, and what the enlarged picture says besides.
 * @param {string} name
 * @param {number} cutouts how many there are
 * @returns {{label: string, text: string, more: string}}
 */
export function pictureTexts(name, cutouts) {
  if (name !== "cutouts") return { x0: X0, gradient: GRADIENT, noisy: NOISY }[name];
  if (!(cutouts > 1)) return WHOLE;
  return { ...CUTOUTS, text: `The ${cutouts} random crops that the judge was shown, some mirrored.` };
}

/**
 * Which pictures a painter shows with these settings, in the order in which they come about.
 * @param {string} painter
 * @param {Record<string, any>} settings
 * @returns {string[]}
 */
export function picturesOf(painter, settings) {
  if (painter !== "diffusion") return ["cutouts", "gradient"];
  const judged = settings.mode !== "text" && settings.guidance_strength !== 0;
  // With one cutout the judge is shown the whole prediction, which is there already.
  const cutouts = judged && settings.cutouts > 1 ? ["cutouts"] : [];
  return ["x0", ...cutouts, ...(judged ? ["gradient"] : []), "noisy"];
}
