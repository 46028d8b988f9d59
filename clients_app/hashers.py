"""The password hasher, for passwords and for client secrets alike, since callers may choose both."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2Hasher(Argon2PasswordHasher):
    """
    Argon2id with 19 MiB, two passes and one lane: the parameters that the OWASP password storage cheat sheet names.
    Django's own (100 MiB, eight lanes) would let a handful of calls of /Token exhaust a small machine.
    """

    memory_cost = 19 * 1024  # KiB
    time_cost = 2
    parallelism = 1
