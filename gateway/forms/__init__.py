"""Forms: what each value of an input must be, declared with its field, and checked before any data is read (D74)."""

from gateway.forms import checks
from gateway.forms.entries import Check, Form, Rest, check_input, entry, gathered

__all__ = ["Check", "Form", "Rest", "check_input", "checks", "entry", "gathered"]
