// The arithmetic of the toy judge, the same as in core/lesson/toy_judge.py.

import { clampShare } from "../../shared/format.js";

/**
 * Four pixels in reading order; 0 is black, 1 white, and nothing keeps them in between.
 * @typedef {number[]} ToyPicture
 */

/**
 * How much lighter the left column is.
 * @param {ToyPicture} picture
 */
export function toyScore([topLeft, topRight, bottomLeft, bottomRight]) {
  return (topLeft + bottomLeft) / 2 - (topRight + bottomRight) / 2;
}

/** The world of natural pictures, and what depends on it. */
export class ToyWorld {
  /**
   * @param {{natural: {name: string, pixels: ToyPicture}[], gradient: ToyPicture, half: number}} data the
   *   pictures; the gradient of the score; the distance at which realism is one half
   */
  constructor({ natural, gradient, half }) {
    this.natural = natural;
    this.gradient = gradient;
    this.half = half;
  }

  /**
   * The nearest natural picture and how far it is away: root mean square over the pixels.
   * @param {ToyPicture} picture
   * @returns {{name: string, pixels: ToyPicture, away: number}}
   */
  nearest(picture) {
    const away = ({ pixels }) => Math.hypot(...picture.map((value, i) => value - pixels[i])) / 2;
    const measured = this.natural.map((one) => ({ ...one, away: away(one) }));
    return measured.reduce((best, one) => (one.away < best.away ? one : best));
  }

  /** @param {ToyPicture} picture */
  realism(picture) {
    return 1 / (1 + (this.nearest(picture).away / this.half) ** 4);
  }

  /**
   * The picture after one step of ascent and the prior.
   * @param {ToyPicture} picture
   * @param {{rate: number, prior: string, strength: number}} settings prior "none", "range" or "natural", and
   *   how strongly the last of them pulls
   * @returns {ToyPicture}
   */
  next(picture, { rate, prior, strength }) {
    const moved = picture.map((value, i) => value + rate * this.gradient[i]);
    if (prior === "range") return moved.map(clampShare);
    if (prior !== "natural") return moved;
    const goal = this.nearest(moved).pixels;
    return moved.map((value, i) => value + strength * (goal[i] - value));
  }
}
