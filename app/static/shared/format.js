// Numbers as people read them.

/**
 * A number with a true minus sign; "–" where there is none.
 * @param {number | null | undefined} value
 * @param {number} [digits] decimals
 */
export function formatNumber(value, digits = 2) {
  if (!Number.isFinite(value)) return "–";
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/**
 * Seconds in words: "8 s", "1 min 20 s".
 * @param {number} seconds
 */
export function formatDuration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * A size on disk: "12 MB".
 * @param {number} bytes
 */
export function formatBytes(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1).replace(/\.0$/, "")} GB`;
  return bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}

/**
 * A share as a number from 0 to 1, whatever it was.
 * @param {number} value
 */
export function clampShare(value) {
  return Math.min(1, Math.max(0, value));
}

/**
 * A share as a length in CSS, from "0%" to "100%".
 * @param {number} share
 */
export function cssPercent(share) {
  return `${100 * clampShare(share)}%`;
}

/**
 * A grey level in CSS; 0 is black, 1 white, and what lies beyond is shown as these.
 * @param {number} value
 */
export function cssGrey(value) {
  const level = Math.round(255 * clampShare(value));
  return `rgb(${level}, ${level}, ${level})`;
}

/**
 * The member of a list that is nearest to a number; undefined for an empty list.
 * @param {number[]} numbers
 * @param {number} wanted
 */
export function nearest(numbers, wanted) {
  if (!numbers.length) return undefined;
  return numbers.reduce((a, b) => (Math.abs(b - wanted) < Math.abs(a - wanted) ? b : a));
}

/**
 * "1 run", "2 runs".
 * @param {number} count
 * @param {string} noun
 */
export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
