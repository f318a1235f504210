"""A cluster of a scheduler and three worker processes, of which one is killed while it works."""

from __future__ import annotations

import os
import signal

import pytest

from convmath.cli.sweep import Source
from convmath.plan import sweep as module
from convmath.plan.front import Goal
from convmath.plan.gathering import Best, Front
from convmath.plan.parts import Parts
from convmath.plan.running import finish, gather
from convmath.plan.scheduling import scheduler_for
from convmath.plan.sweep import Sweep

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.filterwarnings("default")  # what a killed worker leaves open is no fault of ours


def swept(path, scheduler, tell=lambda designs: None):
    source = Source("resnet18", ("1x3xHxW",), {}, False)
    sweep = Sweep(source.analyzed, ["width=8:64:8", "H=32:160:8", "W=32:160:16"], "macs,params", "macs <= 400M")
    found = [Front((Goal("macs", 1), Goal("params", -1))), Best(Goal("params", -1), 20)]
    parts = Parts(str(path))
    parts.begin({"network": "resnet18"}, resume=False)
    summary = gather(sweep, scheduler, found, parts, tell=tell)
    finish(str(path), len(sweep))
    return path.read_bytes(), [one.rows() for one in found], vars(summary)


def test_a_worker_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 30)
    want = swept(tmp_path / "alone.csv", scheduler_for("here"))
    cluster = distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", worker_dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as client:
        workers = client.run(os.getpid)
        assert len(set(workers.values())) == 3
        lost = []

        def kill(designs):
            if not lost:
                lost.append(next(iter(workers.values())))
                os.kill(lost[0], signal.SIGKILL)

        scheduler = scheduler_for(cluster.scheduler_address.replace("tcp://", "dask://"))
        assert swept(tmp_path / "together.csv", scheduler, kill) == want
        assert lost


def test_nobody_answers():
    with pytest.raises(Exception, match=r"tcp://127.0.0.1:9: no scheduler of Dask answers"):
        list(scheduler_for("dask://127.0.0.1:9")(None, [0]))
