"""Strict reading of JSON and XML."""

import pytest

from clients_app import documents


def nested(opening: str, closing: str, levels: int) -> str:
    return opening * levels + closing * levels


@pytest.mark.parametrize(
    "text", ["{}", " [1, -0.5e-3]\n", "null", '"x"', '{"a":1,"a":2}', nested("[", "]", 32), '"' + "[" * 99 + '"']
)
def test_json_that_is_read(text: str) -> None:
    documents.read_json(text)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "{", "[1,]", "{'a':1}", "// c\n1", "NaN", "[-Infinity]", "01", "+1", ".5", "1.", "True", "\ufeff1",
        '"\t"', '"\\x"', '"\\u12G4"', "{} {}", "1\u2028", "\u00a01", "[{]}", nested("[", "]", 33),
        nested('{"a":[', "]}", 17), "[" * 100_000,
    ],
)  # fmt: skip
def test_json_that_is_refused(text: str) -> None:
    with pytest.raises(documents.Malformed):
        documents.read_json(text)


def test_of_repeated_names_the_last_counts() -> None:
    assert documents.read_json('{"a":1,"a":2}') == {"a": 2}


def test_malformed_json_is_told_by_line_and_column() -> None:
    with pytest.raises(documents.Malformed, match=r"^is not well-formed JSON: line 2 column 5$"):
        documents.read_json('{\n"a":x}')


@pytest.mark.parametrize(
    "text",
    [
        "<a/>", " <a/>\n", '<?xml version="1.0"?><a/>', "<!-- c --><a/><?p?>", "<p:a xmlns:p='u'/>",
        "<a><![CDATA[<>]]>&lt;&#13;&#x1F600;</a>", "<a>" * 32 + "</a>" * 32, "<a>" + "<b/>" * 1000 + "</a>",
        '<?xml version="1.0" encoding="iso-8859-1"?><a>\u20ac</a>',
    ],
)  # fmt: skip
def test_xml_that_is_read(text: str) -> None:
    documents.read_xml(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "<a>", "<a/><b/>", "<a/>x", "<a></b>", "<a b=1/>", "<a b='1' b='2'/>", "<a>&</a>", "<a>&nbsp;</a>",
        "<p:a/>", "<a p:b='1'/>", "<a>&#1;</a>", "<a>\x01</a>", "<a>\ufffe</a>", "<a>\ud83d</a>", "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/'><a/>", "<?p?><a/>",
        '<?xml version="1.1"?><a/>', ' <?xml version="1.0"?><a/>', "<a>" * 33 + "</a>" * 33, "<a>" * 100_000,
        "<!-- a -- b --><a/>", "\ufeff<a/>",
    ],
)  # fmt: skip
def test_xml_that_is_refused(text: str) -> None:
    with pytest.raises(documents.Malformed):
        documents.read_xml(text)


@pytest.mark.parametrize(("declared", "is_read"), [("utf-8", True), ("UTF-8", True), ("utf-16", False), ("x", False)])
def test_a_declared_encoding_must_be_the_one_that_is_asked_for(declared: str, is_read: bool) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?><a/>'

    if is_read:
        documents.read_xml(text, encoding="utf-8")
    else:
        with pytest.raises(documents.Malformed):
            documents.read_xml(text, encoding="utf-8")


def test_only_an_element_with_text_alone_is_plain() -> None:
    assert documents.is_plain(documents.read_xml("<a>x<![CDATA[y]]></a>"))
    for markup in ("<b/>", "<!-- c -->", "<?p?>"):
        assert not documents.is_plain(documents.read_xml(f"<a>x{markup}</a>"))
