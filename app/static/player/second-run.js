// A second run, B, laid over the one shown: pale thin curves, a wipe between the two pictures of each
// painter, and its figures and verdict beside those of the run shown.

import { drawEnlarged } from "../shared/canvas.js";
import { element } from "../shared/dom.js";
import { FrameCache } from "../shared/frame-cache.js";
import { JudgeScale } from "../shared/judge-scale.js";
import { Poller } from "../shared/polling.js";
import { RunRows, newsAddress } from "../shared/run-rows.js";

const POLL_MS = 1000;
const B = "B (thin, pale curves)";

/** Extends the player by a second run. */
export class SecondRun {
  /**
   * @param {any} player
   * @param {Record<string, any>} marks by painter
   */
  constructor(player, marks) {
    this.player = player;
    this.marks = marks;
    this.rows = new RunRows();
    this.scale = new JudgeScale(); // B may have another pack, and other judges may have steered it
    this.frames = new FrameCache(() => player.playback.redraw());
    this.panes = {};
    this.run = null;
    this.poller = new Poller({
      address: () => newsAddress(player.base, this.run, this.seq, Boolean(this.state)),
      every: POLL_MS,
      take: (state) => this.take(state),
      onRefused: (sentence, status) => {
        this.refusal = status === 404 ? "Run B is not stored here." : sentence;
        this.say(this.refusal);
      },
    });
  }

  /** @param {string | null} run id of the run to show as B; null for none */
  show(run) {
    if (run === this.run) return;
    this.run = run;
    this.state = undefined;
    this.refusal = "";
    this.seq = 0;
    this.poller.stop();
    this.rows.reset([]);
    this.frames.clear();
    this.build();
    this.player.charts.data.setRival(this.rows);
    if (run) this.poller.start();
  }

  destroy() {
    this.poller.stop();
    this.frames.clear();
  }

  take(state) {
    const first = !this.state;
    this.state = { ...this.state, ...state };
    this.seq = state.seq;
    if (first) {
      this.rows.reset(state.painters);
      this.frames.show(`${this.player.base}/frames/${state.id}`);
      this.scale.reference = state.reference;
      this.scale.setJudges(state.judges);
      this.build();
    }
    this.sayVerdict();
    this.rows.add(state.rows);
    this.player.charts.data.setRival(this.rows);
    this.player.playback.redraw();
    return !state.active;
  }

  /** Run A has come on stage: its panels are new. */
  begin(state) {
    this.first = state;
    this.build();
  }

  /** B's canvas and the wipe in every panel that both runs have, and the line that names the differences. */
  build() {
    for (const { parts } of Object.values(this.panes)) for (const part of parts) part.remove();
    this.panes = {};
    this.player.page.secondRun.hidden = !this.run;
    if (!this.run || !this.state || !this.first) {
      this.say(this.run ? this.refusal || "Loading run B." : "");
      return;
    }
    for (const { name } of this.state.painters) {
      const panel = this.player.page.panels[name];
      if (panel) this.panes[name] = this.pane(name, panel);
    }
    this.say(differences(this.first, this.state, this.marks));
    this.sayVerdict();
  }

  pane(name, panel) {
    const { frame } = panel;
    const cells = panel.rivalCells();
    const canvas = element("canvas", { className: "b", role: "img", "aria-label": "Run B: no picture yet" });
    const wipe = element("input", {
      type: "range",
      className: "wipe",
      min: "0",
      max: "100",
      value: "50",
      "aria-label": `${this.marks[name].label}: how much of run B's picture is covered by run A's`,
    });
    const tag = (text) => element("span", { className: `tag ${text.toLowerCase()}`, textContent: text });
    const over = [canvas, tag("A"), tag("B"), element("i", { className: "edge" })];
    const move = () => frame.style.setProperty("--wipe", `${wipe.value}%`);
    wipe.addEventListener("input", move);
    move();
    frame.append(...over);
    frame.after(wipe);
    return { canvas, panel, cells, parts: [wipe, ...over, ...cells] };
  }

  say(sentence) {
    this.player.page.secondRun.replaceChildren(
      ...(sentence ? [element("p", { textContent: sentence })] : []),
    );
    this.verdict = element("details", { hidden: true });
    this.player.page.secondRun.append(this.verdict);
  }

  /** What B's figures say, on the scale of everything else; once it has ended, and folded until asked for. */
  sayVerdict() {
    if (!this.verdict || !this.state) return;
    const { verdict, verdict_cosine: onCosines } = this.state;
    const said = (this.player.scale.name === "cosine" ? onCosines : verdict) ?? verdict ?? [];
    this.verdict.hidden = !said.length;
    const lines = said.map((textContent) => element("p", { textContent }));
    this.verdict.replaceChildren(element("summary", { textContent: "What B's figures say" }), ...lines);
    this.saidOn = this.player.scale.name;
  }

  draw(now, share) {
    if (this.saidOn !== this.player.scale.name) this.sayVerdict();
    this.scale.shared = this.player.scale.shared;
    for (const [name, { canvas, panel, cells }] of Object.entries(this.panes)) {
      const row = this.rows.at(name, share);
      if (row) panel.drawRival(cells, this.scale.row(row));
      const kept = row && this.rows.withFrame(name, row.step);
      if (!kept) continue;
      this.frames.want(name, kept.step);
      const picture = this.frames.nearest(name, kept.step);
      canvas.setAttribute(
        "aria-label",
        `${this.marks[name].label} in run B, step ${row.step} of ${row.total}`,
      );
      canvas.dataset.step = row.step;
      if (picture) drawEnlarged(canvas, picture.bitmap);
    }
  }
}

/**
 * "B (thin, pale curves) differs from A: seed 1 instead of 0; Pixel ascent: learning rate 0.1 instead of
 * 0.05."
 */
function differences(a, b, marks) {
  if (a.id === b.id) return "B is the run you are looking at.";
  const parts = [];
  if (a.prompt !== b.prompt) parts.push(`prompt “${b.prompt}”`);
  if (a.seed !== b.seed) parts.push(`seed ${b.seed} instead of ${a.seed}`);
  for (const [painter, { label }] of Object.entries(marks)) {
    parts.push(...painterDifferences(label, a.settings?.[painter], b.settings?.[painter]));
  }
  parts.push(...originDifferences(a.origin, b.origin));
  if (!parts.length) return `${B} has the same settings and origin as A.`;
  return `${B} differs from A: ${parts.join("; ")}.`;
}

/** What made them, besides their settings: code revisions, pack, machine. */
function originDifferences(a = {}, b = {}) {
  const changed = Object.keys(b).filter((name) => b[name] !== a[name]);
  return changed.map((name) => `${name} ${b[name] || "unknown"} instead of ${a[name] || "unknown"}`);
}

function painterDifferences(label, a, b) {
  if (!a && !b) return [];
  if (!a || !b) return [`${label} only in ${b ? "B" : "A"}`];
  const changed = Object.keys(b).filter((name) => b[name] !== a[name]);
  const texts = changed.map((name) => `${name.replaceAll("_", " ")} ${b[name]} instead of ${a[name]}`);
  return texts.length ? [`${label}: ${texts.join(", ")}`] : [];
}
