"""Batched reads by key: one statement per table and level, in key order, only rows that the viewer may read.

One set per request and acting organisation (L17): a loader keyed by id alone and shared between viewers would leak rows.
The only package that uses aiodataloader.
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
