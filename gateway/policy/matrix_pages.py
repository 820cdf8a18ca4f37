"""The visibility matrix as a page of Markdown, and as one page of HTML that can be searched."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from gateway.policy.matrix import Line, Matrix, Sheet, Side

NONCE: Final = "NONCE"
"""The placeholder in the page of HTML for the nonce of its style and script."""

_HOW_TO_READ: Final = (
    "● the field is visible · ○ it is hidden, and the response contains the reason.",
    "After a ●, `plan` names a section that the client's plan must include, and `shared` a kind of KPI that the client must share.",
    "✔ the action is allowed · (✔) allowed in some of these situations · ✘ not allowed.",
    "Viewers who see no row of a type are named below its tables.",
)


# ---- Markdown


def markdown(matrix: Matrix) -> str:
    """The page docs/visibility-matrix.md: for each type one table for each side."""
    parts = ["# Who sees what", ""]
    parts += [
        "Generated from the policy by `gateway policy matrix`. A change of the policy appears here as a change of these tables."
    ]
    parts += ["`gateway policy matrix --html` writes the same as one page that can be searched.", ""]
    parts += [f"- {sentence}" for sentence in _HOW_TO_READ]
    parts += [
        "- The last column has the IDs of statements: [statements.md](statements.md) has one sentence for each.",
        "",
    ]
    parts += ["Reasons, and the statements that they rest on:", ""]
    parts += [f"- **{reason}**: {' '.join(ids)}" for reason, ids in matrix.reasons.items()]
    for sheet in matrix.sheets:
        parts += ["", f"## {sheet.title} (`{sheet.type_name}`, {sheet.table})"]
        for side in sheet.sides:
            parts += ["", *_markdown_side(sheet, side)]
    parts += [
        "",
        "## Not built yet",
        "",
        "Rows of the specification's tables for which this gateway has no data yet.",
        "",
    ]
    parts += [f"- Table {table}: {'; '.join(names)}." for table, names in matrix.not_built.items() if names]
    return "\n".join(parts) + "\n"


def _markdown_side(sheet: Sheet, side: Side) -> Iterator[str]:
    yield f"### {side.name}: {sheet.title[:1].lower()}{sheet.title[1:]}"
    yield ""
    if side.columns:
        yield from _table(["Field", *side.columns, "Statements"], (_cells(line, with_ids=True) for line in side.fields))
    if side.actions:
        yield ""
        yield from _table(["Action", *side.columns], (_cells(line, with_ids=False) for line in side.actions))
    if side.absent:
        if side.columns:
            yield ""
        yield f"No row: {'; '.join(side.absent)}."


def _cells(line: Line, *, with_ids: bool) -> list[str]:
    return [f"`{line.name}`", *line.marks, *([" ".join(line.statements)] if with_ids else [])]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


# ---- HTML


def html(matrix: Matrix) -> str:
    """One page with a search field over types, fields, actions, viewers, reasons and statements. It loads nothing."""
    links = "".join(f'<a href="#{sheet.type_name}">{escape(sheet.title)}</a>' for sheet in matrix.sheets)
    reasons = "".join(f"<li><b>{escape(name)}</b> {escape(' '.join(ids))}</li>" for name, ids in matrix.reasons.items())
    how = "".join(f"<li>{escape(sentence.replace('`', ''))}</li>" for sentence in _HOW_TO_READ)
    sheets = "".join(_html_sheet(sheet) for sheet in matrix.sheets)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Who sees what</title>'
        f'<meta name="policy" content="{escape(matrix.version)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f'<style nonce="{NONCE}">{_STYLE}</style></head><body><header><h1>Who sees what</h1>'
        f"<p>The policy {escape(matrix.version)}, as it decides every field and every action.</p>"
        '<label>Search <input id="search" type="search" placeholder="field, action, viewer, reason or statement" autofocus></label>'
        f'<span id="found" role="status"></span><nav>{links}</nav></header><main><ul>{how}</ul>'
        f"<details><summary>Reasons and their statements</summary><ul>{reasons}</ul></details>{sheets}</main>"
        f'<script nonce="{NONCE}">{_SCRIPT}</script></body></html>\n'
    )


def _html_sheet(sheet: Sheet) -> str:
    sides = "".join(_html_side(side) for side in sheet.sides)
    head = f"{escape(sheet.title)} <small>{escape(sheet.type_name)}, {escape(sheet.table)}</small>"
    return f'<section id="{sheet.type_name}"><h2>{head}</h2>{sides}</section>'


def _html_side(side: Side) -> str:
    parts = [f"<h3>{escape(side.name)}</h3>"]
    for kind, lines in (("Field", side.fields), ("Action", side.actions)):
        if not side.columns or not lines:
            continue
        heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in (kind, *side.columns, "Statements"))
        rows = "".join(
            f'<tr><th scope="row">{escape(line.name)}</th>{"".join(f"<td>{escape(mark)}</td>" for mark in line.marks)}'
            f"<td>{escape(' '.join(line.statements))}</td></tr>"
            for line in lines
        )
        parts.append(f"<div><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>")
    if side.absent:
        parts.append(f"<p>No row: {escape('; '.join(side.absent))}.</p>")
    return f"<article data-side>{''.join(parts)}</article>"


_STYLE: Final = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 0 1.5rem 3rem }
header { position: sticky; top: 0; z-index: 2; background: Canvas; padding: .5rem 0; border-bottom: 1px solid }
h1 { font-size: 1.3rem; margin: 0 }
header p { margin: .2rem 0 }
input { font: inherit; width: 24rem; max-width: 90vw }
nav a { margin-right: .8rem }
section { scroll-margin-top: 9rem }
div { overflow-x: auto }
table { border-collapse: collapse; margin: .5rem 0 }
th, td { border: 1px solid GrayText; padding: .2rem .5rem; text-align: left; vertical-align: top }
small { font-weight: normal }
[hidden] { display: none }
"""
_SCRIPT: Final = r"""
const search = document.getElementById("search"), found = document.getElementById("found");
const lower = (element) => element.textContent.toLowerCase();
const lines = [...document.querySelectorAll("tbody tr")].map((row) => {
  const part = row.closest("[data-side]"), section = row.closest("section");
  const around = [section.querySelector("h2"), part.querySelector("h3"), row.closest("table").tHead];
  return { row, own: lower(row), all: lower(row) + " " + around.map(lower).join(" ") };
});
const isFound = (line, words) => words.every((word) => line.all.includes(word)) && words.some((word) => line.own.includes(word));
search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const line of lines) line.row.hidden = words.length > 0 && !isFound(line, words);
  for (const part of document.querySelectorAll("main div, [data-side], section"))
    part.hidden = words.length > 0 && !part.querySelector("tbody tr:not([hidden])");
  found.textContent = words.length ? ` ${lines.filter((line) => !line.row.hidden).length} lines` : "";
});
"""
