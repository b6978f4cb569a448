"""The charts of the player and of a sweep: those of core.exports with titles; the browser feeds them."""

import altair as alt

from core.base.judges import named_judges
from core.base.measure_names import MEASURES
from core.exports.charts import curve_chart, plane_chart
from core.exports.tradeoff_charts import tradeoff_chart, values_chart, values_title


def chart_specs() -> dict[str, dict]:
    """Every chart of both as a Vega-Lite specification, by name."""
    charts = {
        name: _titled(curve_chart(name), measure.label, measure.help) for name, measure in MEASURES.items()
    }
    robust = named_judges(None)["robust"]
    charts["robust"] = _titled(curve_chart("robust"), robust.label, robust.help)
    plane = "● judge ○ held-out judge, grey: 90 % of real pictures"
    charts["tradeoff"] = _titled(tradeoff_chart(), "Score against realism", plane)
    charts["values"] = _titled(values_chart(), values_title(), "● judge ○ held-out judge ✚ realism")
    charts["plane"] = _titled(plane_chart(), "Score against realism", "grey: 90 % of real pictures")
    return {name: chart.to_dict() for name, chart in charts.items()}


def _titled(chart: alt.LayerChart, title: str, subtitle: str) -> alt.LayerChart:
    """Title and a size that the player overrules; the theme (text, grid, background) is the page's."""
    heading = alt.TitleParams(title, subtitle=subtitle, anchor="start", frame="group", offset=8)
    size = alt.AutoSizeParams(type="fit", contains="padding")
    return chart.properties(title=heading, width=240, height=150, autosize=size)
