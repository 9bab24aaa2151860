"""Real servers and clients, captured live and recognised: each protocol as programs speak it
today. A server that is not installed skips its test."""

from __future__ import annotations

import os
import shutil
import smtplib
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.namespaces import (
    DEADLINE_S,
    PEER,
    Network,
    Record,
    Sensor,
    may_make_namespaces,
    sensors,
    until,
)


@pytest.fixture(scope="module", autouse=True)
def _possible() -> None:
    if not may_make_namespaces():
        pytest.skip("needs root and the right to make network namespaces")


@pytest.fixture
def network() -> Iterator[Network]:
    with Network(f"ws{os.getpid()}") as made:
        made.connect()
        for namespace in (made.near, made.far):
            subprocess.run(["ip", "-n", namespace, "link", "set", "lo", "up"], check=True)
        yield made


@pytest.fixture
def sensor(network: Network, tmp_path: Path) -> Iterator[Sensor]:
    with sensors(network, tmp_path) as start:
        yield start()


Serve = Callable[..., None]


@pytest.fixture
def serve(network: Network, tmp_path: Path) -> Iterator[Serve]:
    """Starts a server on the far end, and returns once its port answers."""
    with servers(network, tmp_path) as start:
        yield start


@contextmanager
def servers(network: Network, folder: Path) -> Iterator[Serve]:
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: object, port: int) -> None:
        said = folder / f"server-{port}.txt"
        with said.open("wb") as stream:
            process = subprocess.Popen(
                ["ip", "netns", "exec", network.far, *map(str, words)],
                stdout=stream,
                stderr=stream,
                stdin=subprocess.DEVNULL,
                # Some end by ending their process group.
                start_new_session=True,
                cwd=folder,
            )
        started.append(process)

        def answers() -> bool:
            assert process.poll() is None, said.read_text()
            with network.tcp(network.far) as client:
                return client.connect_ex((PEER, port)) == 0

        until(f"port {port} to answer", answers)

    try:
        yield start
    finally:
        for process in started:
            process.terminate()
        for process in started:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def needs(*programs: str) -> None:
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")


def on_near(network: Network, *words: object, text: bool = True) -> str:
    """Runs a client next to the sensor, and gives what it said."""
    done = subprocess.run(
        ["ip", "netns", "exec", network.near, *map(str, words)],
        capture_output=True,
        text=text,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


def event(kind: str, holds: Callable[[Record], object]) -> Callable[[Record], object]:
    """Whether a record is of this kind and the protocol's own part fulfils something."""
    return lambda one: one["event_type"] == kind and holds(one.get(kind, {}))


def flow_of(protocol: str) -> Callable[[Record], object]:
    """Whether a record is of a flow that speaks this."""
    return lambda one: one["event_type"] == "flow" and one.get("app_proto") == protocol


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    needs("openssl")
    key, crt = tmp_path / "key.pem", tmp_path / "crt.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3",
         "-subj", "/CN=www.example.com", "-keyout", str(key), "-out", str(crt)],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, crt


def nginx(folder: Path, listen: str, *more: str) -> tuple[object, ...]:
    root = folder / "pages"
    root.mkdir()
    (root / "hello.txt").write_text("hello, world\n" * 100)
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    configuration = folder / "nginx.conf"
    lines = "\n".join(more)
    configuration.write_text(
        f"daemon off; user root; pid {folder}/nginx.pid; error_log stderr;\n"
        "events {}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;"
        f" fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;"
        f" gzip on; gzip_types text/plain; gzip_min_length 10;\n"
        f" server {{ listen {listen}; root {root};\n{lines}\n }} }}\n"
    )
    return ("nginx", "-c", configuration, "-p", folder)


def test_http_from_nginx(network: Network, sensor: Sensor, serve: Serve, tmp_path: Path) -> None:
    needs("nginx", "curl")
    serve(*nginx(tmp_path, f"{PEER}:80"), port=80)
    on_near(network, "curl", "-s", "--compressed", "-A", "tester/1", "-H", "Host: www.example.com",
            f"http://{PEER}/hello.txt")  # fmt: skip
    told = sensor.wait("the request", event("http", lambda http: http.get("url") == "/hello.txt"))
    assert told["http"]["hostname"] == "www.example.com"
    assert told["http"]["http_user_agent"] == "tester/1"
    assert told["http"]["status"] == 200
    file = sensor.wait("its body", event("fileinfo", lambda file: file.get("size") == 1300))
    assert file["fileinfo"]["filename"].endswith("hello.txt")
    assert file["fileinfo"]["mimetype"] == "text/plain"


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_tls_from_nginx(
    network: Network,
    sensor: Sensor,
    serve: Serve,
    certificate: tuple[Path, Path],
    tmp_path: Path,
    version: str,
) -> None:
    needs("nginx", "curl")
    key, crt = certificate
    serve(*nginx(tmp_path, f"{PEER}:443 ssl http2", f"ssl_certificate {crt};",
                 f"ssl_certificate_key {key}; ssl_protocols TLSv{version};"), port=443)  # fmt: skip
    on_near(network, "curl", "-sk", "--resolve", f"www.example.com:443:{PEER}",
            "https://www.example.com/hello.txt")  # fmt: skip
    told = sensor.wait("the handshake", event("tls", lambda tls: tls.get("sni")))
    assert told["tls"]["sni"] == "www.example.com"
    assert told["tls"]["version"] == f"TLS {version}"
    if version == "1.2":
        assert "www.example.com" in told["tls"]["subject"]


