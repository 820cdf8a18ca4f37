"""Mutations with which machines report clients' pending work (H44, H61, M13)."""

import strawberry

from gateway.resolvers.kpis import reports
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier
from gateway.schema.kpis.enums import ReportRefusal, ReportStatus


@strawberry.type(description="The outcome of one item.")
class ReportResult(Carrier):
    index: int = leaf("The position of the item in the input, counted from 0.")
    status: ReportStatus = leaf("The outcome of the item.")
    code: ReportRefusal | None = leaf("Why it was refused; null if it was not refused.")
    message: str | None = leaf("An explanation of `code`; null if it was not refused.")


@strawberry.type(description="The outcome of a report.")
class Report:
    results: list[ReportResult] | None = via(reports.results, "One result for each item, in the order of the items.")
    written: int | None = leaf("The number of items that were stored.")
    unchanged: int | None = leaf("The number of items that were already stored.")
    stale: int | None = leaf("The number of items that are not the newest value.")
    refused: int | None = leaf("The number of items that were refused.")


@strawberry.type(description="The result of `reportKpis`. For each client, all items are accepted or none.")
class ReportKpisPayload(Report, Carrier):
    pass


@strawberry.type(
    description="The result of `reportPendingActivities`. For each client, all items are accepted or none."
)
class ReportPendingActivitiesPayload(Report, Carrier):
    pass


@strawberry.type
class Reports:
    report_kpis: ReportKpisPayload | None = via(
        reports.report_kpis,
        "Report the amount of clients' pending work. This requires a token with "
        "the scope KPIS_WRITE. An older value never replaces a newer one.",
    )
    report_pending_activities: ReportPendingActivitiesPayload | None = via(
        reports.report_pending_activities,
        "Report tasks that are pending in clients' accounts, and tasks that "
        "are done. This requires a token with the scope KPIS_WRITE.",
    )
