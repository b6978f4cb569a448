"""The scripts that the pages share, one by one, in a real browser: polling, the store of frames, mounting."""

import pytest

from core.bench.visitor import pause_after
from tests.support.browser import BARE_PAGE, expect
from tests.support.serving import STEPS, example_request, invented_run, wait_for

PROBE = "/probe.json"
POLL = """async ([script, address]) => {
    const { Poller } = await import(script);
    window.news = [];
    const poller = new Poller({
        address: () => address,
        every: 50,
        take: (data) => { window.news.push(["take", data]); return data.done === true; },
        onTrouble: (sentence) => window.news.push(["trouble", sentence]),
        onRefused: (sentence, status) => window.news.push(["refused", status, sentence]),
    });
    window.poller = poller;
    poller.start();
}"""


@pytest.fixture
def one(watched):
    """A bare page for trying scripts; errors that a test provokes on purpose are no faults."""
    opened = watched(BARE_PAGE, wait="body")
    yield opened
    wanted = ("probe", "Failed to load")
    opened.faults[:] = [fault for fault in opened.faults if not any(part in fault for part in wanted)]


def answering(one, *answers):
    """Let an address of the app answer like this, one after the other; the last answer stays."""
    asked = []

    def answer(route):
        asked.append(route.request.url)
        kind = answers[min(len(asked), len(answers)) - 1]
        if kind == "abort":
            route.abort()
        else:
            route.fulfill(**kind)

    one.page.route(f"**{PROBE}", answer)
    return asked


def json(text, status=200):
    return {"status": status, "content_type": "application/json", "body": text}


def sentence(text, status, **headers):
    return {"status": status, "content_type": "text/plain; charset=utf-8", "body": text, "headers": headers}


def poll(one):
    one.page.evaluate(POLL, [one.script("shared/polling.js"), PROBE])


def news(one, ending):
    """All that a poller has told, once it has told this last."""
    one.page.wait_for_function("ending => window.news.at(-1)?.[0] === ending", arg=ending)
    return one.page.evaluate("window.news")


def test_a_poller_asks_until_it_is_done(one):
    asked = answering(one, json('{"n": 1}'), json('{"n": 2}'), json('{"done": true}'))
    poll(one)
    one.page.wait_for_function("window.news.some(([, data]) => data.done)")
    assert [data for _, data in one.page.evaluate("window.news")] == [{"n": 1}, {"n": 2}, {"done": True}]
    one.page.wait_for_timeout(300)
    assert len(asked) == 3 and not one.page.evaluate("window.poller.running")


def test_an_answer_may_change_the_pace_at_once(one):
    """After an ended run the player asks rarely; the first news of the next one must not be that late."""
    answering(one, json("{}"), json('{"done": true}'))
    one.page.evaluate(
        """async ([script, address]) => {
            const { Poller } = await import(script);
            window.answers = 0;
            const take = ({ done }) => { poller.every = 20; window.answers += 1; return done === true; };
            const poller = new Poller({ address: () => address, every: 1e9, take });
            poller.start();
        }""",
        [one.script("shared/polling.js"), PROBE],
    )
    one.page.wait_for_function("window.answers === 2")


@pytest.mark.parametrize("status", [401, 404, 409])
def test_what_is_not_there_or_refused_ends_the_asking(one, status):
    asked = answering(one, sentence("No such run.", status))
    poll(one)
    assert news(one, "refused") == [["refused", status, "No such run."]]
    one.page.wait_for_timeout(300)
    assert len(asked) == 1


def test_a_busy_server_is_asked_again_when_it_says(one):
    answering(one, sentence("The store is locked.", 503, **{"Retry-After": "1"}), json('{"done": true}'))
    before = one.page.evaluate("performance.now()")
    poll(one)
    busy = ["trouble", "The store is locked."]
    assert news(one, "take") == [busy, ["trouble", ""], ["take", {"done": True}]]
    assert one.page.evaluate("performance.now()") - before > 800


def test_lost_connections_and_pages_of_a_proxy_are_waited_out_ever_more_slowly(one):
    page = {"status": 200, "content_type": "text/html", "body": "<h1>Please log in</h1>"}
    answering(one, "abort", page, json("{", 200), "abort", json('{"done": true}'))
    poll(one)
    lost = ["trouble", "Connection lost, trying again"]
    assert news(one, "take") == [*[lost] * 4, ["trouble", ""], ["take", {"done": True}]]


def test_a_bug_of_the_server_is_not_asked_for_for_ever(one):
    asked = answering(one, sentence("Something unexpected went wrong.", 500))
    poll(one)
    assert news(one, "refused")[-1] == ["refused", 500, "Something unexpected went wrong."]
    assert len(asked) == 6


def test_a_question_that_was_given_up_is_never_answered(one):
    answering(one, json('{"done": true}'))
    poll(one)
    one.page.evaluate("window.poller.stop(), window.news.length = 0")
    one.page.wait_for_timeout(300)
    assert one.page.evaluate("window.news") == []


