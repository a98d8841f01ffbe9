"""The commands about a site: run it, check it."""

import argparse
import os
import signal
from pathlib import Path

from gateway.cli.command import COULD_NOT_RUN, NO, OK, Commands, as_json, command, tell
from gateway.cli.taking import tell_taking
from gateway.words import say

RUN = """\
Run the gateway until it is told to stop (SIGTERM or Ctrl-C). It reads site.toml at its start and at each SIGHUP;
with mistakes in it, it names them all and goes on by the site that was in use last, and does not start if there is
none. A port, a broker or a disk that is not there keeps it from nothing: it says so once, tries again, and says once
that it is back.
"""
RUN_END = """\
examples:
  anju run --site /etc/anju/site.toml
  anju check /etc/anju/site.toml && systemctl restart anju

output: a log on stderr, one line a happening; first the site, its store, ports and uplinks, and what is amiss.
An alert stands there as "alert ID.N RULE DEVICE STATE (REASON)"; ID is what acknowledge and reset name.

exit status: 0 told to stop, 3 could not run (a mistake in the first site of all, another gateway runs with this store)
"""

CHECK = """\
Check a site file and every rule file that it names. All mistakes come at once, each with file, line and
remedy. Nothing is changed, no port is opened. A warning (a tty that is not there now, a folder that cannot be
written, a home without a device) does not fail the check.

Of a sound file it says what differs from what the gateway runs with, and whether a reload is enough for that: only
[gateway] id and site, and [store], need a restart.
"""
CHECK_END = """\
examples:
  anju check site.toml
  anju check site.toml --json | jq -r '.what'

output:
  FILE:LINE: error: what is wrong (remedy: what to do)        on stderr, and a summary on stdout
  what a gateway that runs with it would do otherwise, and what that takes: systemctl reload or restart
  with --json one object a line on stdout: {"severity", "file", "line", "what", "remedy", "zh"};
  "zh" is {"what", "remedy"} in Chinese, whatever --lang says

exit status: 0 no mistakes, 1 mistakes (a file that cannot be read is one)
"""


def add(commands: Commands) -> None:
    """`anju run` and `anju check`."""
    run = command(commands, "run", _run, "run the gateway", RUN, RUN_END)
    run.add_argument("--site", type=Path, required=True, metavar="SITE", help="the site file")
    run.add_argument("--verbose", action="store_true", help="log more: each attempt, and what the MQTT client says")

    check = command(commands, "check", _check, "find every mistake in a site file", CHECK, CHECK_END)
    check.add_argument("site", type=Path, metavar="SITE", help="the site file")
    as_json(check)


def _run(arguments: argparse.Namespace) -> int:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # "read it again": what is about to be read need not end for that
    from gateway import lives, opening
    from gateway.site.last import last
    from rules.document import Mistakes

    os.umask(0o077)  # what is written is about people in their homes, and answer codes stand in it
    opening.begin_log(verbose=arguments.verbose)
    try:
        try:
            opening.say_what_is_there(arguments.site)
        except Mistakes as found:
            tell(found.mistakes, (), False, arguments.lang)
            before = last(arguments.site)
            if before is None:
                return COULD_NOT_RUN
            opening.say_site(arguments.site, before)
        return opening.say_goodbye(lives.run(arguments.site))
    except Mistakes as found:  # since a moment ago
        tell(found.mistakes, (), False, arguments.lang)
        return COULD_NOT_RUN


def _check(arguments: argparse.Namespace) -> int:
    from gateway.site import check

    found = check(arguments.site)
    tell(found.errors, found.warnings, arguments.json, arguments.lang)
    if found.site and not arguments.json:
        site = found.site
        counts = {name: len(getattr(site, name)) for name in ("homes", "devices", "outputs", "rules")}
        print(say("site-sound", arguments.lang, path=arguments.site, **counts))
        tell_taking(arguments, site)
    return NO if found.errors else OK
