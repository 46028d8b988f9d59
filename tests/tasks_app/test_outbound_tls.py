"""Connections to the outside with TLS."""

import datetime as dt
import socket
import ssl
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_django import Settings

from tasks_app import outbound
from tasks_app.outbound import Unreachable
from tests.tasks_app.servers import OK, resolver, send, server, silence


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of example.org and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "example.org")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("example.org")]), critical=False)
    signed = builder.sign(key, hashes.SHA256())
    file = tmp_path_factory.mktemp("tls") / "certificate.pem"
    private = serialization.PrivateFormat.PKCS8
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
    )
    return file


@pytest.fixture
def secured(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """What the server uses; every name is at 127.0.0.1, and the certificate's own authority is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    outbound.tls.cache_clear()
    monkeypatch.setattr(socket, "getaddrinfo", resolver(["127.0.0.1"])[0])
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    yield serving
    outbound.tls.cache_clear()


def test_tls_by_name_though_the_connection_goes_to_an_address(secured: ssl.SSLContext) -> None:
    with server(OK, context=secured) as (port, _):
        assert send(f"https://example.org:{port}/").body == b"ok"


def test_a_certificate_of_another_name_is_not_trusted(secured: ssl.SSLContext) -> None:
    with server(OK, context=secured) as (port, requests), pytest.raises(Unreachable, match="certificate"):
        send(f"https://other.example:{port}/")

    assert requests == []


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    secured: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    outbound.tls.cache_clear()
    with server(OK, context=secured) as (port, _), pytest.raises(Unreachable, match="certificate"):
        send(f"https://example.org:{port}/")


def test_a_handshake_that_never_comes_counts_too(secured: ssl.SSLContext) -> None:
    with server(silence) as (port, _), pytest.raises(Unreachable, match="in time"):
        send(f"https://example.org:{port}/", patience=0.5)
