"""Batched reads by key: one statement per table and level, in key order, only what the viewer may read.

One set per request and acting context (L17): a loader keyed by id alone and shared between viewers is the classic leak.
The only home of aiodataloader.
"""

from gateway.loaders.awaitable import Deferred
from gateway.loaders.connection import ReadConnection
from gateway.loaders.loaders import Loaders
from gateway.loaders.nested import NESTED
from gateway.loaders.pagination import Page, Slice
from gateway.loaders.shapes import KEYS, loaded_columns, readable
from gateway.loaders.visible_row import VisibleRow, visible_rows

__all__ = [
    "KEYS",
    "NESTED",
    "Deferred",
    "Loaders",
    "Page",
    "ReadConnection",
    "Slice",
    "VisibleRow",
    "loaded_columns",
    "readable",
    "visible_rows",
]
