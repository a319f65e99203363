"""The ladder of degradation on the operator port: show it, hold a level for a drill, release it."""

from __future__ import annotations

from orchestrator.domain.levels_commands import HoldLevel, ReleaseLevel
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import build
from orchestrator.ingest.guard import Call
from orchestrator.planning.ladder import WORKS, Ladder, Level
from orchestrator.planning.ladder_words import LOADING, cause_of
from protos.muster.operator.v1 import level_service_pb2 as pb


class LevelService:
    """How far the service has stepped down."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def GetLevel(self, request: pb.GetLevelRequest, call: Call) -> pb.Level:
        """The level in force; while planning is not there yet, the lowest."""
        return self._level()

    async def HoldLevel(self, request: pb.HoldLevelRequest, call: Call) -> pb.Level:
        """Keep a level for a while."""
        command = build(
            HoldLevel,
            level=request.level,
            owner=call.caller.name,
            reason=request.reason,
            duration_s=request.duration_s,
        )
        await self._desk.submit(call, command, request.request_id)
        return self._level()

    async def ReleaseLevel(self, request: pb.ReleaseLevelRequest, call: Call) -> pb.Level:
        """End the hold."""
        command = build(ReleaseLevel, by=call.caller.name, reason=request.reason)
        await self._desk.submit(call, command, request.request_id)
        return self._level()

    def _level(self) -> pb.Level:
        if self._desk.planner is None:
            shown = pb.Level(level=Level.LOG, name=Level.LOG.name, cause=LOADING, works=WORKS[Level.LOG])
        else:
            self._desk.planner.status()
            shown = _of(self._desk.planner.ladder)
            shown.cause = cause_of(self._desk.planner.ladder, self._desk.state)
        hold = self._desk.state.level_hold
        if hold is not None:
            shown.hold.CopyFrom(
                pb.LevelHold(
                    level=hold.level,
                    owner=hold.owner,
                    reason=hold.reason,
                    from_s=hold.from_s,
                    until_s=hold.until_s,
                )
            )
        return shown


def _of(ladder: Ladder) -> pb.Level:
    return pb.Level(
        level=int(ladder.level),
        name=ladder.level.name,
        works=ladder.works,
        missing=[pb.MissingPart(part=one.part.value, since_s=one.since_s, why=one.why) for one in ladder.missing()],
        counts=[
            pb.LevelCount(level=int(level), name=level.name, entered=ladder.steps[level], seconds=ladder.spent_s[level])
            for level in Level
        ],
    )
