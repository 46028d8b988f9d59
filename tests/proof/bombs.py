"""Bodies that are made to cost a reader more than they cost their sender, or to make it fetch something."""

import gzip
import itertools
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus
from xml.sax.saxutils import escape

JSON, XML, FORM = "application/json", "application/xml", "application/x-www-form-urlencoded"
ROOT = "AccountTaskRequest"
MiB = 2**20


@dataclass(frozen=True)
class Bomb:
    """
    None is well-formed to its end, unless it lacks what an account task has to have: each has to be refused. inner: the
    document that a Parameters member can hold too, empty if it is one of the body alone.
    """

    name: str
    content_type: str
    body: bytes
    coding: str = ""
    inner: str = ""


def xml_bombs(sentinel: str, secret: Path) -> Iterator[Bomb]:
    """sentinel: a URL at which somebody listens. secret: a file that nobody may read."""
    for name, text in _xml_texts(sentinel, secret):
        yield Bomb(name, XML, text.encode(), inner=text)


def _xml_texts(sentinel: str, secret: Path) -> Iterator[tuple[str, str]]:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    yield "billion laughs", f'<!DOCTYPE r [<!ENTITY l0 "lol">{laughs}]><{ROOT}>&l9;</{ROOT}>'
    yield "quadratic blow-up", f'<!DOCTYPE r [<!ENTITY a "{"a" * 50_000}">]><{ROOT}>{"&a;" * 50_000}</{ROOT}>'
    parameter = "".join(f"<!ENTITY % p{n} '{f'&#37;p{n - 1};' * 10}'>" for n in range(1, 10))
    yield "parameter entities", f"<!DOCTYPE r [<!ENTITY % p0 'x'>{parameter} %p9;]><{ROOT}/>"
    yield "entities in a circle", f'<!DOCTYPE r [<!ENTITY a "&b;"><!ENTITY b "&a;">]><{ROOT}>&a;</{ROOT}>'
    for place in (sentinel, sentinel.replace("http:", "ftp:"), secret.as_uri(), "file:///proc/self/environ"):
        yield f"external DTD {place[:5]}", f'<!DOCTYPE r SYSTEM "{place}"><{ROOT}/>'
        yield f"public DTD {place[:5]}", f'<!DOCTYPE r PUBLIC "x" "{place}"><{ROOT}/>'
        yield f"external entity {place[:5]}", f'<!DOCTYPE r [<!ENTITY e SYSTEM "{place}">]><{ROOT}>&e;</{ROOT}>'
        yield (
            f"external parameter entity {place[:5]}",
            f'<!DOCTYPE r [<!ENTITY % e SYSTEM "{place}">%e;]><{ROOT}/>',
        )
        include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="{place}"/>'
        yield f"XInclude {place[:5]}", f"<{ROOT}>{include}<a></{ROOT}>"
        yield f"style sheet {place[:5]}", f'<?xml-stylesheet type="text/xsl" href="{place}"?><{ROOT}/>'
        schema = f'xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:schemaLocation="a {place}"'
        yield f"schema location {place[:5]}", f"<{ROOT} {schema}><a></{ROOT}>"
    yield "100,000 attributes", f"<{ROOT} {' '.join(f'a{n:x}=``' for n in range(100_000))}></x>".replace("`", '"')
    yield "a million attributes", f"<{ROOT} {' '.join(f'a{n:x}=``' for n in range(10**6))}/>".replace("`", '"')
    yield "one attribute 100,000 times", f"<{ROOT} {'a=`` ' * 100_000}/>".replace("`", '"')
    yield "45,000 namespaces", f"<{ROOT} {' '.join(f'xmlns:n{n:x}=`u`' for n in range(45_000))}></x>".replace("`", '"')
    yield "a hundred thousand levels", "<a>" * 100_000
    yield "300,000 levels in a MiB", "<a>" * 300_000
    for what, begin, end in (
        ("comment", "<!--", "-->"),
        ("name", "<", "/>"),
        ("attribute", '<a b="', '"/>'),
        ("CDATA section", "<a><![CDATA[", "]]></a>"),
        ("processing instruction", "<?p ", "?><a/>"),
        ("text", "<a>", "</b>"),
    ):
        yield f"a {what} of 20 MB", begin + "x" * (20 * 10**6) + end
        yield f"a {what} of a MiB without its end", begin + "x" * (MiB - 100)
    yield "character references", f"<{ROOT}>{'&#x41;' * 150_000}</a>"
    yield "a character reference of a MiB", f"<{ROOT}>&#{'0' * (MiB - 100)}65;</a>"


