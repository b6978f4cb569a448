// Points of many other runs on the same terms behind the run on screen, so that nobody takes one lucky prompt
// for the rule; switched on and off beside the other buttons.

import { button } from "../shared/dom.js";

const TEXT = "Other runs";

/** Extends the player by the points of other runs in the plane of score and realism. */
export class OtherRuns {
  /** @param {any} player */
  constructor(player) {
    this.player = player;
    this.on = false;
    this.button = button(TEXT, () => this.toggle(), { "aria-pressed": "false", hidden: true });
    player.page.present.before(this.button);
  }

  toggle() {
    this.on = !this.on;
    this.button.setAttribute("aria-pressed", String(this.on));
    this.show();
  }

  show() {
    this.player.charts.data.setOthers(this.on ? this.points : []);
  }

  /** A run comes on stage. */
  begin({ others }) {
    this.points = (others?.points ?? []).map(([painter, score, realism]) => ({ painter, score, realism }));
    this.button.hidden = !this.points.length;
    this.button.title = others ? `Behind the path: ${others.title}` : "";
    this.show();
  }

  draw() {}

  destroy() {}
}
