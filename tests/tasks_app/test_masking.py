"""Parameters as the pages show them: secrets are left out, all else is there."""

import json
import time
from typing import Any

import pytest

from tasks_app import masking
from tests import naughty

SECRET = "Zq7-hunter2"
M = masking.MASK


@pytest.mark.parametrize(
    "name",
    [
        "Authorization", "PROXY-AUTHORIZATION", "token", "AccessToken", "access_token", "X-Auth", "x-auth-token",
        "secret", "ClientSecret", "Password", "passwd", "Passphrase", "api-key", "X-API-Key", "apiKey", "API_KEY",
        "Cookie", "Set-Cookie", "privateKey", "awsSecretAccessKey", "credentials", "PIN", "jwt", "sessionId", "pwd",
    ],
)  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    assert masking.is_secret(name)


@pytest.mark.parametrize(
    "name", ["Author", "Url", "Key", "Name", "Subject", "To", "Days", "Pinned", "Spinner", "Body", "Content-Type", ""]
)
def test_names_of_what_is_no_secret(name: str) -> None:
    assert not masking.is_secret(name)


SECRETS = [
    f'{{"Headers": {{"Authorization": "Bearer {SECRET}"}}}}',
    f'{{"Headers": {{"\\u0041uthorization": "{SECRET}"}}}}',
    f'{{"a": [{{"password": {{"deep": ["{SECRET}"]}}}}]}}',
    f'{{"token": "{SECRET}", "token": "{SECRET}"}}',
    f'{{"Headers": [{{"Name": "X-Api-Key", "Value": "{SECRET}"}}]}}',
    f'{{"Headers": [{{"Value": "{SECRET}", "Name": "Cookie"}}]}}',
    f'{{"Url": "https://ann:{SECRET}@example.org/"}}',
    f'{{"Url": "https://example.org/?a=1&api%5Fkey={SECRET}"}}',
    f'{{"Url": "https://example.org/#access_token={SECRET}"}}',
    f'{{"Body": "user=ann&password={SECRET}"}}',
    f'{{"Body": "X-Api-Key: {SECRET}\\nAccept: */*"}}',
    f'{{"Note": "send Bearer {SECRET}"}}',
    json.dumps({"Body": json.dumps({"a": json.dumps({"client_secret": SECRET})})}),
    json.dumps({"Body": f"<a><Token>{SECRET}</Token></a>"}),
    f"<Parameters><Headers><Authorization>{SECRET}</Authorization></Headers></Parameters>",
    f'<P xmlns="urn:x" xmlns:y="urn:y"><y:Password>{SECRET}</y:Password></P>',
    f"<P><Token>a<!-- x -->{SECRET}</Token></P>",
    f"<P><Credentials><a>{SECRET}</a></Credentials></P>",
    f'<P><Header name="Authorization">{SECRET}</Header></P>',
    f'<P><Header name="Authorization" value="{SECRET}"/></P>',
    f'<P token="{SECRET}"/>',
    f"<P><Header><Name>Cookie</Name><Value>{SECRET}</Value></Header></P>",
    f"<P><Url>https://example.org/?token={SECRET}</Url></P>",
    f"<P><!-- {SECRET} --><Days>7</Days></P>",
    f'<P><Body>{{"password": "{SECRET}"}}</Body></P>',
    f'{{"password": "{SECRET}"',
    f"<P><Password>{SECRET}</P>",
    f"password={SECRET}",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_not_shown(text: str) -> None:
    for shown in (masking.shown(text), masking.shown_in_a_line(text, 1_000), masking.without_secrets(text)):
        assert SECRET not in shown
        assert masking.MASK in shown or "<!--" in text


@pytest.mark.parametrize(
    "text",
    [
        '{ "Url":"https://example.org/?q=1",\n"n": 1.50, "To": "ann@x.example"}',
        "<P>\n<To> ann </To></P>",
        "{}",
        ' ["Ünïcödé \U0001f600"]',
    ],
)
def test_what_can_be_no_secret_stays_as_it_was_written(text: str) -> None:
    assert masking.without_secrets(text) == text


def test_whatever_is_masked_is_not_taken_for_harmless() -> None:
    for name in [*masking._PARTS, *masking._WORDS, "X-API-Key", "p_a_s_s_w_o_r_d", "Se\u212acret"]:
        for text in (f'{{"{name}": "{SECRET}"}}', f"<P><{name}>{SECRET}</{name}></P>", f'"/?{name}={SECRET}"'):
            masked = masking.shown(text)
            assert masking.without_secrets(text) == (masked if masking.MASK in masked else text), text


def test_all_else_is_shown_as_it_was_written() -> None:
    text = (
        '{"Url": "https://example.org/?q=1&page=2", "Headers": {"Cookie": "a", "Accept": "*/*"}, "n": 1.50e3,'
        ' "big": 123456789012345678901234567890, "list": [true, null, "\\"\\n\\u0001é"], "none": {}, "n": [],'
        ' "t": "[x"}'
    )

    assert masking.shown(text).splitlines() == [
        "{",
        '  "Url": "https://example.org/?q=1&page=2",',
        '  "Headers": {',
        f'    "Cookie": "{M}",',
        '    "Accept": "*/*"',
        "  },",
        '  "n": 1.50e3,',
        '  "big": 123456789012345678901234567890,',
        '  "list": [',
        "    true,",
        "    null,",
        '    "\\"\\n\\u0001é"',
        "  ],",
        '  "none": {},',
        '  "n": [],',
        '  "t": "[x"',
        "}",
    ]


def test_xml_is_shown_an_element_on_a_line() -> None:
    text = '<Parameters a="&quot;b"><To>ann@x.example</To><To>&lt;b&gt;</To><Token>t</Token><Empty/></Parameters>'

    assert masking.shown(text).splitlines() == [
        "<Parameters a='\"b'>",
        "  <To>ann@x.example</To>",
        "  <To>&lt;b&gt;</To>",
        f"  <Token>{M}</Token>",
        "  <Empty/>",
        "</Parameters>",
    ]


def test_a_line_of_a_list() -> None:
    text = '{"To": ["ann@x.example"], "Password": "x"}'

    assert masking.shown_in_a_line(text, 80) == f'{{ "To": [ "ann@x.example" ], "Password": "{M}" }}'
    assert masking.shown_in_a_line(text, 10) == '{ "To": [ …'
    assert masking.shown_in_a_line(f'["{"x" * 30_000}"]', 80) == "30,004 characters"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([1] * 300_000),
        json.dumps({"Body": "a=" * 400_000}),
        json.dumps({"Body": "x" * 900_000}),
        json.dumps({"Body": "://a:" * 200_000}),
        json.dumps({"Body": "basic " * 150_000}),
        json.dumps({"Body": "[" * 900_000}),
        "<a>" + "<b>1</b>" * 100_000 + "</a>",
        json.dumps({"x" * 900_000: 1}),
    ],
    ids=lambda text: text[:12],
)
def test_the_largest_document_takes_no_time(text: str) -> None:
    began_at = time.monotonic()

    shown = masking.shown(text)

    assert time.monotonic() - began_at < 5
    assert len(shown) <= masking.LONGEST + 1


def test_any_text_is_shown() -> None:
    def nested(value: Any) -> list[str]:
        return [json.dumps({"a": value}), json.dumps(value), str(value)]

    for string in naughty.strings():
        for text in nested(string):
            assert isinstance(masking.shown(text), str)
    assert masking.shown('"\\ud800"') == '"\\ud800"'


@pytest.mark.parametrize(
    "text",
    [
        r'{"to\u006ben": "hunter2"}',
        '<h name="to&#107;en" value="hunter2"/>',
        '{"Body": "to%6ben=hunter2"}',
        '{"Url": "https://ann:hunter2@a.example/"}',
        "<a><!-- hunter2 --></a>",
        "<a><?x hunter2?></a>",
    ],
)
def test_a_first_look_passes_over_no_way_to_spell_things_otherwise(text: str) -> None:
    assert "hunter2" not in masking.without_secrets(text)