def test_http2_without_tls_from_nginx(
    network: Network, sensor: Sensor, serve: Serve, tmp_path: Path
) -> None:
    needs("nginx", "curl")
    serve(*nginx(tmp_path, f"{PEER}:80 http2"), port=80)
    on_near(network, "curl", "-s", "--http2-prior-knowledge", f"http://{PEER}/hello.txt")
    told = sensor.wait("the request", lambda one: one.get("http", {}).get("url") == "/hello.txt")
    assert told["http"]["status"] == 200
    assert told["app_proto"] == "http2"


def test_ssh_from_openssh(network: Network, sensor: Sensor, serve: Serve, tmp_path: Path) -> None:
    needs("sshd", "ssh", "ssh-keygen")
    host = tmp_path / "host_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", host], check=True)
    Path("/run/sshd").mkdir(exist_ok=True)
    sshd = shutil.which("sshd")
    serve(sshd, "-D", "-e", "-f", "/dev/null", "-h", host, "-p", 22,
          "-o", f"ListenAddress={PEER}", "-o", "PidFile=none", port=22)  # fmt: skip
    subprocess.run(
        ["ip", "netns", "exec", network.near, "ssh", "-o", "BatchMode=yes",
         "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", PEER, "true"],
        capture_output=True, timeout=DEADLINE_S, check=False,
    )  # fmt: skip
    told = sensor.wait("the greeting", event("ssh", lambda ssh: "server" in ssh))
    assert told["ssh"]["server"]["software_version"].startswith("OpenSSH")
    assert told["ssh"]["client"]["software_version"].startswith("OpenSSH")


def test_redis(network: Network, sensor: Sensor, serve: Serve) -> None:
    needs("redis-server", "redis-cli")
    serve("redis-server", "--bind", PEER, "--port", 6379, "--save", "", "--protected-mode", "no",
          port=6379)  # fmt: skip
    on_near(network, "redis-cli", "-h", PEER, "set", "colour", "green")
    flow = sensor.wait("the flow", flow_of("redis"))
    assert (flow["dest_ip"], flow["dest_port"]) == (PEER, 6379)


def test_postgresql(network: Network, sensor: Sensor, serve: Serve, tmp_path: Path) -> None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    needs("psql", "runuser")
    if not folders:
        pytest.skip("needs postgresql")
    programs, data = folders[-1].parent, tmp_path / "data"
    data.mkdir()
    for path in (tmp_path, *tmp_path.parents[:2]):
        path.chmod(0o755)
    shutil.chown(data, "postgres", "postgres")
    as_postgres = ("runuser", "-u", "postgres", "--")
    subprocess.run([*as_postgres, programs / "initdb", "-D", data, "-A", "trust"],
                   check=True, capture_output=True)  # fmt: skip
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write("host all all 192.0.2.0/24 trust\n")
    serve(*as_postgres, programs / "postgres", "-D", data, "-h", PEER, "-k", data, port=5432)
    on_near(network, "psql", "-h", PEER, "-U", "postgres", "-c", "select 42")
    flow = sensor.wait("the flow", flow_of("pgsql"))
    assert (flow["dest_ip"], flow["dest_port"]) == (PEER, 5432)


def test_dns_from_dnsmasq(network: Network, sensor: Sensor, serve: Serve) -> None:
    needs("dnsmasq", "dig")
    serve("dnsmasq", "-k", "-C", "/dev/null", "--no-resolv", "--no-hosts", "--port=53",
          f"--listen-address={PEER}", "--bind-interfaces", "--user=root", "--pid-file",
          "--address=/www.example.com/198.51.100.7", port=53)  # fmt: skip
    for words in ((), ("+tcp",)):
        said = on_near(network, "dig", *words, "+short", f"@{PEER}", "www.example.com")
        assert "198.51.100.7" in said
    answer = sensor.wait("the answer", event("dns", lambda dns: dns.get("type") == "response"))
    assert answer["dns"]["rcode"] == "NOERROR"
    assert answer["dns"]["answers"][0]["rdata"] == "198.51.100.7"
    sensor.wait(
        "the same over TCP", lambda one: one["event_type"] == "dns" and one["proto"] == "TCP"
    )


