"""Input that no browser sends by itself: where Django's admin site would fail on it, ours says what is wrong."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from clients_app.documents import UNFIT


class Autocomplete(AutocompleteSelect):
    """What is no key can not be chosen, and so not be looked for either when the form is shown again."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        return super().optgroups(name, [key for key in value if _is_key(key, self.field.target_field)], attr)


class PatientAdmin(admin.ModelAdmin[Any]):
    """Its pages answer a wrong key, an impossible date or a filter that there is not, and never fail on it."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """By what the list offers alone: with other filters one could guess, letter by letter, what no page shows."""
        offered = {self.date_hierarchy}
        filters: Iterable[Any] = self.get_list_filter(request)  # a name, a class of ours, or a name with a class
        for each in filters:
            offered.add(each if isinstance(each, str) else getattr(each, "parameter_name", None) or each[0])
        return lookup.partition("__")[0] in offered

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        try:
            return super().get_changelist_instance(request)
        except (ValueError, OverflowError, DataError) as error:  # the year 9999, 40 digits, NUL
            raise IncorrectLookupParameters from error

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if UNFIT.search(search_term):
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Model | None:
        row: Model | None = None if UNFIT.search(object_id) else super().get_object(request, object_id, from_field)
        return row

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        if all(_is_key(key, self.opts.pk) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            return super().response_action(request, queryset, *args, **kwargs)
        messages.error(request, "What was selected is no row of this list: select rows, then choose the action again.")
        return redirect(request.get_full_path())

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = Autocomplete(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def _is_key(value: str, field: Field[Any, Any]) -> bool:
    try:
        field.run_validators(field.to_python(value))
    except ValidationError:
        return False
    return True
