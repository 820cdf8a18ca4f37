"""Bars as a drawing that reads on light and on dark pages."""

from collections.abc import Mapping, Sequence
from math import log10
from typing import Final

WIDTH: Final = 720
LEFT: Final = 96  # where bars begin, after the names
RIGHT: Final = 130  # kept free for the figures
ROW: Final = 24
GAP: Final = 40
TOP: Final = 34

STYLE: Final = """
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; }
  .quiet { fill: #6e7781; }
  .bar { fill: #afb8c1; }
  .ours { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .quiet { fill: #8d96a0; }
    .bar { fill: #57606a; }
    .ours { fill: #4493f8; }
  }
"""


def bars(title: str, groups: Mapping[str, Sequence[tuple[str, float | None]]], *, ours: str) -> str:
    """One group of bars after the other, on one logarithmic scale: a step as long is always as many times as much."""
    known = [value for group in groups.values() for _, value in group if value is not None]
    most, least = max(known), min(known) / 2
    long = WIDTH - LEFT - RIGHT
    body, y = [f'<text class="title" x="0" y="16">{title}</text>'], TOP
    for name, group in groups.items():
        best = max(value for _, value in group if value is not None)
        y += 22
        body.append(f'<text class="title" x="0" y="{y - 6}">{name}</text>')
        for label, value in group:
            body.append(f'<text x="0" y="{y + 15}">{label}</text>')
            if value is None:
                body.append(f'<text class="quiet" x="{LEFT}" y="{y + 15}">not measured</text>')
            else:
                across = long * log10(value / least) / log10(most / least)
                shade = "bar ours" if label == ours else "bar"
                body.append(
                    f'<rect class="{shade}" x="{LEFT}" y="{y + 2}" width="{across:.1f}" height="{ROW - 6}" rx="2"/>'
                )
                of = "" if value == best else f" ({value / best:.2g})"
                body.append(
                    f'<text x="{LEFT + across + 8:.1f}" y="{y + 15}">{said(value)}'
                    f'<tspan class="quiet">{of}</tspan></text>'
                )
            y += ROW
        y += GAP - 22
    height = y - GAP + 26
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    lines = "\n".join(f"  {line}" for line in body)
    return f'{head} role="img">\n  <title>{title}</title>\n  <style>{STYLE}  </style>\n{lines}\n</svg>\n'


def said(value: float) -> str:
    """Three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
