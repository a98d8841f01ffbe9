"""Readings in, alerts out. Pure: no clock, no I/O, no asyncio; imports drivers.reading only.

alert.py       Alert: one change in the life of one alert
document.py    TOML with line numbers, and Mistake: file, line, what, remedy
rule.py        Rule, and the reading of rule files
conditions.py  one small class a condition word
engine.py      the fold: feed, tick, due
story.py       tests of rules in virtual time
packs/         the shipped rules with their stories
"""
