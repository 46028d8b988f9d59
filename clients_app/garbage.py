"""Python's search for circles of garbage, in processes that do the same all day."""

import gc


def look_less_often() -> None:
    """
    What is there by now stays: a search looks at it no more, and comes less often. No request, batch or run leaves many
    circles behind.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
