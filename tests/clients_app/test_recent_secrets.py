"""A secret that was right is known again without another password hash; nothing else is."""

import pytest
from django.contrib.auth import hashers
from django.contrib.auth.hashers import make_password

from clients_app import recent_secrets
from clients_app.recent_secrets import is_right


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The secrets that went through the password hasher meanwhile."""
    monkeypatch.setattr(recent_secrets, "_right", {})
    seen: list[str] = []
    check = hashers.check_password

    def noted(secret: str, hashed: str) -> bool:
        seen.append(secret)
        return check(secret, hashed)

    monkeypatch.setattr(recent_secrets, "check_password", noted)
    return seen


def test_a_right_secret_is_hashed_once(checked: list[str]) -> None:
    stored = make_password("right")

    assert [is_right({"right"}, [stored]) for _ in range(3)] == [True] * 3
    assert checked == ["right"]


def test_a_wrong_one_is_hashed_each_time_with_all_that_it_may_be(checked: list[str]) -> None:
    stored = [make_password("right"), make_password("earlier")]

    assert not any(is_right({"wrong", "wr%6Fng"}, stored) for _ in range(2))
    assert sorted(checked) == ["wr%6Fng"] * 4 + ["wrong"] * 4


def test_it_is_known_for_the_hash_that_it_was_right_for(checked: list[str]) -> None:
    assert is_right({"right"}, [make_password("right")])

    assert not is_right({"right"}, [make_password("another")])
    assert is_right({"right"}, [make_password("right")])
    assert len(checked) == 3


def test_the_oldest_are_forgotten(checked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_secrets, "MOST", 2)
    stored = {secret: make_password(secret) for secret in ("a", "b", "c")}

    for secret in ("a", "b", "c", "c", "b", "a"):
        assert is_right({secret}, [stored[secret]])

    assert checked == ["a", "b", "c", "a"]


def test_no_secret_is_kept(checked: list[str]) -> None:
    is_right({"a secret to be found"}, [make_password("a secret to be found")])

    assert b"a secret" not in b"".join(recent_secrets._right)
    assert len(b"".join(recent_secrets._right)) == 32
