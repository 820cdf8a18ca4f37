"""Enums of firms."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


@strawberry.enum(description="The role of a person in a firm.")
class FirmRole(Enum):
    ADMIN = word("ADMIN", description="Works for every client of the firm and runs the firm's side of the partnership.")
    BOOKKEEPER = word("BOOKKEEPER", description="Works for the clients assigned to them. Also called account manager.")
    STAFF = word("STAFF", description="Belongs to the firm but works for no client.")


@strawberry.enum(description="The state of a person's membership in a firm.")
class MembershipState(Enum):
    INVITED = word("INVITED", description="Invited, but not a member yet.")
    ACTIVE = word("ACTIVE", description="Active.")
    SUSPENDED = word("SUSPENDED", description="Suspended: the membership gives no access until it is reinstated.")
    REMOVED = word("REMOVED", description="Removed.")


@strawberry.enum(description="The state of a firm's account.")
class AccountState(Enum):
    TRIAL = word("TRIAL", description="In the trial of 14 days.")
    TRIAL_ENDED = word("TRIAL_ENDED", description="The trial has ended and the account is not activated.")
    ACTIVE = word("ACTIVE", description="Activated.")
    CLOSED = word("CLOSED", description="Closed.")


@strawberry.enum(description="The state of a firm in the partner programme.")
class ProgrammeState(Enum):
    DRAFT = word("DRAFT", description="The firm has not applied yet.")
    SUBMITTED = word("SUBMITTED", description="The firm has applied. The next step is the webinar.")
    WEBINAR_WATCHED = word(
        "WEBINAR_WATCHED", description="The webinar was watched. The next step is to accept the agreement."
    )
    AGREED = word("AGREED", description="The agreement was accepted. The next step is a reviewer's decision.")
    APPROVED = word("APPROVED", description="The firm is in the programme.")
    REJECTED = word("REJECTED", description="The application was rejected. It can be submitted again.")
    SUSPENDED = word("SUSPENDED", description="The firm is suspended: none of its members has access to a client.")


@strawberry.enum(description="A precondition for the approval of an application.")
class PreconditionCode(Enum):
    ACCOUNT_TYPE = word("ACCOUNT_TYPE", description="The account has the advisory type.")
    SUBSCRIPTION_PAID = word("SUBSCRIPTION_PAID", description="The firm's own subscription is paid.")
    BUSINESS_KIND = word("BUSINESS_KIND", description="The firm is an agency, an advisory or an external CFO.")


@strawberry.enum(description="A reviewer's decision on an application.")
class ApplicationDecision(Enum):
    APPROVE = word("APPROVE", description="Admit the firm to the programme.")
    REJECT = word("REJECT", description="Reject the application, with a reason.")


@strawberry.enum(description="The type of account that a firm signs up for.")
class FirmAccountType(Enum):
    ADVISORY = word("ADVISORY", description="An account for a firm that works for clients.")


@strawberry.enum(description="The industry that a firm signs up for.")
class Industry(Enum):
    AGENCY_PARTNER = word(
        "AGENCY_PARTNER", description="Partners: firms that do bookkeeping, give advice or manage finances."
    )


@strawberry.enum(description="The kind of a firm.")
class BusinessKind(Enum):
    AGENCY = word("AGENCY", description="A bookkeeping agency.")
    ADVISORY = word("ADVISORY", description="An advisory firm.")
    EXTERNAL_CFO = word("EXTERNAL_CFO", description="An external CFO.")


@strawberry.enum(description="The state of a revision of a firm's profile.")
class ProfileState(Enum):
    DRAFT = word("DRAFT", description="Being written.")
    IN_REVIEW = word("IN_REVIEW", description="Waiting for a reviewer.")
    CHANGES_REQUESTED = word("CHANGES_REQUESTED", description="Reviewed; changes were requested.")
    PUBLISHED = word("PUBLISHED", description="Reviewed and listed.")
    UNLISTED = word("UNLISTED", description="Published earlier, and no longer listed.")


@strawberry.enum(description="A reviewer's decision on a revision of a profile.")
class ProfileDecision(Enum):
    PUBLISH = word("PUBLISH", description="Publish the revision. It replaces the one published before.")
    REQUEST_CHANGES = word("REQUEST_CHANGES", description="Request changes, which the comment describes.")
