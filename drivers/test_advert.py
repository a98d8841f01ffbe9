"""How a radio's Frame is packed: nothing of it is lost, and what is no such Frame is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.advert import Advert, packed, unpacked
from drivers.driver import BadFrame

ADVERTS = st.builds(
    Advert, st.binary(min_size=6, max_size=6).map(lambda raw: raw.hex(":")), st.none() | st.integers(-127, 20), st.binary()
)


@given(ADVERTS)
def test_what_was_heard_comes_back(advert: Advert) -> None:
    assert unpacked(packed(advert)) == advert


@pytest.mark.parametrize("rssi", [-200, 127])
def test_a_strength_that_no_radio_has_is_brought_within_its_byte(rssi: int) -> None:
    assert unpacked(packed(Advert("a4:c1:38:00:00:01", rssi, b"x"))).rssi in (-127, 20)


@pytest.mark.parametrize("address", ["", "a4:c1:38:00:00", "a4:c1:38:00:00:01:02", "no address"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"address|hex"):
        packed(Advert(address, -60, b""))


@pytest.mark.parametrize("length", range(7))
def test_a_frame_too_short_for_its_sender_is_refused(length: int) -> None:
    with pytest.raises(BadFrame):
        unpacked(bytes(length))
