"""Everything that the front door can refuse besides wrong input, one line of text each."""


class WrongCredentials(Exception):
    """The name or the secret is wrong."""
