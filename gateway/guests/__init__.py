"""Third parties' drivers, kept where they can hurt nobody: each in a worker process of its own.

entries.py   which there are (entry-point group ``anju.drivers``), and one of them loaded
worker.py    the worker's program: limits on itself, then request and answer, one JSON object a line
process.py   a worker from outside: started, asked with a deadline, killed
cards.py     what the drivers that a site names say of themselves, asked once when the site is read; question.py how
talk.py      a worker talked to from the event loop, with its deadline
found.py     a driver by the name or file that a person gives; trial.py: `anju driver test`
hosts.py     those of a site
host.py      Host: the live side of one driver; what comes for it, and what it made of it

A site without such drivers pays nothing: packages are looked through only for a name that isn't ours.
"""
