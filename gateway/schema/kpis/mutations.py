"""What clients have pending, reported by machines (H44, H61, M13)."""

import strawberry

from gateway.resolvers.kpis import reports
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.node import Carrier
from gateway.schema.kpis.enums import ReportRefusal, ReportStatus


@strawberry.type(description="What came of one item.")
class ReportResult(Carrier):
    index: int = leaf("Which item, counted from 0.")
    status: ReportStatus = leaf("What came of it.")
    code: ReportRefusal | None = leaf("Why it was not taken.")
    message: str | None = leaf("The same in a sentence.")


@strawberry.type(description="What came of a report.")
class Report:
    results: list[ReportResult] | None = via(reports.results, "One for each item, in their order.")
    written: int | None = leaf("How many items are what is known now.")
    unchanged: int | None = leaf("How many were known already.")
    stale: int | None = leaf("How many told what is not the newest.")
    refused: int | None = leaf("How many were not taken.")


@strawberry.type(description="A report of how much is pending. Of each client all items were taken, or none.")
class ReportKpisPayload(Report, Carrier):
    pass


@strawberry.type(description="A report of tasks. Of each client all items were taken, or none.")
class ReportPendingActivitiesPayload(Report, Carrier):
    pass


@strawberry.type
class Reports:
    report_kpis: ReportKpisPayload | None = via(
        reports.report_kpis,
        "Report how much is pending for clients, with a token for it. What is older never replaces what is newer.",
    )
    report_pending_activities: ReportPendingActivitiesPayload | None = via(
        reports.report_pending_activities,
        "Report tasks that wait in clients' accounts, and tasks that are done, with a token for it.",
    )
