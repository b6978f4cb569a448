// What may happen to the run on stage from elsewhere: it is taken up again, deleted, brought back.

/** Extends the player: looks again when its tab is looked at, and tells the page. */
export class RunChanges {
  /** @param {any} player */
  constructor(player) {
    this.player = player;
    this.deleted = undefined; // prompt of the run that would be on stage if it had not been deleted
    this.look = () => this.lookAgain();
    addEventListener("focus", this.look);
    document.addEventListener("visibilitychange", this.look);
  }

  begin() {}

  draw() {}

  destroy() {
    removeEventListener("focus", this.look);
    document.removeEventListener("visibilitychange", this.look);
  }

  /** Another tab may have deleted the run, or brought it back. */
  lookAgain() {
    const { player } = this;
    if (document.visibilityState !== "visible") return;
    if (this.deleted) player.announce({ run: null, status: "deleted" });
    else if (player.state && !player.poller.running) player.poller.start();
  }

  /** A run that had stopped is being painted again: the page's buttons change. */
  goOn({ status }) {
    const { player } = this;
    player.charts.data.setTurns([], player.rows);
    player.showTurns([]);
    player.announce({ run: player.run, status });
  }

  /** The server does not answer about the run (any more). */
  refuse(reason, status) {
    const { player } = this;
    const { prompt, seed } = player.state ?? {};
    player.visit = Symbol("visit");
    player.state = undefined;
    if (status === 410) {
      player.clearStage({ status: "deleted", prompt, seed });
      player.announce({ run: player.run, status: "deleted" });
    } else {
      player.clearStage({ status: status === 404 ? "gone" : "refused", reason });
    }
  }
}
