"""The interface of objects with a global id, and the object types that lists share."""

from typing import Any, Generic, TypeVar

import strawberry

from gateway.reads.declarations import Row
from gateway.resolvers.core.connections import counted
from gateway.schema.core.enums import Currency
from gateway.schema.core.fields import leaf, via
from gateway.schema.core.scalars import Decimal


class Carrier:
    """Marks a type without policy rules: its values were decided at the objects in it or at the field that returns it."""


@strawberry.interface(description="An object with a global id.")
class Node(Row):
    id: strawberry.ID = leaf("The global id. It is opaque, and always the same for the same object.")


@strawberry.type(description="The position of a page in its list.")
class PageInfo(Carrier):
    has_next_page: bool = leaf("Whether there are items after this page.")
    has_previous_page: bool = leaf("Whether there are items before this page.")
    start_cursor: str | None = leaf("The cursor of the first edge; null if the page is empty.")
    end_cursor: str | None = leaf("The cursor of the last edge; null if the page is empty.")


@strawberry.type(description="An amount of money.")
class Money(Carrier):
    amount: Decimal = leaf(
        "The amount in units of the currency, as a decimal number such as `123.45`. Negative amounts begin with a minus."
    )
    currency: Currency = leaf("The currency.")


def total_count() -> Any:
    return via(counted, "The total number of items in the list that the viewer may see.")


ItemT = TypeVar("ItemT")


@strawberry.type(description="An item of a list and its cursor.")
class Edge(Carrier, Generic[ItemT]):
    cursor: str = leaf("The cursor of the item, for `after` and `before`.")
    node: ItemT = leaf("The item.")


@strawberry.type(description="A page of a list.")
class Connection(Carrier, Generic[ItemT]):
    edges: list[Edge[ItemT]] = leaf("The items of the page with their cursors.")
    nodes: list[ItemT] = leaf("The items of the page without cursors.")
    page_info: PageInfo = leaf("The position of the page in the list.")
    total_count: int | None = total_count()
