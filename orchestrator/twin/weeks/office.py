"""The people and machines of the simulated company at the server's operator port.

Promises: as `Wire`; what this server does not offer is None, and is asked for once. Called by `run` and its parts.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import TypeVar

import grpc
import grpc.aio

from orchestrator.twin.wire import CALL_S, Wire, refusal
from orchestrator.twin.world import Refused
from protos.muster.operator.v1 import admin_service_pb2, stock_service_pb2, stock_service_pb2_grpc

T = TypeVar("T")


class Office(Wire):
    """`Wire` with the clock and the stock service."""

    _of: grpc.aio.Channel | None = None
    _stock: stock_service_pb2_grpc.StockServiceAsyncStub
    _lacking: frozenset[str] = frozenset()

    async def connect(self) -> None:
        """Connect to where the server says it listens."""
        await super().connect()
        if self._channels[0] is not self._of:
            self._of = self._channels[0]
            self._stock = stock_service_pb2_grpc.StockServiceStub(self._of)

    async def advance(self, to_s: int) -> None:
        """Put the held clock forward."""
        request = admin_service_pb2.AdvanceClockRequest(to_s=to_s)
        await self._patiently(lambda: self._admin.AdvanceClock(request, timeout=CALL_S, metadata=self._identity))

    async def close_day(self, day_s: int) -> Refused | None:
        """Count the day's demand."""
        request = stock_service_pb2.CloseDayRequest(request_id=uuid.uuid4().hex, day_s=day_s)
        return await self._said(lambda: self._stock.CloseDay(request, timeout=CALL_S, metadata=self._identity))

    async def release(self, proposal_id: str) -> Refused | None:
        """Order what is proposed, as it is proposed."""
        request = stock_service_pb2.ReleaseReplenishmentRequest(request_id=uuid.uuid4().hex, proposal_id=proposal_id)
        call = lambda: self._stock.ReleaseReplenishment(request, timeout=CALL_S, metadata=self._identity)  # noqa: E731
        return await self._said(call)

    async def write_off(self, purchase_order_id: str, reason: str) -> Refused | None:
        """Count no more on a purchase order."""
        request = stock_service_pb2.WriteOffPurchaseRequest(
            request_id=uuid.uuid4().hex, purchase_order_id=purchase_order_id, reason=reason
        )
        return await self._said(lambda: self._stock.WriteOffPurchase(request, timeout=CALL_S, metadata=self._identity))

    async def outlook(self, site_id: str, item_id: str) -> stock_service_pb2.StockOutlook | None:
        """What the server thinks of an item at a site."""
        request = stock_service_pb2.GetStockOutlookRequest(site_id=site_id, item_id=item_id, days=1)
        call = lambda: self._stock.GetStockOutlook(request, timeout=CALL_S, metadata=self._identity)  # noqa: E731
        return await self._offered("GetStockOutlook", call)

    async def scorecards(self, supplier_id: str) -> stock_service_pb2.ListScorecardsResponse | None:
        """What the server has learned about a supplier."""
        request = stock_service_pb2.ListScorecardsRequest(supplier_id=supplier_id)
        call = lambda: self._stock.ListScorecards(request, timeout=CALL_S, metadata=self._identity)  # noqa: E731
        return await self._offered("ListScorecards", call)

    async def _said(self, call: Callable[[], Awaitable[object]]) -> Refused | None:
        try:
            await self._patiently(call)
        except grpc.aio.AioRpcError as error:
            return refusal(error)
        return None

    async def _offered(self, name: str, call: Callable[[], Awaitable[T]]) -> T | None:
        if name in self._lacking:
            return None
        try:
            return await self._patiently(call)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.UNIMPLEMENTED:
                self._lacking |= {name}
            elif error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            return None
