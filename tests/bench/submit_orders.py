"""Durable SubmitOrders a second, beside a bare grpc.aio echo with messages of the same size, in turns.

Both servers are processes of their own, called by one client process with many calls at once. Each SubmitOrders call
brings one new order for the next day and is answered after its fsync, while planning goes on behind it. The lag of the
core's loop meanwhile is read from the server's own metrics.
"""

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path

import grpc

from protos.muster.common.v1 import order_pb2
from protos.muster.operator.v1.admin_service_pb2 import ImportCompanyRequest, ImportFile
from protos.muster.partner.v1 import partner_service_pb2 as pb
from tests.bench.row import Row, row
from tests.serving import (
    OPERATOR_METHODS,
    PARTNER_METHODS,
    bearer,
    multicallable,
    server_process,
)
from tests.unit.company.files import files
from tests.unit.domain.small_company import NOW_S, token_digest

NEXT_DAY_S = 86_400
ROUNDS = 4
ROUND_S = 2.0
CALLS_AT_ONCE = 128
SUBMIT = PARTNER_METHODS["PartnerService.SubmitOrders"]
ECHO_PATH = "/bench.Echo/Echo"
ENV = {
    "MUSTER_PARTNER_CALLS_PER_S_MAX": "1000000",
    "MUSTER_PARTNER_CONCURRENCY_MAX": "1000",
    "MUSTER_LOG_LEVEL": "ERROR",
}


def main() -> list[Row]:
    """Measure in turns and compare."""
    with tempfile.TemporaryDirectory() as folder, server_process(Path(folder) / "data", env=ENV) as serving:
        _import_company(serving.endpoints["operator"])
        echo = subprocess.Popen([sys.executable, "-m", __name__, "--echo"], stdout=subprocess.PIPE, text=True)
        try:
            assert echo.stdout is not None
            echo_address = echo.stdout.readline().strip()
            done = subprocess.run(
                [sys.executable, "-m", __name__, "--client", serving.endpoints["partner"], echo_address],
                capture_output=True,
                text=True,
                timeout=300,
                check=True,
            )
        finally:
            echo.kill()
            echo.wait()
        lag_ms = _lag_p99_ms(serving.endpoints["metrics"])
    ours, bare = (float(word) for word in done.stdout.split())
    spent_s = ROUNDS * ROUND_S
    return [
        row(
            f"SubmitOrders, {CALLS_AT_ONCE} at once",
            ours,
            "calls/s",
            seconds=spent_s,
            peers={"grpc.aio echo": bare},
            at_least=0.5,
            judged="ratio",
        ),
        row("core loop lag p99 meanwhile", lag_ms, "ms", seconds=spent_s, at_most=20.0),
    ]


def _import_company(operator: str) -> None:
    partners = f"partner_id,name,token_sha256\nacme,Acme,{token_digest('acme-token')}\n"
    stock = "site_id,item_id,on_hand,service_per_mille\nWH,PUMP,1000000,950\nWH,CASE,1000000,950\n"
    changed = files(partners=partners, stock=stock)
    sent = [ImportFile(name=name, content=content) for name, content in changed.items()]
    with grpc.insecure_channel(operator) as channel:
        call = multicallable(channel, OPERATOR_METHODS["AdminService.ImportCompany"])
        assert call(ImportCompanyRequest(files=sent), timeout=30).loaded


def _lag_p99_ms(metrics: str) -> float:
    """Upper bound of the bucket that holds the 99th percentile."""
    with urllib.request.urlopen(f"http://{metrics}/metrics", timeout=10) as page:
        text = page.read().decode()
    found = re.findall(r'muster_core_loop_lag_seconds_bucket\{le="([^"]+)"\} ([0-9.e+]+)', text)
    total = float(found[-1][1])
    return next(float(bound) for bound, count in found if float(count) >= 0.99 * total) * 1_000


def _request(number: int) -> bytes:
    draft = order_pb2.OrderDraft(
        number=f"B{number}",
        customer_id="C1",
        lines=[order_pb2.OrderLine(item_id="PUMP", quantity=1), order_pb2.OrderLine(item_id="CASE", quantity=2)],
        window_start_s=NOW_S + NEXT_DAY_S,
        window_end_s=NOW_S + NEXT_DAY_S + 4 * 3_600,
    )
    return pb.SubmitOrdersRequest(request_id=f"bench-{number}", orders=[draft]).SerializeToString()


async def _load(call: Callable[[int], Awaitable[object]], first: int, seconds: float) -> tuple[int, float]:
    """(calls done, seconds taken) with many at once."""
    end = time.perf_counter() + seconds
    numbers = iter(range(first, first + 10**9))
    done = 0

    async def caller() -> None:
        nonlocal done
        while time.perf_counter() < end:
            await call(next(numbers))
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLS_AT_ONCE)))
    return done, time.perf_counter() - began


async def _client(partner: str, echo: str) -> None:
    async with grpc.aio.insecure_channel(partner) as ours, grpc.aio.insecure_channel(echo) as bare:
        submit = multicallable(ours, SUBMIT)
        echoed = bare.unary_unary(ECHO_PATH)
        counts = {"submit": [0, 0.0], "echo": [0, 0.0]}

        async def submit_one(number: int) -> None:
            reply = await submit(_request(number), timeout=30, metadata=bearer("acme"))
            assert reply.accepted == 1, reply

        async def echo_one(number: int) -> None:
            pb.SubmitOrdersRequest.FromString(await echoed(_request(number), timeout=30, metadata=bearer("acme")))

        for turn in range(ROUNDS):
            for name, call in (("echo", echo_one), ("submit", submit_one)):
                done, spent_s = await _load(call, turn * 10**6, ROUND_S)
                counts[name][0] += done
                counts[name][1] += spent_s
        print(*(counts[name][0] / counts[name][1] for name in ("submit", "echo")))


async def _echo() -> None:
    async def answer(request: bytes, context: object) -> bytes:
        return request

    server = grpc.aio.server()
    handlers = {"Echo": grpc.unary_unary_rpc_method_handler(answer)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench.Echo", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--echo", action="store_true")
    parser.add_argument("--client", nargs=2)
    flags = parser.parse_args()
    asyncio.run(_echo() if flags.echo else _client(*flags.client))
