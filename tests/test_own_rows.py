"""What API and pages read of an account begins with that account: no query of a door may start from all rows."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
DOORS = [path for door in ("api", "pages") for path in PROJECT.glob(f"*_app/{door}/*.py")]
SHARED = {"Task"}  # the catalogue is the same for all accounts
OF_AN_ACCOUNT = {"for_account", "deleted_of", "for_user", "none"}

# Those that begin in another way, and why that is no hole.
EXPLAINED = {
    "clients_app/pages/forms.py User.objects.normalize_email": "no query",
    "clients_app/pages/signing_in.py User.objects.filter": "whoever has shown the password, by the ID in the session",
    "clients_app/pages/users.py SecondFactor.objects.confirmed": "a subquery of users that were chosen by account",
    "tasks_app/api/express.py AccessToken.objects.live": "finds the caller, and so the account",
    "tasks_app/api/runs.py TaskRun.objects.filter": "those of an account task that was found as the caller's own",
    "tasks_app/pages/trail.py Client.objects.filter": "names of clients that entries of the account name",
}


def queries(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """What each query starts with, and whether some link of its chain says whose rows it is about."""
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and node.attr == "objects"):
            continue
        start, links, link = ast.unparse(node), [], above[node]
        while isinstance(link, ast.Attribute) or (isinstance(link, ast.Call) and link.func in links):
            links.append(link)
            link = above[link]
        names = [each.attr for each in links if isinstance(each, ast.Attribute)]
        said = {each.arg for link in links if isinstance(link, ast.Call) for each in link.keywords}
        yield f"{start}.{names[0] if names else ''}", bool(OF_AN_ACCOUNT & {*names}) or "account" in said


def without_an_account(text: str) -> list[str]:
    found = [start for start, is_scoped in queries(ast.parse(text)) if not is_scoped]
    return [start for start in found if start.partition(".")[0] not in SHARED]


def test_every_query_of_a_door_begins_with_an_account() -> None:
    found = [f"{path.relative_to(PROJECT)} {start}" for path in DOORS for start in without_an_account(path.read_text())]

    assert sorted(set(found)) == sorted(EXPLAINED)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("AccountTask.objects.all()", ["AccountTask.objects.all"]),
        ("get_object_or_404(Client.objects, pk=id)", ["Client.objects."]),
        ("models.Client.objects.enabled().filter(pk=id).first()", ["models.Client.objects.enabled"]),
        ("x.for_account(Client.objects.filter(pk=1))", ["Client.objects.filter"]),
        ("Client.objects.enabled().for_account(account)", []),
        ("User.objects.filter(account=account, pk=id)", []),
        ("Task.objects.all()", []),
    ],
)
def test_what_is_found(text: str, found: list[str]) -> None:
    assert without_an_account(text) == found
