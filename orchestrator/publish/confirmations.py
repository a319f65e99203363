"""From instruction to confirmation: what agents were told and have not yet said to have done.

Promises bounded memory (`EACH_MAX` instructions an agent; of more, the oldest are forgotten and counted) and one
latency for each instruction that is confirmed: by its own number, or by a later one or a roster that holds it, because
an agent's number only rises. Belongs to the core's loop; fed by `runtime.bridge_client`, read by gauges and tests.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable

from agents.messages import AgentRef, Instruction

EACH_MAX = 64


class Confirmations:
    """The ledger. `observe`: told the seconds from each instruction to its confirmation."""

    def __init__(self, observe: Callable[[float], None] = lambda seconds: None) -> None:
        self.observe = observe
        self._waiting: dict[AgentRef, deque[tuple[int, int]]] = {}
        self._executed: dict[AgentRef, int] = {}
        self._told_anew: Counter[AgentRef] = Counter()
        self.confirmed = 0
        self.repeats = 0
        self.twice = 0
        self.forgotten = 0

    def told(self, instructions: Iterable[Instruction], now_ns: int) -> None:
        """These were sent just now."""
        for told in instructions:
            waiting = self._waiting.setdefault(told.agent, deque())
            waiting.append((told.seq, now_ns))
            if len(waiting) > EACH_MAX:
                waiting.popleft()
                self.forgotten += 1

    def took(self, confirmed: Iterable[tuple[AgentRef, int]], repeats: int, now_ns: int) -> None:
        """Agents have executed what they were told, up to a number each; `repeats` came again and were not executed."""
        self.repeats += repeats
        for agent, seq in confirmed:
            self._count_twice(agent, seq)
            waiting = self._waiting.get(agent)
            while waiting and waiting[0][0] <= seq:
                self.observe((now_ns - waiting.popleft()[1]) / 1e9)
                self.confirmed += 1
            if waiting is not None and not waiting:
                del self._waiting[agent]

    def told_anew(self, agents: Iterable[AgentRef]) -> None:
        """These were told all they need as of the log: one that has lost its memory executes what it knew before."""
        self._told_anew.update(agents)

    def _count_twice(self, agent: AgentRef, seq: int) -> None:
        """An agent that executes what it has executed, and was not told everything in between, is a defect."""
        newest = self._executed.get(agent, -1)
        if seq > newest:
            self._executed[agent] = seq
        elif self._told_anew[agent]:
            self._told_anew[agent] -= 1
        else:
            self.twice += 1

    def retain(self, agents: Iterable[AgentRef]) -> None:
        """There are no agents but these; what others were told will never be confirmed."""
        here = set(agents)
        self._told_anew = Counter({agent: count for agent, count in self._told_anew.items() if agent in here and count})
        self._executed = {agent: seq for agent, seq in self._executed.items() if agent in here}
        for agent in self._waiting.keys() - here:
            self.forgotten += len(self._waiting.pop(agent))

    def outstanding(self, agent: AgentRef | None = None) -> int:
        """Instructions that wait for their confirmation: of one agent, or of all."""
        if agent is not None:
            return len(self._waiting.get(agent, ()))
        return sum(len(waiting) for waiting in self._waiting.values())

    def oldest_s(self, now_ns: int) -> float:
        """For how long the oldest of them has waited; 0 when none waits."""
        return max(((now_ns - waiting[0][1]) / 1e9 for waiting in self._waiting.values()), default=0.0)
