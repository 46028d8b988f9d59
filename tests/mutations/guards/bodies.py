"""What comes in: the size, depth and letters of bodies, uploads, schemas; and what an answer gives away."""

from typing import Final

from tests.mutations.guard import Change, Guard

BAD, DOCUMENTS = "tests/api/test_refuse_bad_input.py", "tests/clients_app/test_documents.py"
SCHEMAS = "tests/tasks_app/test_parameters.py"

GUARDS: Final[list[Guard]] = [
    Guard(
        "a body is no larger than a mebibyte",
        Change("config/api/parsers.py", "if max(announced, len(body)) > largest:", "if False:"),
        f"{BAD}::test_size_is_judged_before_all_else_about_the_body",
    ),
    Guard(
        "half of a body is no body",
        Change("config/api/parsers.py", "if len(body) < announced:", "if False:"),
        "tests/acceptance/test_service.py::test_half_a_body_is_not_taken_for_a_whole_one",
    ),
    Guard(
        "a form has no more than 1,000 keys",
        Change("config/api/parsers.py", "if len(pairs) > MOST_KEYS:", "if False:"),
        f"{BAD}::test_a_body_that_cannot_be_read_is_malformed",
    ),
    Guard(
        "JSON is no deeper than 32 levels",
        Change("clients_app/documents.py", " and _json_depth(text) > DEEPEST:", " and False:"),
        f"{DOCUMENTS}::test_json_that_is_refused",
    ),
    Guard(
        "JSON has no NaN",
        Change(
            "clients_app/documents.py",
            "json.JSONDecoder(parse_constant=_refuse_constant, **hooks)",
            "json.JSONDecoder(**hooks)",
        ),
        f"{DOCUMENTS}::test_json_that_is_refused",
    ),
    Guard(
        "XML is no deeper than 32 levels",
        Change("clients_app/documents.py", "        if self._level > DEEPEST:", "        if False:"),
        f"{DOCUMENTS}::test_xml_that_is_refused",
    ),
    Guard(
        "XML has no DOCTYPE",
        Change("clients_app/documents.py", "forbid_dtd=True", "forbid_dtd=False"),
        f"{DOCUMENTS}::test_xml_that_is_refused",
    ),
    Guard(
        "XML is in the encoding that it came in",
        Change("clients_app/documents.py", "if encoding and declared and declared.lower() != encoding:", "if False:"),
        f"{DOCUMENTS}::test_a_declared_encoding_must_be_the_one_that_is_asked_for",
    ),
    Guard(
        "an instruction does not stand before the root",
        Change("clients_app/documents.py", "if not self._has_root:", "if False:"),
        f"{DOCUMENTS}::test_xml_that_is_refused",
    ),
    Guard(
        "no more than 8 MiB are read of any body",
        Change("config/wsgi.py", "while body.tell() < LONGEST_BODY and (piece", "while (piece"),
        "tests/config/test_wsgi.py::test_no_more_than_8_mib_are_ever_read",
    ),
    Guard(
        "an upload that is too large is not read",
        Change("clients_app/uploads.py", "if content_length > LARGEST:", "if False:"),
        "tests/pages/test_import_files.py::test_a_file_that_is_far_too_large_is_not_even_read",
    ),
    Guard(
        "a schema needs nothing from outside",
        Change("tasks_app/parameters.py", 'if not reference.startswith("#"):', "if False:"),
        f"{SCHEMAS}::test_what_is_no_schema_is_refused",
        also=Change("tasks_app/parameters.py", "            known.look_up(reference)\n", ""),
    ),
    Guard(
        "what a schema names is not fetched",
        Change(
            "tasks_app/parameters.py",
            "Draft202012Validator(schema, registry=Registry(), format",
            "Draft202012Validator(schema, format",
        ),
        f"{SCHEMAS}::test_what_a_schema_names_is_never_fetched",
    ),
    Guard(
        "a task that is switched off is not registered",
        Change("tasks_app/offers.py", "Task.objects.enabled().filter", "Task.objects.filter"),
        "tests/api/test_register_account_task.py::test_a_task_that_is_switched_off_is_refused",
        also=Change(
            "tasks_app/api/express.py", "Task.objects.enabled().filter(pk=task_id)", "Task.objects.filter(pk=task_id)"
        ),
    ),
    Guard(
        "parameters are as the task has them",
        Change("tasks_app/registration.py", '    asked["parameters"].check(task.parameter_schema)\n', ""),
        "tests/api/test_register_account_task.py::test_parameters_that_break_the_schema_are_refused_with_the_paths",
    ),
    Guard(
        "credentials are looked at before the body",
        Change(
            "clients_app/permissions.py",
            "        if reason := refusal_of(caller.user, request.method):",
            "        request.data\n        if reason := refusal_of(caller.user, request.method):",
        ),
        "tests/api/test_order_of_checks.py::test_each_check_comes_before_the_next",
    ),
    Guard(
        "a failure of ours says nothing but its incident",
        Change("config/api/exceptions.py", 'f"An error has occurred. Incident {key}."', 'f"{error} Incident {key}."'),
        "tests/api/test_fail_safely.py::test_a_database_that_goes_away_in_the_middle_leaves_no_row",
    ),
    Guard(
        "values are not echoed",
        Change(
            "config/api/exceptions.py",
            'yield from (f"{name} {problem}" for problem in problems)',
            'yield from (f"{name} {problem} {dict(detail.serializer.initial_data)}" for problem in problems)',
        ),
        f"{BAD}::test_values_of_the_request_are_not_echoed",
    ),
    Guard(
        "no cell of a table is a formula",
        Change("tasks_app/cells.py", 'return f"\'{text}" if _FORMULA.match(text) else text', "return text"),
        "tests/tasks_app/test_tables.py::test_no_cell_is_a_formula",
    ),
]
