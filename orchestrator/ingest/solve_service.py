"""Solving a problem from a file on the operator port: a solver process reads the text, the core does not."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Mapping
from typing import Any

import structlog

from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import text_in
from orchestrator.ingest.guard import Call
from orchestrator.ingest.refusals import IngestReason, Refusal, bad_field
from protos.muster.operator.v1 import solve_service_pb2 as pb
from solvers.budget import Budget
from solvers.solve_text import InstanceText

log = structlog.get_logger(__name__)

#: Under this name the bridge's solver processes know `solvers.solve_text`.
SOLVER_KIND = "text"
SOLVER_FUNCTION = "solvers.solve_text:solve_text"
BUDGET_S_MAX = 600.0
TEXT_CHARS_MAX = 4_000_000
SEED_MAX = 2**31 - 1
PROGRESS_EVERY_S = 1.0
KINDS = {pb.PROBLEM_KIND_ROUTING: "routing", pb.PROBLEM_KIND_SCHEDULING: "scheduling"}
AWAY = ("UNAVAILABLE", "BUSY", "CANCELLED")


class SolveService:
    """Solvers for known problems."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Solve(self, request: pb.SolveRequest, call: Call) -> AsyncIterator[pb.SolveResponse]:
        """Progress each second, then the result. Closing the stream gives the solve up."""
        problem, budget = _checked(request)
        if self._desk.bridge is None:
            raise Refusal(
                IngestReason.SOLVER_UNAVAILABLE, "this server runs without solver processes", retry_after_ms=60_000
            )
        began_ns = self._desk.clock.monotonic_ns()
        task = asyncio.ensure_future(self._desk.bridge.solve_watched(SOLVER_KIND, problem, None, budget))
        try:
            while not (await asyncio.wait({task}, timeout=PROGRESS_EVERY_S))[0]:
                elapsed_s = (self._desk.clock.monotonic_ns() - began_ns) / 1e9
                yield pb.SolveResponse(progress=pb.SolveProgress(elapsed_s=elapsed_s))
            solved, told = task.result()
        finally:
            task.cancel()
        yield pb.SolveResponse(result=_result(solved, told))


def _checked(request: pb.SolveRequest) -> tuple[InstanceText, Budget]:
    kind = KINDS.get(request.kind)
    if kind is None:
        raise bad_field("kind", request.kind, "ROUTING or SCHEDULING")
    text_in(request.name, "name")
    text_in(request.format, "format", 40)
    if not 1 <= len(request.text) <= TEXT_CHARS_MAX:
        raise bad_field("text", f"{len(request.text)} characters", f"1 to {TEXT_CHARS_MAX} characters")
    if not math.isfinite(request.budget_s) or not 0 < request.budget_s <= BUDGET_S_MAX:
        raise bad_field("budget_s", request.budget_s, f"above 0, at most {BUDGET_S_MAX:.0f}")
    if not 0 <= request.seed <= SEED_MAX:
        raise bad_field("seed", request.seed, f"0 to {SEED_MAX}")
    name = request.name or f"problem.{request.format or 'txt'}"
    return InstanceText(kind, name, request.text), Budget(seconds=request.budget_s, seed=request.seed)


def _result(solved: Any, told: Mapping[str, Any] | None) -> pb.SolveResult:
    how = str(solved.outcome.value)
    if how in AWAY:
        raise Refusal(IngestReason.SOLVER_UNAVAILABLE, f"no solver is free ({how})", retry_after_ms=5_000)
    if told is None:
        log.warning("solve failed", outcome=how, message=str(solved.message)[:500])
        raise Refusal(IngestReason.SOLVE_FAILED, f"the solver gave up ({how})", metadata={"outcome": how})
    if "refused" in told:
        raise bad_field("text", "the file", told["refused"])
    result = told["result"]
    cost = result.get("cost", result.get("objective"))
    return pb.SolveResult(
        instance=result["instance"],
        feasible=result["feasible"],
        cost=float(cost) if cost is not None else 0.0,
        routes=[pb.SolvedRoute(customer_ids=route) for route in result.get("routes", ())],
        unplanned=[int(customer) for customer in result.get("unplanned", ())],
        engine=result.get("engine") or "",
        first_feasible_s=result.get("first_feasible_s") or 0.0,
        wall_s=result.get("wall_s") or solved.wall_s,
        bound=result.get("bound"),
        result_json=json.dumps(result),
    )