def json_bombs() -> Iterator[Bomb]:
    for name, text in _json_texts():
        yield Bomb(name, JSON, text.encode(), inner=text)


def _json_texts() -> Iterator[tuple[str, str]]:
    yield "a hundred thousand lists", "[" * 100_000 + "]" * 100_000
    yield "half a million lists", "[" * 500_000 + "]" * 500_000
    yield "a hundred thousand objects", '{"a":' * 100_000 + "1" + "}" * 100_000
    yield "lists without an end, a MiB", "[" * (MiB - 100)
    yield "a text without an end, a MiB", '{"a":"' + "x" * (MiB - 100)
    yield "backslashes, a MiB", '{"a":"' + "\\" * (MiB - 101)
    yield "quotes, a MiB", '"' * (MiB - 100)
    yield "texts with brackets, a MiB", '["[[[[{{{{",' * 80_000
    yield "a number of a MiB", '{"Frequency":' + "9" * (MiB - 100) + "}"
    yield "a number with a MiB of fraction", '{"Frequency":0.' + "9" * (MiB - 100) + "}"
    yield "an exponent of a MiB", '{"Frequency":1e' + "9" * (MiB - 100) + "}"
    yield "blanks, a MiB", " " * (MiB - 100) + "x"
    same = ("".join(pair) for pair in itertools.product(("Aa", "BB", "C#"), repeat=9))
    yield "keys that collide", "{" + ",".join(f'"{key}":1' for key in same) + ',"Frequency":"X"'
    yield "100,000 keys", "{" + ",".join(f'"{n}":1' for n in range(80_000)) + ',"Frequency":"X"'
    yield "one key 100,000 times", "{" + ",".join(['"a":1'] * 100_000) + ',"Frequency":"X"'
    yield "20 MB", '{"a":"' + "x" * (20 * 10**6) + '"}'


def other_bombs() -> Iterator[Bomb]:
    yield Bomb("a form of a million fields", FORM, b"&".join(b"f%d=1" % n for n in range(1_000_000)))
    yield Bomb("a form of a MiB of empty fields", FORM, b"&" * (MiB - 100))
    yield Bomb("a form of a MiB of one-letter fields", FORM, b"a=&" * 300_000)
    yield Bomb("a form with a MiB of percents", FORM, b"a=" + b"%" * (MiB - 100))
    yield Bomb("a form with a MiB of percent-encoded bytes", FORM, b"a=" + b"%C3" * 300_000)
    packed = gzip.compress(b" " * (50 * MiB))
    for content_type in (JSON, XML, FORM):
        yield Bomb(f"50 MiB in gzip, {content_type}", content_type, packed, coding="gzip")
    for mark in (b"\xff\xfe", b"\x00\x00\xfe\xff", b"\xff\xfe\x00\x00", b"+/v8"):
        yield Bomb(f"half a MiB after the mark {mark.hex()}", JSON, mark + b"[\0" * 260_000)


def in_parameters(bomb: Bomb) -> Iterator[tuple[str, bytes]]:
    """The bomb inside the member Parameters, in each format: content type and body."""
    kind = bomb.content_type
    task = "B1B5A0A1-1234-4ABC-8DEF-0123456789AB"
    members = {"TaskID": task, "Frequency": "DAILY", "Parameters": bomb.inner, "ContentType": kind}
    yield JSON, json.dumps(members).encode()
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in members.items())
    yield XML, f"<{ROOT}>{inside}</{ROOT}>".encode()
    yield FORM, "&".join(f"{name}={quote_plus(value)}" for name, value in members.items()).encode()


def of_defusedxml(folder: Path) -> list[Bomb]:
    """The files that defusedxml tests itself with, from its source distribution; none if that can't be had."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*command, "--dest", str(folder), "defusedxml==0.7.1"], check=False, capture_output=True)
    for archive in folder.glob("defusedxml-*.tar.gz"):
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
    found = sorted(folder.glob("defusedxml-*/xmltestdata/*"))
    return [Bomb(f"defusedxml's {path.name}", XML, path.read_bytes()) for path in found]
