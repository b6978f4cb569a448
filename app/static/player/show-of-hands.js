// A show of hands about the run on stage. While it is open or closed it covers pictures and figures; once it
// is revealed, the votes stand above them.

import { button, element } from "../shared/dom.js";
import { counted } from "../shared/format.js";
import { Poller } from "../shared/polling.js";
import { askRoom, codeAddress } from "../shared/room.js";

const POLL_MS = 1000;
const REVEALED = "revealed";

/** Extends the player by a vote. */
export class ShowOfHands {
  /** @param {any} player */
  constructor(player) {
    this.player = player;
    this.place = player.page.hands;
    this.poller = new Poller({
      address: () => `${player.base}/ballots/${this.id}.json`,
      every: POLL_MS,
      take: (state) => this.take(state),
      onRefused: () => this.show(null),
    });
  }

  /** @param {{id: string, presides: boolean} | null} ballot the vote about the run shown, null for none */
  show(ballot) {
    this.presides = ballot?.presides ?? false;
    const id = ballot?.id ?? null;
    if (id === this.id && (this.poller.running || this.state?.state === REVEALED || !id)) return;
    this.id = id;
    this.state = undefined;
    this.drawn = undefined;
    this.poller.stop();
    this.cover(false);
    this.place.replaceChildren();
    this.place.hidden = !id;
    if (id) this.poller.start();
  }

  begin() {}

  draw() {}

  destroy() {
    this.poller.stop();
  }

  /** @param {boolean} on whether pictures and figures are hidden */
  cover(on) {
    this.player.page.root.toggleAttribute("data-covered", on);
  }

  async take(state) {
    this.state = state;
    const revealed = state.state === REVEALED;
    this.cover(!revealed);
    const look = JSON.stringify([state, this.presides]);
    if (look === this.drawn) return revealed;
    this.drawn = look;
    if (revealed) this.place.replaceChildren(...this.result(state));
    else await this.ask(state);
    return revealed;
  }

  async ask(state) {
    this.room ??= await askRoom();
    const { origin, note, command } = this.room;
    const address = (origin || location.origin) + state.page;
    const blind = state.kind === "blind";
    const title = blind ? "Vote before you know which is which." : "Before you see it: what will come out?";
    const open = state.state === "open";
    const code = origin
      ? element("img", { src: codeAddress(state.page), alt: `QR code of ${address}`, className: "qr" })
      : element("p", { textContent: `${note} ${command}` });
    const link = element("a", { href: state.page, target: "_blank", textContent: address });
    this.place.replaceChildren(
      element("h3", { textContent: open ? title : "The vote is closed." }),
      element("div", { className: "blind" }, ...state.pictures.map(blindPicture)),
      element(
        "div",
        { className: "way" },
        ...(open ? [code] : []),
        element(
          "div",
          {},
          element("p", { className: "voted", role: "status", textContent: String(state.voted) }),
          element("p", { textContent: state.voted === 1 ? "person has voted" : "people have voted" }),
          ...(open ? [element("p", { className: "link" }, link)] : []),
        ),
      ),
      this.buttons(open ? [["close", "Close the vote"]] : [["again", "Open it again"], ["reveal", "Reveal"]]),
    );
  }

  result(state) {
    const parts = state.questions.map(({ text, choices }) =>
      element(
        "div",
        { className: "question" },
        element("p", { textContent: text }),
        element("div", { className: "choices" }, ...choices.map((one) => choice(one, state.voted))),
      ),
    );
    const kind = state.kind === "blind" ? "Blind vote" : "Prediction";
    const heading = `${kind}, ${counted(state.voted, "vote")}. ✓ marks what was measured.`;
    return [element("h3", { textContent: heading }), ...parts, this.buttons([])];
  }

  /** @param {string[][]} acts pairs of act and text, for whoever presides */
  buttons(acts) {
    const all = [...(this.presides ? acts : []), ["away", "Put away"]];
    const made = all.map(([act, text]) => button(text, () => this.tell(act)));
    return element("div", { className: "row" }, ...made);
  }

  tell(act) {
    this.player.announce({ ballot: this.id, act, at: Date.now() });
  }
}

const blindPicture = (src, i) => {
  const letter = String.fromCharCode(65 + i);
  return element("figure", {}, element("img", { src, alt: `Picture ${letter}` }), letter);
};

function choice({ label, votes, answered }, voted) {
  const bar = element("i");
  bar.style.width = `${(100 * votes) / Math.max(1, voted)}%`;
  return element(
    "div",
    { className: answered ? "choice answered" : "choice" },
    element("span", { textContent: answered ? `${label} ✓` : label }),
    element("b", { textContent: String(votes) }),
    element("span", { className: "plain-bar" }, bar),
  );
}
