"""Codes of a second factor: which are good, how often, and what is stored of them."""

from datetime import timedelta

import pyotp
import pytest

from clients_app import limits, second_factors, secrets
from clients_app.exceptions import NothingToConfirm, SecondFactorInUse, WrongCode
from clients_app.limits import LimitReached
from clients_app.models import AuditEntry, SecondFactor, User
from tests import factories
from tests.factories import NOW, TESTS, Party

pytestmark = pytest.mark.django_db

HALF_MINUTE = timedelta(seconds=30)


@pytest.fixture
def ann(account: Party) -> User:
    return account.administrator


@pytest.fixture
def recovery_codes(ann: User) -> list[str]:
    """Of a factor that is on; the code of NOW is used."""
    return factories.second_factor(user=ann, now=NOW)


def check(user: User, code: str, steps: int = 0) -> None:
    second_factors.check(user, code, by=TESTS, now=NOW + steps * HALF_MINUTE)


def code_of(user: User, steps: int = 0) -> str:
    return factories.code(user=user, now=NOW + steps * HALF_MINUTE)


def test_it_is_on_once_a_code_has_confirmed_it(ann: User) -> None:
    second_factors.begin(ann)
    assert not second_factors.is_on(ann)

    with pytest.raises(WrongCode):
        second_factors.confirm(ann, "000000", by=TESTS, now=NOW)
    assert not second_factors.is_on(ann)
    codes = second_factors.confirm(ann, code_of(ann), by=TESTS, now=NOW)

    assert second_factors.is_on(ann)
    assert second_factors.key_to_confirm(ann) is None
    assert len(set(codes)) == 10
    assert {len(code) for code in codes} == {29}


def test_what_is_on_is_neither_confirmed_nor_begun_again(ann: User, recovery_codes: list[str]) -> None:
    with pytest.raises(SecondFactorInUse):
        second_factors.begin(ann)
    with pytest.raises(NothingToConfirm):
        second_factors.confirm(ann, code_of(ann, 1), by=TESTS, now=NOW + HALF_MINUTE)


def test_another_beginning_makes_another_key(ann: User) -> None:
    keys = set()
    for _ in range(2):
        second_factors.begin(ann)
        keys.add(second_factors.key_to_confirm(ann))

    assert len(keys) == 2


@pytest.mark.parametrize(("made", "is_good"), [(3, False), (4, True), (5, True), (6, True), (7, False)])
def test_the_codes_before_and_after_are_good_too(
    ann: User, recovery_codes: list[str], made: int, is_good: bool
) -> None:
    code = code_of(ann, made)

    if is_good:
        check(ann, code, steps=5)
    else:
        with pytest.raises(WrongCode):
            check(ann, code, steps=5)


def test_a_code_works_once_and_none_that_came_before_it(ann: User, recovery_codes: list[str]) -> None:
    earlier, code = code_of(ann, 4), code_of(ann, 5)
    check(ann, code, steps=5)

    for used in (code, earlier):
        with pytest.raises(WrongCode):
            check(ann, used, steps=5)


def test_the_code_that_confirmed_is_used_up(ann: User, recovery_codes: list[str]) -> None:
    with pytest.raises(WrongCode):
        check(ann, code_of(ann))


def test_codes_may_be_written_with_blanks(ann: User, recovery_codes: list[str]) -> None:
    code = code_of(ann, 5)

    check(ann, f" {code[:3]} {code[3:]} ", steps=5)
    check(ann, recovery_codes[0].upper().replace("-", " "), steps=5)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "\N{ARABIC-INDIC DIGIT ONE}23456", "abcd-efgh", "😀"])
def test_what_is_no_code_is_wrong(ann: User, recovery_codes: list[str], code: str) -> None:
    with pytest.raises(WrongCode):
        check(ann, code, steps=5)


def test_a_recovery_code_works_once_and_leaves_its_trail(ann: User, recovery_codes: list[str]) -> None:
    check(ann, recovery_codes[3])

    with pytest.raises(WrongCode):
        check(ann, recovery_codes[3])
    check(ann, recovery_codes[4])
    entries = AuditEntry.objects.filter(action="recovery code used", row_id=ann.pk).order_by("pk")
    assert [entry.after for entry in entries] == [{"second factor": f"{n} recovery codes left"} for n in (9, 8)]


def test_codes_of_another_user_are_wrong(ann: User, recovery_codes: list[str], neighbour: Party) -> None:
    others = factories.second_factor(user=neighbour.administrator, now=NOW)

    for code in (code_of(neighbour.administrator, 5), others[0]):
        with pytest.raises(WrongCode):
            check(ann, code, steps=5)


def test_nothing_that_is_stored_is_a_secret(ann: User, recovery_codes: list[str]) -> None:
    factor = SecondFactor.objects.get()

    stored = repr((factor.secret, factor.recovery_digests, list(AuditEntry.objects.values_list("before", "after"))))
    key = secrets.decrypt(factor.secret)
    assert key not in stored
    assert not any(code in stored or code.replace("-", "") in stored for code in recovery_codes)


def test_guessing_has_to_wait_from_wherever_and_right_codes_do_not_count(
    ann: User, recovery_codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WRONG_CODES_PER_HOUR", 2)
    for code in recovery_codes[:4]:
        check(ann, code)
    for _ in range(2):
        with pytest.raises(WrongCode):
            check(ann, "000000")

    with pytest.raises(LimitReached):
        check(ann, recovery_codes[5])
    check(ann, recovery_codes[5], steps=120)


def test_it_is_removed_with_its_recovery_codes(ann: User, recovery_codes: list[str]) -> None:
    for _ in range(2):
        second_factors.remove(ann, by=TESTS)

    assert not second_factors.is_on(ann)
    with pytest.raises(WrongCode):
        check(ann, recovery_codes[0])
    assert AuditEntry.objects.filter(action="second factor removed", row_id=ann.pk).count() == 1


def test_an_app_reads_the_key_with_the_name(ann: User) -> None:
    second_factors.begin(ann)
    key = second_factors.key_to_confirm(ann)
    assert key is not None

    read = pyotp.parse_uri(second_factors.address_of(ann, key))

    assert (read.name, read.issuer, read.secret) == ("ann@acme.example", "Account Tasks", key)
