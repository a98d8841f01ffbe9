"""Back-tests for people: recorded files in, a report or a picture out. What would have fired is said by rules.backtest.

data.py    opens what was recorded: CSV, CSV.gz, the store of a gateway
spool.py   a file for what is too much for the memory
again.py   a gateway's own store, folded with other rules beside its own
outcome.py plays all of it, and keeps what came of it
report.py  the table for a person, the lines for a script
plot.py    the timeline as an SVG
"""
