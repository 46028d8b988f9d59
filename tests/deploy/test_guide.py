"""The guide leaves nothing out."""

import re

from tests.acceptance.service import PROJECT
from tests.deploy.place import DEPLOY, settings_of_the_readme

OF_POSTGRESQL = {"OWNER_PASSWORD", "SERVICE_PASSWORD", "POSTGRES_PASSWORD", "PGPASSWORD"}
GUIDE = (DEPLOY / "guide.md").read_text()


def test_it_names_every_file_of_the_folder() -> None:
    files = [path for path in DEPLOY.rglob("*.*") if path.is_file() and path.suffix != ".pyc"]

    unnamed = [path.name for path in files if path.name not in GUIDE and path.name != "guide.md"]

    assert unnamed == []


def test_its_env_files_hold_settings_that_there_are() -> None:
    set_by_it = set(re.findall(r"^([A-Z][A-Z_]+)=", GUIDE, re.MULTILINE))

    assert {"SECRET_KEY", "ENCRYPTION_KEYS", "DATABASE_URL"} <= set_by_it
    assert set_by_it <= settings_of_the_readme() | {
        "OWNER_PASSWORD",
        "SERVICE_PASSWORD",
        "POSTGRES_PASSWORD",
        "PGPASSWORD",
    }


def test_its_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", GUIDE)

    assert [link for link in links if not (DEPLOY / link).exists()] == []
    assert (PROJECT / "README.md").exists()
