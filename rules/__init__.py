"""Readings in, alerts out. Pure: no clock, no I/O but reading rule files, no asyncio; imports drivers.reading only.

alert.py       Alert: one change in the life of one alert
mistake.py     Mistake: file, line, what, remedy
document.py    TOML with line numbers, and all its mistakes at once
spelling.py    the nearest known word, letters that only look right
positions.py   the scanner that finds the line of each key
quantities.py  what rules may name
conditions/    one small class a condition word
rule.py        Rule: what raises an alert, and what it means to people
rulefile.py    the reading of rule files, and the shipped packs by name
picked.py      which devices a rule looks at
variant.py     other numbers for one site or one home
sheet.py       what a device said last, as numbers side by side
gaps.py        when a device could not be heard
known.py       what is known of a device: when it was heard, and its sheet
hours.py       spans of the day on certain days, and the calendar
daily.py       a window of each day, and when it is in gateway time
wall.py        the time on the wall and the modes of the homes
signs.py       which readings are signs of life
register.py    what the course of a meter tells of life
rhythm.py      how long a silence is normal in one home, learned from its past
survival.py    which part of silences lasts longer than a time, and where a line costs least
usual.py       how long silences last where nothing of a home is known
vigil.py       why somebody will or won't be asked whether all is well, in words
life.py        what is remembered of one rule at one subject
asked.py       what a rule asks of the readings that are its evidence
watch.py       one rule at work at one subject: pending, firing, cleared, resolved
route.py       whom a quantity of a device concerns, and which values concern nobody
renamed.py     which homes have another name from now on
roster.py      which rule watches which device
agenda.py      what is due next
rows.py        the state as rows of a checkpoint
evaluation.py  the fold: feed, tick, due
engine.py      it, and what is told or asked seldom: rules, modes, a reset, the checkpoint
script.py      what a story says
scene.py       where and when a story plays
csvrows.py     readings written down as CSV, row by row
recording.py   recorded readings, home by home
misread.py     what a recording says that no rule can take as it was meant
backtest.py    recorded readings through the same engine
tally.py       how often rules fired, in which home, for how long
compare.py     what a change of rules adds to a back-test and removes from it
nouns.py       what people call quantities, modes, acts, durations
phrases.py     each simple condition in words
clauses.py     those that are made of others in words
explain.py     a rule in plain sentences
stage.py       the stage on which a story is played, in virtual time
story.py       plays stories, and compares what came with what was expected
coverage.py    which conditions no story ever made true
plausible.py   which values a quantity can have, how much a meter passes
clashes.py     tests of one value that exclude each other or leave nothing out
lint.py        rules that never fire, and rules that others make needless
sentence.py    what people are told: English, with its values apart, so that it can be said in Chinese
chinese/       those sentences in Chinese
schema.py      the JSON Schema of rule files, for editors; rules.schema.json is it
syntax.py      what is wrong with a line that is no TOML
packs/         the shipped rules with their stories
"""
