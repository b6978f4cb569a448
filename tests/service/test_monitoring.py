"""What `/healthz` and `/metrics` answer."""

import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from app import resources
from app.web import monitoring
from core.service import prometheus
from tests.support.serving import example_request, invented_steps


@pytest.fixture
def client(store, monkeypatch):
    monkeypatch.setattr(resources, "store", lambda: store)
    monitoring._health_check.cache_clear()
    app = Starlette(
        routes=monitoring.routes("/class"), middleware=[Middleware(monitoring.RequestCounter, base="/class")]
    )
    yield TestClient(app)
    monitoring._health_check.cache_clear()


def test_healthz_answers_200_or_503_with_every_part(client, store):
    answer = client.get("/class/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok"), (
        "a server that has just started waits for its painter process"
    )
    assert set(answer.json()) == {"status", "store", "painter", "disk"}
    assert answer.headers["cache-control"] == "no-store"
    store.queue.beat("w", state="restarting", message="The painter process hung.")
    monitoring._health_check.cache_clear()
    answer = client.get("/class/healthz")
    assert (answer.status_code, answer.json()["painter"]) == (503, "The painter process hung.")


SAMPLE = re.compile(r'[a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? -?[0-9.e+]+')


def test_metrics_are_what_prometheus_reads(client, store):
    run = store.submit(example_request("pack"), "hash")
    for frame, measurement in list(invented_steps(run.request))[:4]:
        store.record(run.id, frame, measurement)
    monitoring.request_counts.add("frames", 200, 0.03)
    answer = client.get("/class/metrics")
    lines = answer.text.splitlines()
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert all(line.startswith(("# HELP ", "# TYPE ")) or SAMPLE.fullmatch(line) for line in lines), lines
    assert {'ctjp_runs{status="queued"} 1.0', 'ctjp_waiting{of="people"} 1.0', "ctjp_steps_total 4.0"} <= set(
        lines
    )
    assert not [line for line in lines if "_created" in line]
    counted = dict(line.rsplit(" ", 1) for line in lines if line.startswith("ctjp_request_seconds"))
    inf = 'ctjp_request_seconds_bucket{le="+Inf",route="frames"}'
    assert float(counted[inf]) == float(counted['ctjp_request_seconds_count{route="frames"}']) >= 1
    assert float(counted['ctjp_request_seconds_bucket{le="0.025",route="frames"}']) < float(counted[inf])


def test_labels_cannot_break_out():
    text = prometheus.exposition_text([prometheus.labelled_gauge("a", "b", "l", {'x"\n\\': 1})])
    assert text.splitlines()[2] == r'a{l="x\"\n\\"} 1.0'
