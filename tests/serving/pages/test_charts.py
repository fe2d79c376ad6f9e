"""Charts drawn on the server."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.pages.charts import Bar, Dot, bars, plot, stacked

VALUES = st.lists(st.floats(0, 1e6, allow_nan=False), max_size=20)


def rects(svg: str) -> list[dict[str, str]]:
    return [dict(e.attrib) for e in ET.fromstring(svg).iter() if e.tag.endswith("rect")]  # noqa: S314 - our own


@given(VALUES)
def test_bars_are_inside_and_in_proportion(values: list[float]) -> None:
    drawn = rects(bars("t", [Bar(str(i), v, f"{v:.0f}") for i, v in enumerate(values)]))
    assert len(drawn) == len(values)
    for rect in drawn:
        assert float(rect["y"]) >= 19.9
        assert float(rect["x"]) >= 0
        assert float(rect["x"]) + float(rect["width"]) <= 340.1
    order = sorted(range(len(values)), key=lambda i: values[i])
    heights = [float(drawn[i]["height"]) for i in order]
    assert heights == sorted(heights)


@given(st.lists(st.tuples(st.floats(0, 2e9), st.floats(0, 1e7)), max_size=15))
def test_plots_are_inside(points: list[tuple[float, float]]) -> None:
    svg = ET.fromstring(plot("t", [Dot(at, value) for at, value in points]))  # noqa: S314
    spots = [e.attrib for e in svg.iter() if e.tag.endswith("circle")]
    assert len(spots) == len(points)
    assert all(0 <= float(s["cx"]) <= 340 and 0 <= float(s["cy"]) <= 150 for s in spots)


def texts(svg: str, mark: str) -> list[str | None]:
    found = ET.fromstring(svg).iter()  # noqa: S314 - our own
    return [e.text for e in found if e.tag.endswith("text") and e.attrib["class"].split()[0] == mark]


@pytest.mark.parametrize(("last", "arrow"), [(63541.3, "↑"), (3.0, "↓")])
def test_one_that_is_far_off_does_not_flatten_the_others(last: float, arrow: str) -> None:
    dots = [Dot(i, 12000 + 200 * i, label=f"d{i}") for i in range(12)] + [Dot(12, last, "new", "d12")]
    svg = ET.fromstring(plot("t", dots))  # noqa: S314
    heights = [float(e.attrib["cy"]) for e in svg.iter() if e.tag.endswith("circle")]
    assert heights[0] - heights[11] > 80
    assert texts(plot("t", dots), "value") == [f"{arrow} {last:g}", "14200", "12000"]
    assert texts(plot("t", dots), "label") == ["d12", "d9", "d6", "d3", "d0"]


def test_parts_add_up() -> None:
    drawn = rects(stacked("t", ["a", "b"], [[1, 2, 1], [0, 0, 0]], ["accepted", "review", "retake"]))
    heights = [float(r["height"]) for r in drawn]
    assert len(drawn) == 3
    assert sum(heights) == pytest.approx(108, abs=0.2)
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.2)


def test_texts_are_escaped() -> None:
    for svg in (bars("<b>&\"'", [Bar("<i>", 1, "<u>", '"x')]), plot("<b>", []), stacked("<b>", ["<i>"], [[1]], ["<m"])):
        assert "<b>" not in svg
        assert "<i>" not in svg
        ET.fromstring(svg)  # noqa: S314
