"""From Run to the first picture: `python -m tests.bench.first_frame [RUNS]`, in a real browser, server warm.

Serves the app with its own pack in a fresh store and paints the example's prompt with one new seed after the
other. A run is timed from the browser's own time stamp of the click on Run to the frame after the one in
which its first picture is drawn, and cancelled then. In between stand the moments that the store knows: the
run is queued, the painter process takes it, the first picture's file is complete.
"""

import statistics
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import sync_playwright

from core.base.environment import pack_name
from core.storage.run_store import RunStore
from tests.support.browser import Watched, launch
from tests.support.serving import serving, wait_for

RUNS = 12
AIM = 0.5  # seconds that the median may take
PARTS = ("the click is queued", "the painter takes it", "its file is complete", "it is on the screen")
# Seconds since the epoch of the click, and of the first frame in which a picture of the new run is there.
WATCH = """
() => {
  const hosts = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")];
  const root = hosts.find((one) => one.shadowRoot.querySelector(".player")).shadowRoot;
  const started = () => root.querySelector(".player").dataset.status !== window.before;
  const shown = () => started() && root.querySelector(".panel:not(.empty) canvas[data-shown]");
  window.moments = {};
  window.before = root.querySelector(".player").dataset.status;
  const note = (name, now) => { window.moments[name] = (performance.timeOrigin + now) / 1000; };
  const click = (event) => {
    if (event.target.closest(".st-key-run")) note("pressed", event.timeStamp);
  };
  addEventListener("click", click, { capture: true, once: true });
  let drawn = false;
  // What was drawn by the end of one frame is on the screen when the next one begins.
  const look = (now) => {
    if (drawn) return note("shown", now);
    drawn = Boolean(shown());
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
"""


def measure(one: Watched, store: RunStore, seed: int) -> list[float]:
    """Seconds of each of PARTS, for a run with this seed."""
    field = one.page.get_by_label("Seed", exact=True)
    field.fill(str(seed))
    field.press("Enter")
    one.page.get_by_text("Press Run to paint this.").wait_for()
    one.settle()
    one.page.evaluate(WATCH)
    one.button("Run").click()
    one.page.wait_for_function("window.moments.shown")
    moments = one.page.evaluate("window.moments")
    run = store.recent(1)[0]
    assert run.request.seed == seed and run.started
    one.button("Cancel").click()
    one.status("stopped")
    folders = [store.frame_path(run.id, painter, 0) for painter in run.request.painters]
    first = min(path.stat().st_mtime for path in folders if path)
    places = [moments["pressed"], run.created, run.started, first, moments["shown"]]
    return [after - before for before, after in pairwise(places)]


def report(runs: list[list[float]]) -> tuple[list[str], bool]:
    """(one line for the whole, then one for each part: medians in seconds; whether AIM is reached)."""
    whole = [sum(parts) for parts in runs]
    median = statistics.median(whole)
    spread = f"worst {max(whole):.2f} s, n {len(whole)}"
    lines = [f"Run to first picture: median {median:.2f} s, aim {AIM:g} s, {spread}"]
    for name, values in zip(PARTS, zip(*runs, strict=True), strict=True):
        lines.append(f"  until {name}: median {statistics.median(values):.2f} s")
    return lines, median <= AIM


def main(runs: int = RUNS) -> int:
    """Measure and print; returns the exit status."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        place, browser = Path(folder) / "store", launch(playwright)
        with serving(place, pack_name(), Path(folder) / "log") as (address, _), RunStore(place) as store:
            one = Watched(browser, address).open()
            one.status("done")
            wait_for(lambda: (state := store.queue.painter_state()) and state.state == "ready")
            measure(one, store, seed=1)  # what is loaded once is loaded
            lines, reached = report([measure(one, store, seed=2 + number) for number in range(runs)])
        browser.close()
    print("\n".join(lines), flush=True)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS))
