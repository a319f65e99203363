"""Small networks, and random ones for hypothesis."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from solvers.replenishment.network.demand import Scenarios
from solvers.replenishment.network.problem import Link, Market, NetworkProblem, Node


def shop(
    periods: int = 1, *, stock: float = 0.0, lead: int = 0, cost: float = 60.0, price: float = 100.0,
    holding: float = 0.0, shortage: float = 0.0, lost: bool = True,
) -> NetworkProblem:  # fmt: skip
    """One source, one shop, one market."""
    return NetworkProblem(
        periods,
        ("source",),
        (Node("shop", stock=stock, holding_cents=holding),),
        (Link("source", "shop", lead, unit_cents=cost),),
        (Market("town", "shop", price, shortage_cents=shortage, lost_sales=lost),),
    )


def chain(periods: int, *, lost: bool = False) -> NetworkProblem:
    """Source - factory (capacity, yield) - shop, with lead times 0 and 1 and goods on the way."""
    return NetworkProblem(
        periods,
        ("mine",),
        (
            Node("factory", stock=6, holding_cents=1, capacity=4, yield_ratio=0.5, processing_cents=2),
            Node("shop", stock=1, holding_cents=3),
        ),
        (
            Link("mine", "factory", 0, unit_cents=10),
            Link("factory", "shop", 1, transit_cents=1, arriving=(2.0,)),
        ),
        (Market("town", "shop", 100, shortage_cents=5, lost_sales=lost, backlog=0.0 if lost else 1.0),),
    )


def one(*values: float) -> Scenarios:
    """A single scenario of one market."""
    return Scenarios.equal(np.array(values, dtype=np.float64)[None, :, None])


@st.composite
def networks(draw: st.DrawFn, markets: int = 2, least_price: int = 0) -> NetworkProblem:
    """Layered networks of up to four nodes, integer data."""
    count = draw(st.integers(1, 4))
    small = st.integers(0, 20)
    nodes = tuple(
        Node(
            f"n{at}",
            stock=draw(small),
            holding_cents=draw(st.integers(0, 5)),
            capacity=draw(st.none() | st.integers(0, 15)),
            yield_ratio=draw(st.sampled_from((0.5, 1.0, 2.0))),
            processing_cents=draw(st.integers(0, 5)),
        )
        for at in range(count)
    )
    links = []
    for to in range(count):
        for origin in ["source", *(f"n{at}" for at in range(to))]:
            if origin != "source" and not draw(st.booleans()):
                continue
            lead = draw(st.integers(0, 3))
            arriving = tuple(float(draw(small)) for _ in range(draw(st.integers(0, lead))))
            most = draw(st.none() | small)
            prices = {"unit_cents": draw(st.integers(1, 40)), "transit_cents": draw(st.integers(0, 3))}
            links.append(Link(origin, f"n{to}", lead, most=most, arriving=arriving, **prices))
    customers = []
    for at in range(draw(st.integers(1, markets))):
        lost = draw(st.booleans())
        backlog = 0 if lost else draw(small)
        node = f"n{draw(st.integers(0, count - 1))}"
        prices = {"price_cents": draw(st.integers(least_price, 200)), "shortage_cents": draw(st.integers(0, 20))}
        customers.append(Market(f"m{at}", node, lost_sales=lost, backlog=backlog, **prices))
    return NetworkProblem(draw(st.integers(1, 5)), ("source",), nodes, tuple(links), tuple(customers))


@st.composite
def demands(draw: st.DrawFn, problem: NetworkProblem) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Units by period and market."""
    size = problem.periods * len(problem.markets)
    values = draw(st.lists(st.integers(0, 15), min_size=size, max_size=size))
    return np.array(values, dtype=np.float64).reshape(problem.periods, len(problem.markets))
