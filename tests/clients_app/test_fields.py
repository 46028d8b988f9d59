"""GUIDs and moments of the wire."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients_app.api.values import read_guid, read_moment, write_moment

GUID = UUID("0f8fad5b-d9cb-469f-a165-70867728950e")
IN_PARTS = "{0x0f8fad5b,0xd9cb,0x469f,{0xa1,0x65,0x70,0x86,0x77,0x28,0x95,0x0e}}"
D = str(GUID)


@pytest.mark.parametrize(
    "text", [D, D.upper(), GUID.hex, f"{{{D}}}", f"({D})", IN_PARTS, IN_PARTS.upper(), f" \t{D}\r\n", f"\u00a0{D}"]
)
def test_every_form_of_a_guid_is_the_same_guid(text: str) -> None:
    assert read_guid(text) == GUID


@pytest.mark.parametrize(
    "text",
    [
        "", D[:-1], D + "0", f"{{{D}", f"{{{D})", f"{{{GUID.hex}}}", f"urn:uuid:{D}", D.replace("-", "_"),
        D.replace("-", "", 1), "g" + D[1:], "\uff11" * 32, f"\x1c{D}", D[:8] + " " + D[8:],
    ],
)  # fmt: skip
def test_what_is_no_guid(text: str) -> None:
    assert read_guid(text) is None


AT = datetime(2014, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2014-01-02T03:04:05Z", AT),
        ("2014-01-02T03:04:05", AT),
        (" 2014-01-02T03:04:05+00:00\t", AT),
        ("2014-01-02T17:04:05+14:00", AT),
        ("2014-01-01T13:04:05-14:00", AT),
        ("2014-01-02T03:04:05.1234569Z", AT.replace(microsecond=123456)),
        ("2014-01-02T03:04:05.1Z", AT.replace(microsecond=100_000)),
        ("2014-01-02", datetime(2014, 1, 2, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.9999999Z", datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)),
    ],
)
@pytest.mark.parametrize("dialect", ["json", "xml", "form"])
def test_moments_that_all_formats_take(text: str, moment: datetime, dialect: str) -> None:
    assert read_moment(text, dialect) == moment


@pytest.mark.parametrize(
    ("text", "dialects"),
    [
        ("2014-01-02T03:04Z", {"json", "form"}),
        ("2014-01-02 03:04:05", {"json", "form"}),
        ("/Date(1388631845000)/", {"json"}),
        ("/Date(1388631845000+0200)/", {"json"}),
    ],
)
def test_moments_that_some_formats_take(text: str, dialects: set[str]) -> None:
    taken = {dialect for dialect in ("json", "xml", "form") if read_moment(text, dialect)}

    assert taken == dialects


def test_milliseconds_since_the_epoch_are_utc_whatever_offset_stands_beside_them() -> None:
    assert read_moment("/Date(1388631845123+0200)/", "json") == AT.replace(microsecond=123_000)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "now", "2014", "2014-01", "20140102", "2014-1-2", "02/01/2014", "2014-02-30", "2014-13-01",
        "2014-01-02T24:00:00Z", "2014-01-02T23:59:60Z", "2014-01-02T03:04:05.Z", "2014-01-02T03:04:05,5Z",
        "2014-01-02t03:04:05z", "2014-01-02T03:04:05+14:01", "2014-01-02T03:04:05+02:60", "2014-01-02T03:04:05+02",
        "2014-01-02Z", "2014-01-02T03:04:05 Z", "0000-01-01", "10000-01-01", "-0001-01-01", "+2014-01-02",
        "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "\u0662\u0660\u0661\u0664-01-02", "/Date(x)/",
        "/Date(999999999999999)/", "03:04:05", "2014-W01-4", "2014-01-02\u00a0",
    ],
)  # fmt: skip
@pytest.mark.parametrize("dialect", ["json", "xml", "form"])
def test_what_is_no_moment(text: str, dialect: str) -> None:
    assert read_moment(text, dialect) is None


@given(
    st.datetimes(
        datetime(2, 1, 1),  # noqa: DTZ001
        datetime(9998, 12, 31),  # noqa: DTZ001
        timezones=st.builds(timezone, st.timedeltas(timedelta(hours=-14), timedelta(hours=14))),
    )
)
def test_what_is_written_is_read_as_the_same_instant(moment: datetime) -> None:
    text = write_moment(moment)

    assert text.endswith("+00:00")
    assert not text.removesuffix("+00:00").endswith(".0")
    assert {read_moment(text, dialect) for dialect in ("json", "xml", "form")} == {moment}
