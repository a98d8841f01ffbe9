"""What reaches a terminal of what others wrote: every letter, and no control."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.plain import SHOWN, Plain
from gateway.history.print import _plain


@given(st.text())
def test_letters_come_through_and_controls_do_not(text: str) -> None:
    out = io.StringIO(newline="")
    Plain(out).write(text)
    shown = out.getvalue()
    assert len(shown) == len(text)
    for before, after in zip(text, shown, strict=True):
        assert after == before if ord(before) not in SHOWN or before == "\r" == after else after == "\ufffd"
    assert "\r" not in shown.replace("\r\n", "")


def test_it_may_go_after_what_it_wrote_to() -> None:
    out = io.StringIO()
    shown = Plain(out)
    shown.write("a")
    out.close()
    shown.close()
    with Plain(io.StringIO()) as shown:
        pass
    shown.write("still open, for it is somebody else's")


@given(st.text(st.sampled_from("=+-@\t\r\n'\"a1,;|"), max_size=6))
def test_no_cell_of_a_report_is_a_formula(text: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerow([_plain(text)])
    ((cell,),) = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n")
    assert cell.removeprefix("'") == text.removeprefix("'")
