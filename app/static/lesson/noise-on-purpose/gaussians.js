// Standard normal numbers that depend on their seed alone: the same noise in every browser.

/**
 * mulberry32 makes uniform numbers, and Box and Muller (1958) turn them into normal ones.
 * @param {number} count
 * @param {number} seed a whole number
 * @returns {Float32Array}
 */
export function gaussians(count, seed) {
  const uniform = mulberry32(seed + 1);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return Float32Array.from({ length: count }, normal);
}

function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
