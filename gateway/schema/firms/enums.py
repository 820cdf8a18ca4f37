"""The enums of firms."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


@strawberry.enum(description="What a person is in a firm.")
class FirmRole(Enum):
    ADMIN = word("ADMIN", description="Works for every client of the firm and runs the firm's side of the partnership.")
    BOOKKEEPER = word("BOOKKEEPER", description="Works for the clients assigned to them. Some call it account manager.")
    STAFF = word("STAFF", description="Belongs to the firm and works for no client.")


@strawberry.enum(description="Where a person's place in a firm is.")
class FirmMemberState(Enum):
    INVITED = word("INVITED", description="Invited, and not there yet.")
    ACTIVE = word("ACTIVE", description="Active.")
    SUSPENDED = word("SUSPENDED", description="Suspended: it opens nothing until it is reinstated.")
    REMOVED = word("REMOVED", description="Removed.")


@strawberry.enum(description="Something that the viewer may do with a person of the firm now.")
class StaffAction(Enum):
    CHANGE_STAFF_ROLE = word("CHANGE_STAFF_ROLE", description="Change the role.")
    SUSPEND_STAFF = word("SUSPEND_STAFF", description="Suspend the person.")
    REINSTATE_STAFF = word("REINSTATE_STAFF", description="End the suspension.")
    REMOVE_STAFF = word("REMOVE_STAFF", description="Remove the person from the firm.")
    ASSIGN_MANAGERS = word("ASSIGN_MANAGERS", description="Put the person in charge of clients.")
    TRANSFER_OWNERSHIP = word("TRANSFER_OWNERSHIP", description="Hand the ownership of the firm over to the person.")
    ERASE_USER = word("ERASE_USER", description="Erase the person: the platform alone.")


@strawberry.enum(description="Something that the viewer may do with an invitation of staff now.")
class StaffInvitationAction(Enum):
    RESEND_STAFF_INVITATION = word(
        "RESEND_STAFF_INVITATION", description="Send it again with a new link. The old link ends."
    )
    REVOKE_STAFF_INVITATION = word("REVOKE_STAFF_INVITATION", description="Revoke it.")


@strawberry.enum(description="The state of a firm's account.")
class AccountState(Enum):
    TRIAL = word("TRIAL", description="In its trial of 14 days.")
    TRIAL_ENDED = word("TRIAL_ENDED", description="The trial is over and the account is not activated.")
    ACTIVE = word("ACTIVE", description="Activated.")
    CLOSED = word("CLOSED", description="Closed.")


@strawberry.enum(description="How far a firm's way into the partner programme is.")
class ProgrammeState(Enum):
    DRAFT = word("DRAFT", description="Not applied yet.")
    SUBMITTED = word("SUBMITTED", description="Applied; the webinar is to be watched.")
    WEBINAR_WATCHED = word("WEBINAR_WATCHED", description="The agreement is to be accepted.")
    AGREED = word("AGREED", description="A reviewer is to decide.")
    APPROVED = word("APPROVED", description="In the programme.")
    REJECTED = word("REJECTED", description="Rejected. It may be submitted again.")
    SUSPENDED = word("SUSPENDED", description="Suspended: nobody of the firm has access to a client.")


@strawberry.enum(description="Something that must be true before an application is approved.")
class PreconditionCode(Enum):
    ACCOUNT_TYPE = word("ACCOUNT_TYPE", description="The account is of the advisory type.")
    SUBSCRIPTION_PAID = word("SUBSCRIPTION_PAID", description="The firm's own subscription is paid.")
    BUSINESS_KIND = word("BUSINESS_KIND", description="The firm is an agency, an advisory or an external CFO.")


@strawberry.enum(description="What a reviewer decides of an application.")
class ApplicationDecision(Enum):
    APPROVE = word("APPROVE", description="The firm is in the programme.")
    REJECT = word("REJECT", description="It is not, for a reason.")


@strawberry.enum(description="Which account a firm signs up for.")
class FirmAccountType(Enum):
    ADVISORY = word("ADVISORY", description="That of a firm that works for clients.")


@strawberry.enum(description="The industry that a firm signs up for.")
class Industry(Enum):
    AGENCY_PARTNER = word("AGENCY_PARTNER", description="Partners: firms that keep books, advise or lead finances.")


@strawberry.enum(description="What kind of firm it is.")
class BusinessKind(Enum):
    AGENCY = word("AGENCY", description="A bookkeeping agency.")
    ADVISORY = word("ADVISORY", description="An advisory firm.")
    EXTERNAL_CFO = word("EXTERNAL_CFO", description="An external CFO.")


@strawberry.enum(description="Something that the viewer may do with a firm now.")
class FirmAction(Enum):
    INVITE_STAFF = word("INVITE_STAFF", description="Invite staff.")
    INVITE_CLIENT = word("INVITE_CLIENT", description="Invite a company that is not here yet.")
    RENAME_FIRM = word("RENAME_FIRM", description="Change the name of the firm.")
    CREATE_TOKEN = word("CREATE_TOKEN", description="Create an integration token of the firm.")
    ACTIVATE_FIRM_ACCOUNT = word("ACTIVATE_FIRM_ACCOUNT", description="Activate the account after its trial.")
    SUBMIT_PARTNER_APPLICATION = word("SUBMIT_PARTNER_APPLICATION", description="Apply for the partner programme.")
    WEBINAR_WATCHED = word("WEBINAR_WATCHED", description="Say that the webinar was watched.")
    ACCEPT_AGREEMENT = word("ACCEPT_AGREEMENT", description="Accept the agreement.")
    DECIDE_APPLICATION = word("DECIDE_APPLICATION", description="Decide on the application.")
    SUSPEND_FIRM = word("SUSPEND_FIRM", description="Suspend the firm.")
    REINSTATE_FIRM = word("REINSTATE_FIRM", description="End the suspension.")
    SAVE_PROFILE_DRAFT = word("SAVE_PROFILE_DRAFT", description="Write its profile.")
    CREATE_OWN_ACCOUNT = word("CREATE_OWN_ACCOUNT", description="Create an account for its own spending.")
    ROTATE_INVITATION_CODE = word("ROTATE_INVITATION_CODE", description="Replace its invitation code by a new one.")
    REPORT_SUBSCRIPTION = word("REPORT_SUBSCRIPTION", description="Report whether its own subscription is paid.")
    CLOSE_FIRM = word("CLOSE_FIRM", description="Close its account for good.")


@strawberry.enum(description="Where a revision of a firm's profile is.")
class ProfileState(Enum):
    DRAFT = word("DRAFT", description="Being written.")
    IN_REVIEW = word("IN_REVIEW", description="Waiting for a reviewer.")
    CHANGES_REQUESTED = word("CHANGES_REQUESTED", description="Reviewed, and to be changed.")
    PUBLISHED = word("PUBLISHED", description="Reviewed and listed.")
    UNLISTED = word("UNLISTED", description="Published once, and listed no more.")


@strawberry.enum(description="Something that the viewer may do with a revision of a profile now.")
class ProfileAction(Enum):
    SAVE_PROFILE_DRAFT = word("SAVE_PROFILE_DRAFT", description="Write on.")
    SUBMIT_PROFILE = word("SUBMIT_PROFILE", description="Submit it for review.")
    WITHDRAW_PROFILE = word("WITHDRAW_PROFILE", description="Take it off the lists.")
    DECIDE_PROFILE_REVISION = word("DECIDE_PROFILE_REVISION", description="Publish it, or request changes.")


@strawberry.enum(description="What a reviewer decides of a revision of a profile.")
class ProfileDecision(Enum):
    PUBLISH = word("PUBLISH", description="It is listed, in the place of the one before.")
    REQUEST_CHANGES = word("REQUEST_CHANGES", description="It is to be changed first, as the comment says.")
