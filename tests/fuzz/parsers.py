"""
`python -m tests.fuzz.parsers [--minutes N] [--only NAME]`: each of our own readers of text for so long, by atheris,
which is fetched into a temporary folder. None may raise what it does not name, or take long over any input.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.acceptance.service import PROJECT
from tests.proof import figures

ATHERIS = "atheris==3.0.0"
NAMES = ("json", "xml", "fields", "parameters", "percents")
LONGEST_S = 0.1
SEEDS = (
    '{"url": "https://example.org", "n": 1.5e3, "l": [true, null, "\\u20ac\\ud83d\\ude00"]}',
    '<?xml version="1.0" encoding="utf-8"?><a xmlns:p="urn:p"><p:b c="1">&lt;&#x41;<![CDATA[x]]></p:b><!-- d --></a>',
    "2026-01-02T03:04:05.678901+01:00",
    "/Date(1234567890123+0100)/",
    "{0x00000000,0x0000,0x0000,{0x00,0x00,0x00,0x00,0x00,0x00,0x00,0x00}}",
    "b1b5a0a1-1234-4abc-8def-0123456789ab",
    " QUARTERLY ",
    "a%20b+c%E2%82%AC%zz",
)


def fuzz(name: str, seconds: int, packages: Path) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        corpus, slowest = Path(folder, "corpus"), Path(folder, "slowest")
        corpus.mkdir()
        for number, seed in enumerate(SEEDS):
            (corpus / str(number)).write_text(seed)
        options = [
            f"-max_total_time={seconds}",
            "-max_len=65536",
            "-print_final_stats=1",
            f"-artifact_prefix={folder}/",
        ]
        command = [sys.executable, "-m", "tests.fuzz.targets", name, str(slowest), *options, str(corpus)]
        environ = os.environ | {"PYTHONPATH": os.pathsep.join([str(packages), str(PROJECT)])}
        done = subprocess.run(command, cwd=PROJECT, env=environ, capture_output=True, text=True, check=False)
        inputs = [int(number) for number in re.findall(r"number_of_executed_units: (\d+)", done.stderr)]
        longest = float(slowest.read_text()) if slowest.exists() else 0.0
        crashes = [path.read_bytes() for path in Path(folder).glob("*-*") if path.is_file()]
    is_well = done.returncode == 0 and not crashes and bool(inputs)
    figures.tell(
        "T10",
        f"atheris on {name}, {seconds / 60:g} minutes",
        found=f"{sum(inputs):,} inputs, {len(crashes)} crashes {[crash[:200] for crash in crashes] or ''}; "
        f"the slowest {longest * 1000:.1f} ms of CPU",
        wanted=f"0 crashes, below {LONGEST_S * 1000:g} ms",
        met=is_well and longest < LONGEST_S,
    )
    if not is_well:
        print(done.stderr[-5000:])
    return is_well and longest < LONGEST_S


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="for each of them")
    parser.add_argument("--only", choices=NAMES)
    asked = parser.parse_args()
    names = [asked.only] if asked.only else NAMES
    with tempfile.TemporaryDirectory() as packages:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", packages, ATHERIS]
        if subprocess.run(command, check=False).returncode:
            figures.tell("T10", "atheris", found=f"{ATHERIS} is not to be had", wanted="inputs", met=False)
            return 1
        results = [fuzz(name, round(asked.minutes * 60), Path(packages)) for name in names]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
