"""Enums of conversations."""
