"""`/runsheets`: the run sheets of the last plan that the dashboard saw, also while the server is away.

What orders consist of is asked for once in a while and kept, so that a server that goes away leaves sheets with goods.
"""

from __future__ import annotations

import asyncio
import contextlib

import grpc
import structlog
from fastapi.responses import HTMLResponse

from orchestrator.web.feed import TIMEOUT_S, Feed
from orchestrator.web.run_sheets import as_html, as_of, goods_of, run_sheets
from protos.muster.common.v1 import order_pb2 as common
from protos.muster.operator.v1 import order_service_pb2 as pb
from protos.muster.operator.v1.order_service_pb2_grpc import OrderServiceStub

#: Between two questions; the page itself also asks, when it is opened.
KEEP_EVERY_S = 60.0
PAGE, PAGES_MAX = 1_000, 100
OPEN = (common.ORDER_STATUS_OPEN, common.ORDER_STATUS_LOADED)
_logger = structlog.get_logger(__name__)


class RunSheets:
    """What the sheets need beside the overview, kept. `start` and `stop` belong to the web process."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._goods: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to ask now and then."""
        self._task = asyncio.create_task(self._run(), name="keep what orders consist of")

    async def stop(self) -> None:
        """End asking."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def page(self) -> HTMLResponse:
        """Every vehicle with stops ahead, a printed page each; as old as the last word of the server."""
        await self._renew()
        overview, trouble = self._feed.overview, self._feed.trouble
        told = as_of(overview) + (f" (last seen; {trouble})" if trouble else "")
        return HTMLResponse(as_html(run_sheets(overview, self._goods), overview.company_name, told))

    async def _run(self) -> None:
        while True:
            await self._renew()
            await asyncio.sleep(KEEP_EVERY_S)

    async def _renew(self) -> None:
        """Ask what is open; without an answer, what was known stays."""
        stub, goods, token = OrderServiceStub(self._feed.channel), dict[str, str](), ""
        try:
            for _ in range(PAGES_MAX):
                request = pb.ListOrdersRequest(page_size=PAGE, page_token=token, statuses=OPEN)
                answer = await stub.ListOrders(request, timeout=TIMEOUT_S)
                goods |= goods_of(answer.orders)
                token = answer.next_page_token
                if not token:
                    break
            self._goods = goods
        except grpc.aio.AioRpcError as error:
            _logger.info("orders_not_listed", code=error.code().name)
