"""The page and its picture, from figures that were not measured."""

from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree

from benchmarks.page import DOCUMENTS, Judgement, Measured, write
from benchmarks.picture import bars, said
from benchmarks.servers import COMMANDS
from benchmarks.slices import Figures, Slice
from benchmarks.worlds import Sizes, World

SVG = "{http://www.w3.org/2000/svg}"


def figures(rate: float) -> Figures:
    return Figures(rate, 1000 / rate, 2000 / rate, 900 / rate, 3.0, 46_000, 0.1)


def measured(*judged: Judgement) -> Measured:
    found = {
        (name, document, connections): figures(rate)
        for name, rate in zip(COMMANDS, (360.0, 350.0, 41.0, 40.0, 42.0, 9.0, 0.9), strict=True)
        for document in DOCUMENTS
        for connections in (1, 32)
        if (name, document, connections) != ("naive", "Q3", 32) and (name, document) != ("naive", "Q4")
        if (document, connections) != ("Q5", 32)
    }
    counts = {(name, document): 7 for name in COMMANDS for document in DOCUMENTS if (name, document) != ("naive", "Q4")}
    place = World("", "18.1", Sizes(), UUID(int=1), UUID(int=2), UUID(int=3), {})
    return Measured(place, 0.1, 5, found, {"Q1": 0.031, "Q2": 0.02, "Q3": -0.004}, counts, judged)


def test_the_page_tells_what_holds_and_what_fails(tmp_path: Path):
    write(tmp_path / "page.md", measured(Judgement("It is quick", "very", True), Judgement("It is small", "no", False)))

    page = (tmp_path / "page.md").read_text()
    assert "| holds | It is quick | very |" in page
    assert "| **fails** | It is small | no |" in page
    assert "| **gateway** | 40.0 | 0.11 | 25.0 | 50.0 | 40.0 | 25.0 | 50.0 | 22.5 | 3.00 | 46,000 | 7 |" in page
    assert "| naive | – | – | – | – | 0.90 |" in page
    assert "Q1 +3.1%, Q2 +2.0%, Q3 -0.4%" in page
    assert "(page.svg)" in page


def test_the_picture_has_a_bar_for_each_figure_and_the_longest_for_the_largest(tmp_path: Path):
    write(tmp_path / "page.md", measured())

    drawn = ElementTree.fromstring((tmp_path / "page.svg").read_text())  # noqa: S314 - our own
    widths = [float(bar.attrib["width"]) for bar in drawn.iter(f"{SVG}rect")]
    assert len(widths) == 26
    assert max(widths) == widths[0]


def test_equal_steps_of_the_scale_are_equal_ratios():
    drawn = ElementTree.fromstring(  # noqa: S314 - our own
        bars("Title", {"one": [("a", 1.0), ("b", 10.0), ("c", 100.0)]}, ours="b")
    )

    short, middle, long = (float(bar.attrib["width"]) for bar in drawn.iter(f"{SVG}rect"))
    assert abs((long - middle) - (middle - short)) < 0.2


def test_numbers_have_three_digits_that_count():
    assert [said(value) for value in (1234.5, 362.4, 40.06, 0.9, 3.0)] == ["1,234", "362", "40.1", "0.90", "3.00"]


def test_figures_take_the_median_round_and_the_times_of_all_answers():
    slices = [
        Slice(1.0, [float(time) for time in range(1, 51)], 0.5, 0.1, 0.02, [1], 10),
        Slice(1.0, [float(time) for time in range(51, 101)], 0.3, 0.1, 0.02, [1], 10),
    ]

    assert Figures.of(slices) == Figures(50.0, 50.5, 99.0, 8.0, 2.0, 10, 0.02)
