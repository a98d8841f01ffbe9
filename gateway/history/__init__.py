"""History: what the record of alerts, acts and messages tells afterwards. Pure: entries in, moments and figures out.

entries.py   the entries of the record as JSON, and which of them belong to one alert
timeline.py  one alert: sensed, decided, acted, told, delivered, seen, answered, visited, with times and gaps;
             timeline_words.py what it says in both languages
month.py     one month: alerts, answers, visits, false visits, coverage, batteries due, by home
hours.py     when a home was there, and when it was not protected
wide.py      what befell many homes at once, and the month by building
print.py     the month as text and CSV; page.py as HTML, to be printed
words.py     what they say in both languages
"""
