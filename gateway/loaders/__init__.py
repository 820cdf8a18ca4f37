"""Batched reads by key: one statement per table and level, in key order, only rows that the viewer may read.

One set per request and acting organisation (L17): a loader keyed by id alone and shared between viewers would leak rows.
The only package that uses aiodataloader.
"""

from gateway.loaders.awaitable import Deferred
from gateway.loaders.connection import ReadConnection
from gateway.loaders.visible_row import VisibleRow, visible_rows
from gateway.loaders.walker import Loaders

__all__ = ["Deferred", "Loaders", "ReadConnection", "VisibleRow", "visible_rows"]
