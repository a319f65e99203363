"""Facts typed in: the 22 core scenarios of gym-invmgmt's paper and the mean profits its authors publish.

Source: github.com/r2barati/gym-invmgmt-paper, benchmarks/run_benchmarks.py (scenarios, seeds), results/
benchmark_final_merged.csv (profits; read from docs/data/leaderboard.json, which is made from it), results/
m5_window_metadata.json (the sales window). Means over the ten seeds; the four MARL rows repeat others and are no core.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SEEDS = (42, 123, 456, 789, 1011, 2022, 3033, 4044, 5055, 6066)
PERIODS = 30
BASE_MEAN = 20.0
SALES = (2, 3, 4, 0, 0, 1, 0, 2, 1, 1, 5, 3, 1, 0, 0, 2, 7, 2, 2, 13, 8, 11, 50, 60, 54, 51, 39, 50, 48, 61)
"""FOODS_3_382 at CA_3, days 1841 to 1870, of the M5 data; scaled to a mean of 20."""


@dataclass(frozen=True, slots=True)
class Published:
    """One scenario. Profits: mean over ten seeds; `oracle_seed_42`: the oracle's in the first episode."""

    topology: str
    demand: str
    goodwill: bool
    backlog: bool
    oracle: float
    oracle_seed_42: float
    informed_mssp: float
    blind_mssp: float
    blind_ss: float

    @property
    def name(self) -> str:
        """A short name for tables."""
        flags = f"{'goodwill ' if self.goodwill else ''}{'backlog' if self.backlog else 'lost sales'}"
        return f"{self.topology} {self.demand} {flags}"

    @property
    def episodes_differ(self) -> bool:
        """Whether the seed changes anything: the sales window is one fixed trace."""
        return self.demand != "sales"

    def settings(self) -> dict[str, Any]:
        """Arguments of the environment."""
        demand: dict[str, Any] = {"base_mu": BASE_MEAN, "use_goodwill": self.goodwill}
        if self.demand == "sales":
            scale = BASE_MEAN * len(SALES) / sum(SALES)
            series = [units * scale for units in SALES]
            demand |= {"type": "stationary", "external_series": series, "noise_scale": 0.0}
        elif self.demand == "stationary":
            demand["type"] = "stationary"
        else:
            effects = ["trend", "seasonal", *(["shock"] if self.demand == "shock" else [])]
            demand |= {"type": "combined_chaos", "effects": effects}
        topology = "network" if self.topology == "base" else "serial"
        return {"scenario": topology, "demand_config": demand, "num_periods": PERIODS, "backlog": self.backlog}


SCENARIOS = (
    Published("base", "trend", False, True, 1556.8, 1555.2, 1546.7, 1288.0, 1147.8),
    Published("base", "trend", False, False, 1163.0, 1148.3, 1136.9, 898.4, 788.8),
    Published("base", "trend", True, True, 1082.6, 1096.0, 925.1, 564.4, 545.8),
    Published("base", "trend", True, False, 812.9, 780.2, 726.0, 591.0, 505.0),
    Published("base", "shock", False, True, 2454.0, 2440.2, 2435.7, 1724.2, 1736.8),
    Published("base", "shock", False, False, 2067.2, 2039.4, 2028.6, 1205.9, 1418.2),
    Published("base", "shock", True, True, 1570.5, 1588.6, 1344.3, 756.7, 882.9),
    Published("base", "shock", True, False, 1368.4, 1352.6, 1210.0, 788.2, 929.9),
    Published("serial", "trend", False, True, 1529.9, 1529.3, 1502.4, 1197.7, 1080.7),
    Published("serial", "trend", False, False, 1406.8, 1393.1, 1364.6, 999.2, 1020.2),
    Published("serial", "trend", True, True, 1278.2, 1209.0, 1186.5, 761.9, 794.5),
    Published("serial", "trend", True, False, 1241.6, 1273.2, 1144.3, 778.6, 872.5),
    Published("serial", "shock", False, True, 2136.8, 2127.1, 2104.5, 1675.5, 824.8),
    Published("serial", "shock", False, False, 2013.6, 1990.9, 1965.7, 1364.6, 1295.3),
    Published("serial", "shock", True, True, 1734.2, 1636.0, 1560.0, 975.1, 955.0),
    Published("serial", "shock", True, False, 1761.4, 1802.4, 1568.8, 948.0, 1076.0),
    Published("base", "stationary", False, True, 845.7, 857.9, 835.0, 823.3, 739.6),
    Published("base", "stationary", False, False, 842.0, 857.9, 809.1, 737.3, 736.0),
    Published("serial", "stationary", False, True, 1023.9, 1032.1, 1006.3, 975.2, 872.9),
    Published("serial", "stationary", False, False, 1023.8, 1032.1, 986.5, 911.8, 855.3),
    Published("base", "sales", False, True, 751.9, 751.9, 751.2, 151.9, -70.4),
    Published("serial", "sales", False, True, 942.4, 942.4, 938.9, 77.7, -26.9),
)
"""Trend: trend and one season wave; shock: these and demand doubled from period 15; sales: the M5 window."""
