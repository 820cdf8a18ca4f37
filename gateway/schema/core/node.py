"""What has a global id, and the small shapes that lists share."""

from typing import Any, Generic, TypeVar

import strawberry

from gateway.resolvers.core.connections import counted
from gateway.schema.core.fields import leaf, via


class Carrier:
    """Marks a type without rules: it holds what the policy decided at its objects or at the field that returns it."""


@strawberry.interface(description="An object with a global id.")
class Node:
    id: strawberry.ID = leaf("The global id. It says nothing but which object it is.")


@strawberry.type(description="What lies beyond a page.")
class PageInfo(Carrier):
    has_next_page: bool = leaf("Whether there is more after this page.")
    has_previous_page: bool = leaf("Whether there is more before this page.")
    start_cursor: str | None = leaf("The cursor of the first edge.")
    end_cursor: str | None = leaf("The cursor of the last edge.")


@strawberry.type(description="An amount of money.")
class Money(Carrier):
    amount: str = leaf("The amount as a decimal number.")
    currency: str = leaf("The currency, an ISO 4217 code.")


def total_count() -> Any:
    return via(counted, "How many there are in all, of those that the viewer may see.")


ItemT = TypeVar("ItemT")


@strawberry.type(description="One item of a list.")
class Edge(Carrier, Generic[ItemT]):
    cursor: str = leaf("The position.")
    node: ItemT = leaf("The item.")


@strawberry.type(description="A page of a list.")
class Connection(Carrier, Generic[ItemT]):
    edges: list[Edge[ItemT]] = leaf("The page, with positions.")
    nodes: list[ItemT] = leaf("The page, without positions.")
    page_info: PageInfo = leaf("What lies beyond the page.")
    total_count: int | None = total_count()
