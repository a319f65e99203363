"""A folder of CSV files through the operator port: read whole or refused whole, then company and orders as commands."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping

from orchestrator.company.errors import CompanyFileErrors
from orchestrator.company.reader import CompanyFiles, read_company
from orchestrator.domain.answers import Answer, ItemOutcome
from orchestrator.domain.commands import ImportCompany, OrderDraft, SubmitOrders
from orchestrator.domain.decide.company import import_company as decide_import
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import build, limited, request_id_in, text_in
from orchestrator.ingest.guard import Call
from orchestrator.ingest.refusals import bad_field
from protos.muster.operator.v1 import admin_service_pb2 as pb

FILES_MAX = 100
REFUSED_SHOWN_MAX = 200


async def import_company(desk: Desk, call: Call, request: pb.ImportCompanyRequest) -> pb.ImportCompanyResponse:
    """Load the company and the orders known in the morning. Late orders are the sender's to send when they come."""
    request_id_in(request.request_id, required=False)
    files = _files(request)
    try:
        found = await asyncio.to_thread(read_company, files, desk.clock.now_s())
    except CompanyFileErrors as errors:
        return pb.ImportCompanyResponse(errors=[_row_error(row) for row in errors.rows])
    counts = _counts(found)
    command = build(ImportCompany, company=found.company)
    if request.validate_only:
        decide_import(desk.state, command, desk.clock.now_s())
        return pb.ImportCompanyResponse(counts=counts)
    outcome = await desk.submit(call, command, request.request_id)
    response = pb.ImportCompanyResponse(loaded=True, counts=counts, seq=outcome.last_seq)
    await _submit_orders(desk, call, request.request_id, found, response)
    return response


def _files(request: pb.ImportCompanyRequest) -> dict[str, bytes]:
    limited(request.files, FILES_MAX, "files")
    if not request.files:
        raise bad_field("files", 0, "at least one file")
    files: dict[str, bytes] = {}
    for index, file in enumerate(request.files):
        name = text_in(file.name, f"files[{index}].name")
        if name in files:
            raise bad_field(f"files[{index}].name", name, "each file once")
        files[name] = file.content
    return files


async def _submit_orders(
    desk: Desk, call: Call, request_id: str, found: CompanyFiles, response: pb.ImportCompanyResponse
) -> None:
    by_partner: dict[str, list[OrderDraft]] = defaultdict(list)
    for order in found.morning_orders:
        by_partner[order.partner_id].append(order.draft)
    most = desk.limits.orders_per_batch_max
    for partner_id, drafts in by_partner.items():
        for start in range(0, len(drafts), most):
            command = build(SubmitOrders, partner_id=partner_id, orders=tuple(drafts[start : start + most]))
            suffix = f"orders/{partner_id}/{start}"
            outcome = await desk.submit(call, command, request_id, suffix=suffix)
            response.seq = max(response.seq, outcome.last_seq)
            _note_refused(partner_id, outcome.answer, response)


def _note_refused(partner_id: str, answer: object, response: pb.ImportCompanyResponse) -> None:
    for result in answer.orders if isinstance(answer, Answer) else ():
        if result.outcome is ItemOutcome.REFUSED and len(response.refused_orders) < REFUSED_SHOWN_MAX:
            response.refused_orders.append(f"{partner_id}/{result.number}: {result.field} {result.message}")


def _counts(found: CompanyFiles) -> Mapping[str, int]:
    company = found.company
    parts = ("sites", "items", "suppliers", "lines", "machines", "vehicles", "customers", "partners", "stock")
    supply = ("purchase_orders", "production_orders")
    counts = {name: len(getattr(company, name)) for name in (*parts, *supply)}
    return counts | {"orders": len(found.morning_orders), "late_orders": len(found.late_orders)}


def _row_error(row: object) -> pb.RowError:
    names = ("file", "line", "field", "value", "rule")
    return pb.RowError(**{name: getattr(row, name) for name in names})
