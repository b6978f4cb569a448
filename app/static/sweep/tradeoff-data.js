// What the two charts of a sweep over one setting show: their data sets (core/exports/tradeoff_charts.py).

import { labelled } from "./value-labels.js";

const JUDGES = { judge: "score", heldout: "heldout" };

/**
 * @typedef {object} Point what one value reached
 * @property {string} value as it is written
 * @property {string} painter
 * @property {number} place on the slider
 * @property {number} score of the judge that steers
 * @property {number | null} heldout of the one that is held out
 * @property {number} realism
 */

/** The data sets, by the names that the chart specifications give them. */
export class TradeoffData {
  /**
   * @param {object} _scale the server has put everything on the scale that is shown
   * @param {(set: string) => void} onChange a data set has changed
   */
  constructor(_scale, onChange) {
    this.onChange = onChange;
    const names = ["curve", "points", "names", "here", "level", "levels", "places", "box", "limits"];
    this.sets = Object.fromEntries(names.map((name) => [name, []]));
  }

  put(set, data) {
    this.sets[set] = data;
    this.onChange(set);
  }

  /**
   * @param {Point[]} points of the values that have any, in order
   * @param {boolean} ordered whether the values are amounts
   * @param {number[]} scores of every step, so that the axes stay where they are
   */
  setPoints(points, ordered, scores) {
    const marks = points.flatMap(marksOf);
    const level = points.map(({ value, realism }) => ({ value, realism }));
    this.put("level", level);
    this.put("levels", ordered ? level : []);
    this.put("points", marks);
    this.put("curve", ordered ? marks : []);
    this.put("limits", [{ y: Math.min(0, ...scores) }, { y: Math.max(1, ...scores) }]);
    this.setHere(this.here);
  }

  /** @param {number} place of the value that is looked at */
  setHere(place) {
    this.here = place;
    this.put("here", this.sets.points.filter((mark) => mark.place === place));
    this.put("names", labelled(this.sets.points, place, this.sets.limits));
  }
}

function marksOf({ value, painter, place, realism, ...scores }) {
  const known = Object.entries(JUDGES).filter(([, name]) => Number.isFinite(scores[name]));
  return known.map(([judge, name]) => ({ value, painter, place, realism, judge, score: scores[name] }));
}
