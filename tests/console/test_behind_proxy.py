"""The proxies of docs/deployment/, started where they are installed: what they carry, what they keep inside."""

import asyncio
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.architecture.test_deployment import INSIDE_ONLY, public_paths
from tests.console.conftest import PASSWORD, Browser, Clinic
from tests.console.test_import_pages import HEADER, upload, workbook
from tests.ports import free_port
from tests.scenarios.conftest import serve
from wxbot.actors import COMMAND_LINE
from wxbot.staff.permissions import Role

FILES = Path(__file__).resolve().parents[2] / "docs/deployment"
SITE = "clinic.example.cn"
PATIENCE = 60.0  # seconds a proxy may take to start on a busy machine


@dataclass(frozen=True)
class Proxy:
    """A running proxy with TLS: its port, the certificate it shows, and the file it logs to."""

    port: int
    certificate: Path
    log: Path

    @property
    def url(self) -> str:
        return f"https://{SITE}:{self.port}"

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiohttp.ClientSession]:
        """A client that finds the clinic's name here and trusts its certificate."""
        trusted = ssl.create_default_context(cafile=str(self.certificate))
        connector = aiohttp.TCPConnector(ssl=trusted, resolver=_Here())
        async with aiohttp.ClientSession(connector=connector) as session:
            yield session


class _Here(aiohttp.abc.AbstractResolver):
    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[aiohttp.abc.ResolveResult]:
        assert family in {socket.AF_INET, socket.AF_UNSPEC}
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        """Nothing to close."""


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for the clinic's name, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SITE)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(SITE)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "site.pem", folder / "site.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *private))
    return paths


@contextmanager
def nginx(folder: Path, upstream: str) -> Iterator[Proxy]:
    """The nginx example with other ports, files and names of files."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    crt, key = certificate(folder)
    port, log = free_port(), folder / "access.log"
    text = (FILES / "nginx.conf").read_text()
    for old, new in (
        ("    listen 80;\n    listen [::]:80;\n", f"    listen 127.0.0.1:{free_port()};\n"),
        ("    listen 443 ssl http2;\n    listen [::]:443 ssl http2;\n", f"    listen 127.0.0.1:{port} ssl http2;\n"),
        ("server 127.0.0.1:8080 ", f"server {upstream.removeprefix('http://')} "),
        ("/etc/ssl/clinic.example.cn.pem", str(crt)),
        ("/etc/ssl/private/clinic.example.cn.key", str(key)),
        ("/var/log/nginx/wxbot.access.log", str(log)),
        ("/var/log/nginx/wxbot.error.log", str(folder / "error.log")),
        ("client_header_timeout 10s", "client_header_timeout 1s"),
        ("client_body_timeout 10s", "client_body_timeout 1s"),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "wxbot.conf").write_text(text)
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = "".join(
        f"{name}_temp_path {folder / name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; worker_processes 1; pid {folder / 'pid'}; error_log {folder / 'start.log'};"
        f"events {{}} http {{ {temporary} include {folder / 'wxbot.conf'}; }}"
    )
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "start.log")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)  # noqa: S603
    assert (checked.returncode, "[warn]" in checked.stderr) == (0, False), checked.stderr
    with running(command, {}):
        yield Proxy(port, crt, log)


@contextmanager
def caddy(folder: Path, upstream: str) -> Iterator[Proxy]:
    """The Caddy example with another port and a certificate of its own."""
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("caddy is not installed")
    crt, key = certificate(folder)
    port, log = free_port(), folder / "access.log"
    text = (FILES / "Caddyfile").read_text()
    site = "{$SITE:clinic.example.cn} {\n"
    assert text.count(site) == 1
    text = text.replace(site, f"{site}\ttls {crt} {key}\n").replace("\tadmin off\n", "\tadmin off\n\tauto_https off\n")
    (folder / "Caddyfile").write_text(text)
    surroundings = {
        "SITE": f"https://{SITE}:{port}",
        "UPSTREAM": upstream.removeprefix("http://"),
        "LOG": str(log),
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    words = ["--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    checked = subprocess.run(  # noqa: S603
        [program, "validate", *words], capture_output=True, text=True, check=False, env={**os.environ, **surroundings}
    )
    assert checked.returncode == 0, checked.stderr
    with running([program, "run", *words], surroundings):
        yield Proxy(port, crt, log)


@contextmanager
def running(command: list[str], surroundings: dict[str, str]) -> Iterator[None]:
    """A process while it is needed."""
    process = subprocess.Popen(  # noqa: S603 - a proxy that was found
        command,
        env={**os.environ, **surroundings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=30)


async def listening(proxy: Proxy) -> None:
    """Wait until it answers."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                async with proxy.session() as session, session.get(f"{proxy.url}/nothing"):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)


