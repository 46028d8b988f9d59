"""The report keeps the lines of what was not run again, and hides nothing that went wrong."""

import subprocess
from pathlib import Path

import pytest

from tests.proof import __main__, report
from tests.proof.checks import CHECKS, Check
from tests.proof.report import Line

TELLS = "from tests.proof import figures; figures.tell('T4', 'counted', found='1', wanted='2', met=False)"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(report, "PATH", tmp_path / "report.md")
    return report.PATH


def test_a_check_replaces_its_own_lines_alone_in_the_order_of_the_checks(path: Path) -> None:
    report.replace("T12", [Line("called", "0", "0", met=True)])
    report.replace("T4", [Line("counted", "1", "2", met=False), Line("looked", "a|b", "a", met=True)])
    path.write_text(path.read_text() + "\nT4 counts too little.\n")

    report.replace("T4", [Line("counted", "2", "2", met=True)])

    rows = [row.split(" | ")[:5] for row in path.read_text().splitlines() if row.startswith("| T")]
    assert rows == [["| T4", "counted", "2", "2", "met"], ["| T12", "called", "0", "0", "met"]]
    assert path.read_text().endswith("T4 counts too little.\n")


def test_a_bar_in_a_figure_does_not_break_the_table(path: Path) -> None:
    report.replace("T4", [Line("looked", "a|b", "a", met=False)])

    assert "| T4 | looked | a¦b | a | **missed** |" in path.read_text()


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (f'timeit -n1 -r1 "{TELLS}"', ["1"]),
        (
            f'timeit -n1 -r1 "{TELLS.replace("False", "True")}; raise KeyError"',
            ["1", "1 lines of figures, ended with 1"],
        ),
        ("this", ["0 lines of figures, ended with 0"]),
    ],
)
def test_what_fails_or_tells_nothing_is_missed(command: str, found: list[str]) -> None:
    lines = __main__.figures_of("T4", Check("Control", 0, (command,)))

    assert [line.found for line in lines] == found
    assert not lines[-1].met


def test_the_report_itself_is_no_change_of_the_commit(tmp_path: Path) -> None:
    code, proofs = tmp_path / "code.py", tmp_path / "proofs"
    proofs.mkdir()
    for path in (code, proofs / "report.md"):
        path.write_text("1")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.example"]
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message=1"]):
        subprocess.run([*git, *words], check=True)

    (proofs / "report.md").write_text("2")
    assert " and changes" not in report.commit_of(proofs)
    code.write_text("2")

    assert report.commit_of(proofs).endswith(" and changes")


def test_every_check_names_a_module_or_a_file_that_exists() -> None:
    for check in CHECKS.values():
        for command in check.commands:
            module, *words = command.split()
            if module == "pytest":
                assert Path(words[-1]).is_file()
            else:
                assert Path(module.replace(".", "/")).is_dir() or Path(f"{module.replace('.', '/')}.py").is_file()
