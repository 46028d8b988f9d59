"""Everything that the front door can refuse besides wrong input, one line of text each; `error_code` is the API's."""


class Refusal(Exception):
    error_code = ""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class WrongCredentials(Exception):
    """The name or the secret is wrong."""


class KeyInProgress(Refusal):
    """A call with the same Idempotency-Key is in progress: repeat this one in a moment."""

    error_code = "IDEMPOTENCY_CONFLICT"


class KeyOfAnother(Refusal):
    """This Idempotency-Key came with another body before: use a new key for a new call."""

    error_code = "IDEMPOTENCY_MISMATCH"


class LinkOver(Refusal):
    """This link is used up or too old."""


class TooManyLetters(Refusal):
    """Too many letters were asked for: try again in an hour."""


class OwnUser(Refusal):
    """Nobody changes the own role or switches oneself off: ask another administrator of the account."""


class OwnSessions(Refusal):
    """Your own sessions you end at your profile, where you see them."""


class LastAdministrator(Refusal):
    """The account would be left without an administrator who can sign in: make another one first."""


class NotInvited(Refusal):
    """This user has a password already, or is switched off: there is no invitation to send."""


class SecondFactorInUse(Refusal):
    """There is a second factor already: remove it first."""


class NothingToConfirm(Refusal):
    """There is no second factor to confirm: begin anew."""


class WrongCode(Refusal):
    """The code is wrong, or was used before: wait for the next one of the app, or take a recovery code."""
