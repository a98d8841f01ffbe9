"""Back-tests for people: recorded files in, a report or a picture out. What would have fired is said by rules.backtest.

data.py    opens what was recorded: CSV, CSV.gz, the store of a gateway
report.py  the table for a person, the lines for a script
plot.py    the timeline as an SVG
"""