@asynccontextmanager
async def echo() -> AsyncIterator[str]:
    """In place of the service: says what reached it."""

    async def say(request: web.Request) -> web.Response:
        size = len(await request.read())
        return web.json_response({"headers": dict(request.headers), "size": size}, status=299, headers=SAID)

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{anything:.*}", say)
    async with serve(app) as url:
        yield url


Kind = Callable[[Path, str], AbstractContextManager[Proxy]]
SAID = {"Server": "x/1.2.3", "Strict-Transport-Security": "max-age=1"}
KINDS = pytest.mark.parametrize("kind", [nginx, caddy], ids=["nginx", "caddy"])


@KINDS
async def test_the_proxy_carries_every_public_path_and_keeps_the_others_inside(kind: Kind, tmp_path: Path) -> None:
    async with echo() as upstream:
        with kind(tmp_path, upstream) as proxy:
            await listening(proxy)
            async with proxy.session() as session:

                async def status(path: str) -> int:
                    async with session.get(proxy.url + path, allow_redirects=False) as answer:
                        assert answer.headers.getall("Strict-Transport-Security") == ["max-age=31536000"]
                        assert re.search(r"\d", answer.headers.get("Server", "")) is None
                        return int(answer.status)

                assert {path: await status(path) for path in public_paths()} == dict.fromkeys(public_paths(), 299)
                others = {
                    *INSIDE_ONLY,
                    "/.env",
                    "/console/../metrics",
                    "/wechat",
                    "/wechat/callback/x",
                    "/consolex",
                }
                assert {path: await status(path) for path in others} == dict.fromkeys(others, 404)


@KINDS
async def test_what_a_caller_claims_about_themselves_does_not_reach_the_service(kind: Kind, tmp_path: Path) -> None:
    claims = {
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "elsewhere.example",
        "X-Real-IP": "203.0.113.7",
        "Forwarded": "for=203.0.113.7",
    }
    async with echo() as upstream:
        with kind(tmp_path, upstream) as proxy:
            await listening(proxy)
            async with (
                proxy.session() as session,
                session.get(f"{proxy.url}/console/?q=林小满&signature=s3cret", headers=claims) as answer,
            ):
                headers = (await answer.json(content_type=None))["headers"]
            found = {name: value for name, value in headers.items() if name.lower().startswith(("x-", "forwarded"))}
            assert "203.0.113.7" not in json.dumps(found)
            assert "elsewhere" not in json.dumps(found)
            assert (found["X-Forwarded-For"], found["X-Forwarded-Proto"]) == ("127.0.0.1", "https")
            assert headers["Host"].partition(":")[0] == SITE

            async def logged() -> str:
                async with asyncio.timeout(PATIENCE):
                    while "/console/" not in (text := proxy.log.read_text() if proxy.log.exists() else ""):
                        await asyncio.sleep(0.05)
                return text

            log = await logged()
            assert [word for word in ("s3cret", "signature", "%E6", "林小满", "?") if word in log] == []


