"""How long something took, in words. Pure."""

from datetime import timedelta


def lasting(duration: timedelta) -> str:
    """About how long, in its two largest units: 0.25 s, 1 min 5 s, 2 h, 3 d 4 h."""
    seconds = duration.total_seconds()
    if round(seconds) < 60:
        return f"{round(seconds, 2):g} s" if seconds < 10 else f"{seconds:.0f} s"
    whole = round(seconds)
    for name, size, smaller, part in (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            rest = whole % size // part
            return f"{whole // size:,} {name}" + (f" {rest} {smaller}" if rest else "")
    raise AssertionError
