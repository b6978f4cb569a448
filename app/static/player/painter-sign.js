// The painter's mark as in the charts: its dash through its shape, in its colour.

import { element, svg } from "../shared/dom.js";

const SHAPES = {
  square: () => svg("rect", { x: 11, y: 3, width: 10, height: 10 }),
  "triangle-up": () => svg("path", { d: "M16 2 L22 13 L10 13 Z" }),
  circle: () => svg("circle", { cx: 16, cy: 8, r: 5.5 }),
};

/** @param {{colour: string, shape: string, dash: number[]}} mark */
export function painterSign({ colour, shape, dash }) {
  const line = svg("path", { d: "M0 8 H32", stroke: colour, "stroke-width": 2.5 });
  if (dash[1]) line.setAttribute("stroke-dasharray", dash.join(" "));
  const drawing = svg(
    "svg",
    { width: 32, height: 16, "aria-hidden": "true", fill: colour },
    line,
    SHAPES[shape](),
  );
  return element("span", { className: "sign" }, drawing);
}