def test_an_update_of_the_scripts_takes_the_place_of_what_was_there(watched):
    """After an update the same place gets another version's script: one player, not two."""
    one = watched()
    one.wait_steps(**STEPS)
    one.page.evaluate(
        """async (script) => {
            const { default: mount } = await import(`${script}?of-the-next-version`);
            const hosts = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")];
            const place = hosts.map((host) => host.shadowRoot).find((root) => root.querySelector(".player"));
            const pixels = { label: "Pixel ascent", colour: "#000", shape: "circle", dash: [1, 0] };
            const data = { run: null, active: false, base: "", marks: { pixels } };
            data.assets = script.split("/player/")[0];
            data.measures = { score: { label: "Judge score", short: "Judge", help: "" } };
            mount({ data, parentElement: place, setTriggerValue() {} });
        }""",
        one.script("player/player.js"),
    )
    expect(one.page.locator(".player")).to_have_count(1)
    expect(one.page.locator(".words")).to_have_text("Type a prompt and press Run.")


CACHE = """async ([script, folder]) => {
    const { FrameCache } = await import(script);
    window.cache = new FrameCache(() => {});
    window.cache.show(folder);
}"""


def test_a_frame_that_fails_is_asked_for_again_however_often(one, store, place):
    run_id = invented_run(store, example_request(place[1], seed=70))
    tries = []

    def answer(route):
        tries.append(route.request.url)
        if len(tries) <= 2:
            route.abort()
        else:
            route.continue_()

    one.page.route(f"**/frames/{run_id}/pixels/3.png", answer)
    one.page.evaluate(CACHE, [one.script("shared/frame-cache.js"), f"/frames/{run_id}"])

    def there():
        return one.page.evaluate("window.cache.want('pixels', 3), window.cache.has('pixels', 3)")

    wait_for(there, what="the frame")
    assert len(tries) == 3
    one.faults[:] = [fault for fault in one.faults if "ERR_FAILED" not in fault]


def test_room_for_new_frames_is_made_by_what_was_looked_at_longest_ago(one):
    """Whichever painter it belongs to; but the last picture of a painter stays."""
    kept = one.page.evaluate(
        """async (script) => {
            const { FrameCache } = await import(script);
            const cache = new FrameCache(() => {});
            const bitmap = { width: 4000, height: 4000, close() {} };  // 64 MB of 192
            const keep = (painter, step) =>
                cache.keep(cache.address(painter, step), { painter, step, bitmap });
            keep("pixels", 0);
            keep("vqgan", 0);
            keep("vqgan", 1);
            cache.nearest("vqgan", 0);
            keep("vqgan", 2);
            return [...cache.kept.values()].map(({ painter, step }) => `${painter} ${step}`);
        }""",
        one.script("shared/frame-cache.js"),
    )
    assert kept == ["pixels 0", "vqgan 0", "vqgan 2"]


def test_an_answer_that_comes_late_gives_way_to_the_newest_wish(one):
    one.page.route("**/lessons/*.json", lambda route: route.fulfill(**lesson(route.request.url)))
    one.page.evaluate(
        """async (script) => {
            const { LessonJob } = await import(script);
            window.done = [];
            const job = new LessonJob(async (wait, address, signal) => {
                await new Promise((resolve) => setTimeout(resolve, wait));
                signal.throwIfAborted();
                window.done.push(address);
            });
            job.watch("", "slow");
            setTimeout(() => job.watch("", "quick"), 200);
        }""",
        one.script("lesson/lesson-job.js"),
    )
    one.page.wait_for_function("window.done.length > 0")
    one.page.wait_for_timeout(1500)
    assert one.page.evaluate("window.done") == ["/lessons/quick"]


def test_the_further_back_in_line_the_less_often_the_player_asks(one):
    """And `bench load` asks as often."""
    waiting = [{"active": True, "status": "queued", "ahead": ahead} for ahead in (0, 1, 2, 5, 8, 29)]
    states = [*waiting, {"active": True, "status": "running", "ahead": None}]
    pauses = one.page.evaluate(
        """async ([script, states]) => {
            const { pauseAfter } = await import(script);
            const after = (rows) => states.map((state) => pauseAfter(state, { all: () => rows }));
            return [after([]), after(["a row"])];
        }""",
        [one.script("player/pauses.js"), states],
    )
    assert pauses == [[80, 250, 1000, 2500, 4000, 4000, 80], [250, 250, 1000, 2500, 4000, 4000, 250]]
    assert pauses == [[1000 * pause_after(state, rows) for state in states] for rows in (False, True)]


def lesson(address):
    """A computation that is done; its pictures take this many milliseconds to come."""
    return json(f'{{"status": "done", "result": {1000 if "slow" in address else 10}}}')
