"""`python -m tests.benchmarks.nothing`: the service's worker, with a handler that does nothing."""

import os

NOTHING = "nothing"


def register() -> None:
    """In this process."""
    from tasks_app import handlers
    from tasks_app.handlers.registry import Handler

    handlers.HANDLERS += (Handler(NOTHING, "Do nothing", {}, lambda values, work: "Did nothing."),)  # type: ignore[assignment]


def main() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    register()
    call_command("run_worker")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main()
