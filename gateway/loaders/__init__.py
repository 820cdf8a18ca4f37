"""Batched reads by key: one statement per table and level, in key order, only what the viewer may read.

One set per request and acting context (L17): a loader keyed by id alone and shared between viewers is the classic leak.
The only home of aiodataloader.
"""

from gateway.loaders.awaitable import Then
from gateway.loaders.connection import Reads
from gateway.loaders.loaders import Loaders
from gateway.loaders.nested import NESTED
from gateway.loaders.pagination import Page, Slice
from gateway.loaders.shapes import KEYS, loaded_columns, readable
from gateway.loaders.visible_row import Seen, seen

__all__ = ["KEYS", "NESTED", "Loaders", "Page", "Reads", "Seen", "Slice", "Then", "loaded_columns", "readable", "seen"]
