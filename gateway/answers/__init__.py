"""Answers: a small page in the home's own network on which people answer an alarm. GET changes nothing, ever.

http.py      requests off a socket, bounded and suspicious; answers with headers that let a browser do little
page.py      what is asked and answered: a code or a link leads to the alarm, a button answers it
html.py      the pages themselves, by WCAG 2.2 AA; words.py what they say
find.py      what a code is about, out of the state of the ladders
link.py      signed links that leave the home, where there is a public address
"""
