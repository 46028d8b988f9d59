"""nginx, with the file that an installation takes, in front of the service."""

import http.client
import json
import os
import socket
import ssl
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tasks_app.api.batch import LARGEST_BATCH
from tests.acceptance.conftest import empty_database
from tests.acceptance.service import PASSWORD, PATIENCE_S, Service, serving, wait_until
from tests.deploy.place import DEPLOY, program
from tests.postgresql import free_port

pytestmark = pytest.mark.acceptance

NAME = "tasks.example.org"
ANN = "ann@acme.example"
OF_ANN = {
    "Authorization": f"Basic {b64encode(f'{ANN}:{PASSWORD}'.encode()).decode()}",
    "Content-Type": "application/json",
}
TOKEN = "cuadc0-0123456789abcdef0123456789abcdef"
THREADS = 8  # of the web server


@dataclass(frozen=True)
class Proxy:
    folder: Path
    port: int
    service: Service

    def asked(self, path: str, body: bytes | None = None, *, host: str = NAME, **headers: str) -> tuple[int, bytes]:
        """As a browser does that takes any certificate. Raises OSError where nginx hangs up."""
        with self.connected(host) as secure:
            connection = http.client.HTTPConnection(host)
            connection.sock = secure
            connection.request("GET" if body is None else "POST", path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()

    def connected(self, host: str = NAME) -> ssl.SSLSocket:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)
        return context.wrap_socket(plain, server_hostname=host)

    def log(self) -> str:
        return (self.folder / "access.log").read_text()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    nginx = program("nginx")
    folder = tmp_path_factory.mktemp("nginx")
    more = {"HTTPS": "true", "TRUSTED_PROXY_COUNT": "1", "ALLOWED_HOSTS": f"{NAME},127.0.0.1"}
    with empty_database("proxy", folder) as url, serving(url, **more) as service:
        found = Proxy(folder, free_port(), service)
        write_configuration(found)
        command = [nginx, "-p", str(folder), "-c", "main.conf"]
        subprocess.run([*command, "-t", "-q"], check=True)
        process = subprocess.Popen([*command, "-g", "daemon off;"])
        try:
            wait_until(lambda: is_up(found))
            yield found
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def write_configuration(proxy: Proxy) -> None:
    """The file itself, with this test's ports and folders in the place of an installation's."""
    folder = proxy.folder
    text = (DEPLOY / "nginx.conf").read_text()
    text = "\n".join(line for line in text.splitlines() if "[::]" not in line)
    for old, new in {
        "listen 443": f"listen 127.0.0.1:{proxy.port}",
        "listen 80": f"listen 127.0.0.1:{free_port()}",
        "/etc/nginx/account-tasks": str(folder),
        "/var/cache/nginx": str(folder),
        "/var/log/nginx": str(folder),
    }.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "site.conf").write_text(text)
    (folder / "upstream.conf").write_text(f"server 127.0.0.1:{proxy.service.port};")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "\n".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    user = "user root root;" if os.geteuid() == 0 else ""  # nobody else gets into the folder
    main = f"{user} pid {folder / 'pid'}; error_log {folder / 'error.log'}; worker_processes 1; events {{}}\n"
    (folder / "main.conf").write_text(f"{main} http {{\n{folders}\ninclude site.conf;\n}}")
    write_certificate(folder)


def write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    form, secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "privkey.pem").write_bytes(key.private_bytes(pem, form, secret))


def is_up(proxy: Proxy) -> bool:
    try:
        return proxy.asked("/help")[0] > 0
    except OSError:
        return False


@pytest.fixture(scope="module")
def ann(proxy: Proxy) -> dict[str, str]:
    facts: dict[str, str] = proxy.service.json_of(
        "create_account", "--name", "Acme", "--email", ANN, "--password", PASSWORD
    )
    return facts


def test_the_service_hears_the_address_that_the_proxy_has_seen(proxy: Proxy, ann: dict[str, str]) -> None:
    body = json.dumps({"Name": "Integration", "Secret": PASSWORD, "UserID": ann["UserID"]}).encode()
    pretended = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http"}

    status, answer = proxy.asked("/api/v2/admin/clients", body, **OF_ANN, **pretended)

    assert status == 201, answer
    entries = "from clients_app.models import AuditEntry; print(AuditEntry.objects.latest('id').address)"
    assert proxy.service.command("shell", "--no-imports", "--command", entries).split() == ["127.0.0.1"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_what_machines_inside_ask_for_is_not_for_visitors(proxy: Proxy, path: str) -> None:
    status, answer = proxy.asked(path)

    assert status == 404
    assert b"nginx" in answer


def test_another_host_name_gets_no_answer(proxy: Proxy) -> None:
    with pytest.raises(OSError, match="unrecognized name"):
        proxy.asked("/sign-in", host="elsewhere.example.org")


def test_the_log_holds_no_link_of_a_letter(proxy: Proxy) -> None:
    path = f"/password/reset/01a222c0-00f1-75ec-8276-23337b5229fe/{TOKEN}"

    proxy.asked(f"{path}?next={TOKEN}", Referer=f"https://{NAME}{path}")

    wait_until(lambda: path.replace(TOKEN, "[hidden]") in proxy.log())
    assert TOKEN not in proxy.log()


def test_the_service_itself_refuses_what_is_too_large_for_it(proxy: Proxy, ann: dict[str, str]) -> None:
    status, answer = proxy.asked("/api/v2/admin/clients", b" " * (2**20 + 1), **OF_ANN)
    beyond_all, _ = proxy.asked("/api/v2/admin/tasks/account/batch", b" " * (LARGEST_BATCH + 1), **OF_ANN)

    assert status == 413
    assert json.loads(answer)["Error"]["ErrorCode"]
    assert beyond_all == 413


def test_slow_bodies_keep_no_thread_of_the_web_server(proxy: Proxy) -> None:
    slow = [proxy.connected() for _ in range(3 * THREADS)]
    head = f"POST /Token HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 100\r\n"
    for connection in slow:
        connection.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\ngrant".encode())

    began = time.monotonic()
    status, _ = proxy.asked("/sign-in")
    took = time.monotonic() - began
    for connection in slow:
        connection.close()

    assert status == 200
    assert took < 5  # nginx hangs up on them after 10
