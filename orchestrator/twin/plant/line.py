"""The plant's line as its real agent sees it: signals and readings go in, requests for maintenance come out.

Promises nothing that the plant does not tell; the laws of wear are those that its records give. Called by the play.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agents.machine import fresh, step
from agents.messages import (
    AgentKind,
    AgentRef,
    ConditionRisk,
    Instruction,
    LineBook,
    MachineBook,
    MachineSignal,
    Message,
    SensorReading,
    Tick,
    WearBook,
)
from solvers.scheduling.maintenance import HOUR_S, Costs, RiskCurve
from solvers.upkeep.pooled import Laws

EPOCH_S = 1_700_006_400
LINE = "L1"


class Line:
    """One agent for all machines, by number. `asked`: machine -> the risk that it last told of."""

    def __init__(self, machines: int) -> None:
        self._agent = AgentRef(AgentKind.PRODUCTION_LINE, LINE)
        self._state: Any = fresh(self._agent)
        self._renewed_s = [0] * machines
        self._seq = 0
        self.asked: dict[int, RiskCurve] = {}

    def told(self, laws_of: Callable[[int], Laws], costs: Costs, hour: float) -> None:
        """Its whole book: how each machine wears, as far as is known now, and when it was renewed."""
        wears = [_wear(laws_of(number), costs, renewed_s) for number, renewed_s in enumerate(self._renewed_s)]
        book = LineBook({str(number): MachineBook(wear=wear) for number, wear in enumerate(wears)})
        self._seq += 1
        self._hear(Instruction(self._agent, self._seq, self._seq, book, full=self._seq == 1), at_s(hour))

    def renewed(self, number: int, hour: float) -> None:
        """A machine was repaired or maintained."""
        self._renewed_s[number] = at_s(hour)
        self.asked.pop(number, None)

    def runs(self, number: int, hour: int, value: float) -> None:
        """It runs this hour, and its sensor spoke."""
        now_s = at_s(hour)
        self._hear(MachineSignal(LINE, str(number), now_s, running=True), now_s)
        self._hear(SensorReading(LINE, str(number), "vibration", now_s, round(value * 1000)), now_s)

    def stands(self, number: int, hour: int) -> None:
        """It stands this hour."""
        now_s = at_s(hour)
        self._hear(MachineSignal(LINE, str(number), now_s, running=False), now_s)

    def tick(self, hour: int) -> None:
        """The hour is over."""
        self._hear(Tick(), at_s(hour + 1) - 1)

    def _hear(self, message: Message, now_s: int) -> None:
        self._state, reports = step(self._agent, self._state, message, now_s)
        for report in reports:
            if isinstance(report, ConditionRisk):
                self._take(report)

    def _take(self, report: ConditionRisk) -> None:
        number = int(report.machine_id)
        if report.over:
            self.asked.pop(number, None)
        else:
            self.asked[number] = RiskCurve(tuple((by_s, permille / 1000) for by_s, permille in report.risk))


def _wear(laws: Laws, costs: Costs, renewed_s: int) -> WearBook:
    return WearBook(
        failure_cents=costs.failure_cents,
        planned_cents=costs.planned_cents,
        renewed_s=renewed_s,
        life_shape_permille=round(laws.life.shape * 1000),
        life_s=round(laws.life.scale_h * HOUR_S),
        delay_shape_permille=round(laws.delay.shape * 1000),
        delay_s=round(laws.delay.scale_h * HOUR_S),
    )


def at_s(hour: float) -> int:
    """The plant's hour as seconds since the epoch."""
    return EPOCH_S + round(hour * HOUR_S)
