"""The report of a day, written in the night: on the handlers alone, and on this machine for real."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from examples.events import running
from examples.reports.infra import api
from sls_infra.testing import client, render

ANN = {"sub": "ann"}


def test_a_day_is_reported_in_the_night_after() -> None:
    with client(api()) as c:
        for number, (article, quantity, cents) in enumerate([("tea", 2, 350), ("coffee", 1, 420), ("tea", 3, 300)]):
            sale = {"article": article, "quantity": quantity, "cents": cents}
            c.links.table("sales").put({**sale, "day": "2026-07-01", "id": f"{number}"})
        c.links.table("sales").put({"article": "tea", "quantity": 9, "cents": 1, "day": "2026-07-02", "id": "0"})
        assert c.get("/reports/2026-07-01", claims=ANN).status == 404
        c.tick("nightly", at=datetime(2026, 7, 2, 1, 0, tzinfo=UTC))
        c.run()
        report = c.get("/reports/2026-07-01", claims=ANN)
        assert report.text == "article,pieces,cents\ncoffee,1,420\ntea,5,1600\n"
        assert report.header("content-type") == "text/csv; charset=utf-8"


def test_the_day_is_berlins() -> None:
    with client(api()) as c:
        c.tick("nightly", at=datetime(2026, 1, 1, 23, 30, tzinfo=UTC))  # already the 2nd there
        c.run()
        assert list(c.links.bucket("reports").list()) == ["2026-01-01.csv"]


def test_a_day_of_many_sales_is_read_page_by_page() -> None:
    with client(api()) as c:
        sales = [
            {"article": "tea", "quantity": 1, "cents": 1, "day": "2026-07-01", "id": f"{number:04}"}
            for number in range(450)
        ]
        c.links.table("sales").batch(put=sales)
        c.tick("nightly", at=datetime(2026, 7, 2, 1, 0, tzinfo=UTC))
        c.run()
        assert c.get("/reports/2026-07-01", claims=ANN).text == "article,pieces,cents\ntea,450,450\n"


def test_a_sale_is_of_today() -> None:
    with client(api()) as c:
        sold = c.post("/sales", json={"article": "tea", "quantity": 1, "cents": 350}, claims=ANN)
        assert sold.status == 201
        assert len(c.links.table("sales").query(sold.json()["day"])) == 1
        assert c.post("/sales", json={"article": "tea", "quantity": 0, "cents": 350}, claims=ANN).status == 400
        assert c.post("/sales", json={}).status == 401


@pytest.mark.parametrize("target", ["aws", "azure", "gcp", "local"])
def test_it_is_for_every_target(target: str) -> None:
    assert render(api(), target).outputs["url"]


def test_on_this_machine_a_report_can_be_asked_for_by_hand(tmp_path: Path) -> None:
    with running("reports", tmp_path) as site:
        sale = {"article": "tea", "quantity": 2, "cents": 350}
        assert site.http.post("/sales", json=sale, headers=site.token()).status_code == 201
    command = [sys.executable, "-m", "sls_infra.cli.main", "invoke", "served:api", "nightly"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