SMTP_SERVER = """
import socket, sys
server = socket.create_server((sys.argv[1], 25))
while True:
    peer, _ = server.accept()
    lines = peer.makefile("rwb")
    def say(text):
        try:
            lines.write(text + b"\\r\\n"); lines.flush()
        except OSError:
            pass
    say(b"220 mail.example.com ESMTP")
    in_data = False
    def all_lines():
        try:
            yield from lines
        except OSError:
            pass
    for line in all_lines():
        word = line.strip().upper()
        if in_data:
            in_data = word != b"."
            if not in_data: say(b"250 taken")
        elif word.startswith(b"EHLO"): say(b"250-mail.example.com"); say(b"250 8BITMIME")
        elif word == b"DATA": in_data = True; say(b"354 go on")
        elif word == b"QUIT": say(b"221 bye"); break
        else: say(b"250 ok")
    peer.close()
"""


def test_mail_with_an_attachment(network: Network, sensor: Sensor, serve: Serve) -> None:
    from email.message import EmailMessage

    serve(sys.executable, "-c", SMTP_SERVER, PEER, port=25)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.com", "b@example.org", "The report"
    mail.set_content("See the attachment.")
    mail.add_attachment(b"%PDF-1.4 " + bytes(2000), maintype="application", subtype="pdf",
                        filename="report.pdf")  # fmt: skip
    with network.inside(network.near):
        client = smtplib.SMTP(PEER, 25, timeout=DEADLINE_S)
    with client:
        client.send_message(mail)
    told = sensor.wait("the mail", event("smtp", lambda smtp: smtp.get("mail_from")))
    assert told["email"]["subject"] == "The report"
    assert told["email"]["attachment"] == ["report.pdf"]
    file = sensor.wait(
        "the attachment", event("fileinfo", lambda one: one["filename"] == "report.pdf")
    )
    assert file["fileinfo"]["size"] == 2009
    assert file["fileinfo"]["mimetype"] == "application/pdf"


def test_smb_from_samba(network: Network, sensor: Sensor, serve: Serve, tmp_path: Path) -> None:
    needs("smbd", "smbclient")
    share = tmp_path / "share"
    share.mkdir()
    (share / "plan.txt").write_text("the plan\n" * 50)
    for path in (share, tmp_path, *tmp_path.parents[:2]):
        path.chmod(0o755)
    configuration = tmp_path / "smb.conf"
    folders = "\n".join(
        f"{name} directory = {tmp_path}/{name}"
        for name in ("private", "lock", "state", "cache", "pid", "ncalrpc")
    )
    for name in ("private", "lock", "state", "cache", "pid", "ncalrpc"):
        (tmp_path / name).mkdir()
    configuration.write_text(
        f"[global]\ninterfaces = {PEER}\nbind interfaces only = yes\nmap to guest = bad user\n"
        f"smb ports = 445\ndisable spoolss = yes\nlog file = {tmp_path}/log\n{folders}\n"
        f"[files]\npath = {share}\nguest ok = yes\nforce user = root\n"
    )
    smbd = shutil.which("smbd")
    serve(smbd, "-F", "--no-process-group", "-s", configuration, port=445)
    on_near(network, "smbclient", "-N", "-s", "/dev/null", f"//{PEER}/files", "-c",
            f"get plan.txt {tmp_path}/copy.txt")  # fmt: skip
    told = sensor.wait("the share", event("smb", lambda smb: "share" in smb))
    assert told["smb"]["share"].endswith("files")
    file = sensor.wait("the file", event("fileinfo", lambda one: "plan.txt" in one["filename"]))
    assert file["fileinfo"]["size"] == 450


ECHO_SERVER = """
import socket, sys
server = socket.create_server((sys.argv[1], 7777))
while True:
    peer, _ = server.accept()
    try:
        peer.sendall(peer.recv(100))
    except OSError:
        pass
    peer.close()
"""


def test_a_conversation_nobody_knows(network: Network, sensor: Sensor, serve: Serve) -> None:
    """What is not recognised is told as such, not guessed."""
    serve(sys.executable, "-c", ECHO_SERVER, PEER, port=7777)
    with network.tcp(network.near) as client:
        client.connect((PEER, 7777))
        client.sendall(b"\x93\x01 nothing that anybody speaks \xff")
        assert client.recv(100)
        client.shutdown(socket.SHUT_RDWR)
    told = sensor.wait("the flow", lambda one: one.get("dest_port") == 7777)
    assert told["app_proto"] == "failed"
