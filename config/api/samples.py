"""Samples of bodies and answers in each format, and lines that make a call: from the `sample` of each shape."""

import json
import textwrap
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from config.api import envelope, media_types, operations, xml
from config.api.endpoints import Endpoint
from config.api.renderers import to_xml

HOST = "http://127.0.0.1:8000"
TOKEN = "act_…"  # noqa: S105 (a sample)
USER = "019be59e-0b7f-7d93-a2c5-18e4f6037bd9"


def body(shape: Any, media_type: str) -> str:
    """The sample of a request."""
    if media_type in media_types.JSON:
        return json.dumps(shape.sample, indent=2, ensure_ascii=False)
    if media_type in media_types.XML:
        inner = xml.write(operations.wire_name(shape), shape.sample, items=operations.items(shape))
        return _indented(inner)
    return urlencode(shape.sample)


def detail(operation: Any) -> Any:
    """The Detail of an answer."""
    if operation.answer is None:
        return {}
    sample = operation.answer.sample | operation.sample
    return [sample] if operation.is_list else sample


def answer(operation: Any, media_type: str) -> str:
    document = envelope.success(detail(operation), USER)
    if media_type in media_types.JSON:
        return json.dumps(document, indent=2, ensure_ascii=False)
    return _indented(to_xml(envelope.in_xml_order(document), operation), keeps_namespaces=True)


def path(endpoint: Endpoint) -> str:
    """With sample values in the place of its parameters, and a sample of its query."""
    address = endpoint.path.format(**getattr(endpoint.view, "sample_path", {}))
    return f"{address}?{urlencode(endpoint.operation.query.sample)}" if endpoint.operation.query else address


def lines(endpoint: Endpoint) -> dict[str, str]:
    """A call as lines of code, by language."""
    url, shape = HOST + path(endpoint), endpoint.operation.request
    sent = json.dumps(shape.sample, indent=2, ensure_ascii=False) if shape else ""
    return {
        "curl": _curl(endpoint.method, url, sent),
        "Python": _python(endpoint.method, url, sent),
        "C#": _csharp(endpoint.method, url, sent),
        "JavaScript": _javascript(endpoint.method, url, sent),
    }


def _curl(method: str, url: str, sent: str) -> str:
    made = f"curl -X {method} '{url}' \\\n  -H 'Authorization: Bearer {TOKEN}'"
    if sent:
        quoted = sent.replace("'", "'\\''")
        made += f" \\\n  -H 'Content-Type: application/json' \\\n  -d '{quoted}'"
    return made


def _python(method: str, url: str, sent: str) -> str:
    made = f'import requests\n\nresponse = requests.request(\n    "{method}",\n    "{url}",\n'
    made += f'    headers={{"Authorization": "Bearer {TOKEN}"}},\n'
    if sent:
        value = json.loads(sent)
        made += f"    json={_python_literal(value)},\n"
    return made + "    timeout=30,\n)\nresponse.raise_for_status()\nprint(response.json())"


def _python_literal(value: Any) -> str:
    text = json.dumps(value, indent=4, ensure_ascii=False)
    for word, name in (("true", "True"), ("false", "False"), ("null", "None")):
        text = text.replace(f": {word}", f": {name}")
    return textwrap.indent(text, "    ").lstrip()


def _csharp(method: str, url: str, sent: str) -> str:
    made = (
        "using var http = new HttpClient();\n"
        f'var request = new HttpRequestMessage(new HttpMethod("{method}"), "{url}");\n'
        f'request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "{TOKEN}");\n'
    )
    if sent:
        literal = sent.replace('"', '""')
        made += f'request.Content = new StringContent(@"{literal}", Encoding.UTF8, "application/json");\n'
    return made + (
        "var response = await http.SendAsync(request);\nConsole.WriteLine(await response.Content.ReadAsStringAsync());"
    )


def _javascript(method: str, url: str, sent: str) -> str:
    headers = f'    "Authorization": "Bearer {TOKEN}",\n'
    tail = ""
    if sent:
        headers += '    "Content-Type": "application/json",\n'
        tail = f"  body: JSON.stringify({textwrap.indent(sent, '  ').lstrip()}),\n"
    return (
        f'const response = await fetch("{url}", {{\n  method: "{method}",\n  headers: {{\n{headers}  }},\n{tail}}});\n'
        "console.log(await response.json());"
    )


def _indented(text: str, *, keeps_namespaces: bool = False) -> str:
    """The XML with line breaks, as people read it."""
    for prefix, uri in (("xsd", xml.XSD), ("xsi", xml.XSI)):
        ElementTree.register_namespace(prefix, uri)
    root = ElementTree.fromstring(text)  # noqa: S314 (our own)
    ElementTree.indent(root)
    shown = ElementTree.tostring(root, encoding="unicode")
    if keeps_namespaces:
        opened = text[: text.index(">") + 1]
        shown = opened + shown[shown.index(">") + 1 :]
    return shown
