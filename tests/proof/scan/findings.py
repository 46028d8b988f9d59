"""What a scanner has found, judged: each finding is explained, and each explanation is still needed."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch

from tests.proof import figures
from tests.proof.scan.explained import EXPLAINED


@dataclass(frozen=True, order=True)
class Finding:
    """rule: as the tool names it. where: a file, or an address of the service."""

    tool: str
    rule: str
    where: str


def judge(tool: str, what: str, found: Iterable[Finding]) -> bool:
    """Tells a line of figures, and whether all is well."""
    findings = sorted(found)
    unexplained = sorted({finding for finding in findings if not _reasons(finding)})
    needed = {reason for finding in findings for reason in _reasons(finding)}
    stale = [key for key in EXPLAINED if key[0] == tool and key not in needed]
    for finding in unexplained:
        print(f"not explained: {finding.tool} {finding.rule} {finding.where}")
    for key in stale:
        print(f"explained, and not found any more: {' '.join(key)}")
    explained = sum(bool(_reasons(finding)) for finding in findings)
    numbers = f"{len(findings)} findings, {explained} explained, {len(unexplained)} not"
    all_well = not unexplained and not stale
    figures.tell(
        "T18",
        f"{tool}, {what}",
        found=f"{numbers}; {len(stale)} explanations that are not needed any more",
        wanted="0 that are not explained, 0 explanations too many",
        met=all_well,
    )
    return all_well


def _reasons(finding: Finding) -> list[tuple[str, str, str]]:
    tool, rule, where = finding.tool, finding.rule, finding.where
    return [key for key in EXPLAINED if key[:2] == (tool, rule) and fnmatch(where, key[2])]
