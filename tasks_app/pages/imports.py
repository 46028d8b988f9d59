"""A table of account tasks to upload: first what would happen, row by row, then the import itself."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from clients_app.callers import caller_signed_in
from clients_app.exceptions import KeyInProgress
from clients_app.models.keys import new_key
from clients_app.pages.once import once
from tasks_app import cells, clock, imports
from tasks_app.pages.import_forms import CarriedForm, TableForm, carried


@require_http_methods(["GET", "HEAD", "POST"])
def imported(request: HttpRequest) -> HttpResponse:
    """The form; with a table what would happen; with a table that was checked the import."""
    if "carried" in request.POST:
        return _write(request)
    form = TableForm(request.POST, request.FILES) if request.method == "POST" else TableForm()
    if form.is_bound and form.is_valid():
        lines = imports.check(form.table, account=caller_signed_in(request).account)
        return _report(request, form, [asdict(line) for line in lines])
    return render(request, "pages/import.html", {"form": form, "columns": list(cells.COLUMNS)})


def _write(request: HttpRequest) -> HttpResponse:
    form, by, now = CarriedForm(request.POST), caller_signed_in(request), clock.now()
    if not form.is_valid():
        messages.error(request, "Nothing was imported: choose the table once more.")
        return redirect("account-tasks-import")
    how = form.cleaned_data["how"]
    try:
        with once(f"import {how}", form.cleaned_data["key"], by=by, now=now) as answer:
            if not answer.is_there:
                done, lines = imports.write(form.table, all_or_nothing=how == "all", by=by, now=now)
                answer.detail = {"is_written": done, "lines": [asdict(line) for line in lines]}
    except KeyInProgress:
        messages.success(request, "The table is being imported already.")
        return redirect("account-tasks")
    return _report(request, form, answer.detail["lines"], is_written=answer.detail["is_written"], was_asked=True)


def _report(
    request: HttpRequest,
    form: TableForm | CarriedForm,
    lines: list[dict[str, Any]],
    *,
    is_written: bool = False,
    was_asked: bool = False,
) -> HttpResponse:
    counts = Counter(line["kind"] for line in lines)
    context = {
        "lines": lines,
        "counts": {kind: counts[kind] for kind in (imports.NEW, imports.CHANGES, imports.UNCHANGED, imports.WRONG)},
        "to_write": counts[imports.NEW] + counts[imports.CHANGES],
        "ignored": form.table.ignored,
        "is_written": is_written,
        "was_asked": was_asked,
        "carried": carried(form.text),
        "ignore_unknown": form.cleaned_data["ignore_unknown"],
        "key": new_key(),
    }
    return render(request, "pages/import_report.html", context)
