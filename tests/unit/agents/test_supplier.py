"""The supplier's agent: what should have come and has not."""

from agents.messages import AgentKind, Purchase, PurchaseLate, SupplierBook
from agents.reminding import ForgetReminder, RemindMe
from agents.supplier import DELAY_S, GRACE_S, LOST_S, RECEIPT
from tests.unit.agents.telling import DAY_S, Agent

DUE_S = DAY_S + 3600


def supplier(lead_time_sd_s: int = 0) -> Agent:
    agent = Agent(AgentKind.SUPPLIER, "S1")
    agent.told(SupplierBook({"PO-1": Purchase(DAY_S, DUE_S)}, lead_time_sd_s), full=True)
    return agent


def test_a_purchase_order_that_does_not_come_is_late_once() -> None:
    agent = supplier()
    (asked,) = agent.said
    now_s = DUE_S + GRACE_S + 1
    assert isinstance(asked, RemindMe)
    assert (asked.name, asked.due_s) == (RECEIPT, now_s)
    (late,) = agent.reminded(RECEIPT, now_s)
    assert isinstance(late, PurchaseLate)
    assert (late.purchase_order_id, late.was_s, late.expected_s) == ("PO-1", DUE_S, now_s + DELAY_S)
    assert agent.reminded(RECEIPT, now_s + 60) == ()
    assert agent.tick(now_s + 60) == ()


def test_every_further_miss_is_put_off_for_longer() -> None:
    agent = supplier()
    delays: list[int] = []
    now_s = DUE_S
    for _ in range(3):
        now_s += GRACE_S + 1
        (late,) = agent.reminded(RECEIPT, now_s)
        assert isinstance(late, PurchaseLate)
        delays.append(late.expected_s - now_s)
        agent.told(SupplierBook({"PO-1": Purchase(DAY_S, late.expected_s)}), now_s)
        now_s = late.expected_s
    assert delays == [DELAY_S, 2 * DELAY_S, 4 * DELAY_S]


def test_what_has_come_or_was_cancelled_is_not_late() -> None:
    received = supplier()
    received.told(SupplierBook({"PO-1": Purchase(DAY_S, DUE_S, DUE_S)}))
    assert received.reminded(RECEIPT, DUE_S + 90_000) == ()
    cancelled = supplier()
    cancelled.told(SupplierBook({"PO-1": None}))
    assert cancelled.reminded(RECEIPT, DUE_S + 90_000) == ()


def test_it_is_reminded_of_the_first_that_may_be_missing_and_of_none_when_none_is_open() -> None:
    agent = supplier()
    (sooner,) = agent.told(SupplierBook({"PO-2": Purchase(DAY_S, DUE_S - 600)}))
    assert isinstance(sooner, RemindMe)
    assert sooner.due_s == DUE_S - 600 + GRACE_S + 1
    assert agent.told(SupplierBook({"PO-3": Purchase(DAY_S, DUE_S)})) == ()
    late, again = agent.reminded(RECEIPT, sooner.due_s)
    assert isinstance(late, PurchaseLate)
    assert isinstance(again, RemindMe)
    assert (late.purchase_order_id, again.due_s) == ("PO-2", DUE_S + GRACE_S + 1)
    (forget,) = agent.told(SupplierBook({"PO-1": None, "PO-3": None}))
    assert isinstance(forget, ForgetReminder)


def test_told_anew_in_full_it_asks_for_its_reminder_again() -> None:
    agent = supplier()
    (asked,) = agent.told(SupplierBook({"PO-1": Purchase(DAY_S, DUE_S)}), full=True)
    assert isinstance(asked, RemindMe)


def test_a_wish_to_be_reminded_that_was_lost_on_the_way_is_made_good() -> None:
    agent = supplier()
    look_s = DUE_S + GRACE_S + 1
    assert agent.tick(look_s + LOST_S - 1) == ()
    (late,) = agent.tick(look_s + LOST_S)
    assert isinstance(late, PurchaseLate)


def test_it_learns_how_late_its_deliveries_use_to_be() -> None:
    agent = supplier()
    for number in range(2, 12):
        agent.told(SupplierBook({f"PO-{number}": Purchase(DAY_S, DAY_S)}))
        agent.told(SupplierBook({f"PO-{number}": Purchase(DAY_S, DAY_S, DAY_S + 4 * DELAY_S)}))
    now_s = DUE_S + GRACE_S + 1
    (late,) = agent.reminded(RECEIPT, now_s)
    assert isinstance(late, PurchaseLate)
    assert 3 * DELAY_S < late.expected_s - now_s <= 4 * DELAY_S


def test_a_spread_lead_time_puts_off_for_longer() -> None:
    (late,) = supplier(lead_time_sd_s=6 * DELAY_S).reminded(RECEIPT, DUE_S + GRACE_S + 1)
    assert isinstance(late, PurchaseLate)
    assert late.expected_s == DUE_S + GRACE_S + 1 + 3 * DELAY_S
