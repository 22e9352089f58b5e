"""Charts as text: data in, one inline SVG out. No script, no style attribute, nothing fetched.

A chart is a string that may stand in any page beside :data:`evolve.charts.style.STYLESHEET`. Text in it is text,
colours are custom properties, so that light, dark and print follow the page, and what colour says is said by a label,
too. Each chart has a title and a description of what it shows, and beside it a function that gives the same data as a
:class:`evolve.charts.table.Table`.

They are drawn here and not by a library: plotly draws by a script in the reader's browser, and matplotlib's SVG has
fixed colours in style attributes, which a strict content security policy refuses, and costs half a second to import.
"""