@KINDS
async def test_a_body_larger_than_the_service_takes_is_refused_by_the_proxy(kind: Kind, tmp_path: Path) -> None:
    async with echo() as upstream:
        with kind(tmp_path, upstream) as proxy:
            await listening(proxy)
            async with proxy.session() as session:

                async def status(path: str, size: int) -> int:
                    try:
                        async with session.post(proxy.url + path, data=BytesIO(b"x" * size)) as answer:
                            return int(answer.status)
                    except aiohttp.ClientOSError:
                        return 413  # closed while we were still sending

                assert await status("/wechat/callback", 60_000) == 299
                assert await status("/wechat/callback", 70_000) in {413, 502}
                assert await status("/console/patients/new", 900_000) == 299
                assert await status("/console/patients/new", 1_200_000) in {413, 502}
                assert await status("/console/patients/imports", 20 * 1024 * 1024 + 1000) == 299
                assert await status("/console/patients/imports", 23_000_000) in {413, 502}


async def test_nginx_does_not_wait_for_who_sends_nothing(tmp_path: Path) -> None:
    async with echo() as upstream:
        with nginx(tmp_path, upstream) as proxy:
            await listening(proxy)
            trusted = ssl.create_default_context(cafile=str(proxy.certificate))
            beginnings = (
                b"GET /console/ HTTP/1.1\r\nHost:",
                b"POST /wechat/callback HTTP/1.1\r\nHost: c\r\nContent-Length: 9\r\n\r\nx",
            )
            for beginning in beginnings:
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", proxy.port, ssl=trusted, server_hostname=SITE
                )
                writer.write(beginning)
                try:
                    async with asyncio.timeout(PATIENCE):
                        answer = await reader.read()
                except ConnectionResetError:  # as `reset_timedout_connection` says
                    answer = b""
                assert answer == b"" or b" 408 " in answer
                writer.close()


@KINDS
async def test_the_whole_service_works_behind_the_proxy(kind: Kind, clinic: Clinic, tmp_path: Path) -> None:
    """A push and its answer, signing in, the live page, an upload."""
    with kind(tmp_path, clinic.url) as proxy:
        await listening(proxy)
        await clinic.app.services.staff.create(
            by=COMMAND_LINE, login="boss", name="周院长", role=Role.ADMIN, now=clinic.now, password=PASSWORD
        )
        async with proxy.session() as session:
            browser = Browser(session, proxy.url)
            await browser.get("/console/sign-in")
            page = await browser.post("/console/sign-in", {"login": "boss", "password": PASSWORD})
            assert page.path == "/console/", page.text

            for address in ("/console/live", "/console/desk/events"):
                async with asyncio.timeout(PATIENCE), session.get(proxy.url + address) as stream:
                    assert stream.status == 200
                    lines = [await stream.content.readline() for _ in range(4)]
                    assert any(line.startswith((b"event:", b"data:", b":", b"id:")) for line in lines)

            uploaded = await upload(browser, workbook(HEADER, *([f"患者{n}", "", "x" * 200] for n in range(5000))))
            assert uploaded.path.startswith("/console/patients/imports/")
            assert uploaded.shows("患者")

            assert (await browser.get("/console/static/console.css")).status == 200
            assert (await browser.get("/readyz")).status == 404

        async def forward(request: web.Request) -> web.Response:
            body = await request.read()
            async with (
                proxy.session() as pushing,
                pushing.post(f"{proxy.url}{request.rel_url}", data=body) as answer,
            ):
                return web.Response(status=answer.status, body=await answer.read())

        # the simulated platform knows nothing of certificates: it posts to a neighbour that does
        neighbour = web.Application()
        neighbour.router.add_post("/wechat/callback", forward)
        async with serve(neighbour) as url:
            clinic.platform.account.callback_url = f"{url}/wechat/callback"
            openid = await clinic.person()
            assert await clinic.say(openid, "你好")
