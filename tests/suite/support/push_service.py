"""A push service and the browsers that subscribe at it, for the tests: RFC 8030, 8291 and 8292.

Usage: push_service.py [--tls FOLDER] [--now SECONDS]

It stands on another library than the gateway (Python's cryptography, so OpenSSL), and begins with
the example of RFC 8291. Everything is over plain HTTP on 127.0.0.1, on a port of its own choice:

  GET  /subscription/ID   what a browser gives of its subscription: {"endpoint", "keys": {"p256dh",
                          "auth"}}. Made when it is first asked for; with ?key=K it is bound to the
                          gateway's public key K, as browsers do
  POST /push/ID           the endpoint; with --tls it is at an https address of its own instead
  GET  /received/ID       what was taken: [{"text", "topic", "ttl", "urgency"}, ...]
  GET  /refused/ID        why others were not: ["aud is not ...", ...]
  POST /answer/ID         the body says what pushes are answered from now on: 201, 404, 410, 413,
                          429, 500, any other status, or hang; what is not 201 is not taken

With --tls, FOLDER gets an authority (ca.pem) and a certificate of it for localhost, but not for
127.0.0.1. --now stops the clock by which signatures expire. It serves until its input ends.

Prints one JSON object a line: first where it listens, then each push as it was answered.
"""

import argparse
import base64
import http.server
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse

try:
    from cryptography.exceptions import InvalidSignature, InvalidTag
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
except ImportError:
    # Debian's package belongs to Debian's own Python, which need not be the first on the path.
    if os.path.realpath(sys.executable) != os.path.realpath("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    sys.exit("cryptography is missing; install python3-cryptography")

CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
# Limits of RFC 8030 section 7.2 and RFC 8292 section 2.
BODY_BYTES_MAX = 4096
VALID_SECONDS_MAX = 24 * 60 * 60

TELLING = threading.Lock()


def tell(**event):
    with TELLING:
        print(json.dumps(event), flush=True)


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text):
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise Refused(400, "not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Refused(Exception):
    """A push that a service does not take: status and reason."""


class Browser:
    """A subscription of a browser."""

    def __init__(self, private=None, auth=None):
        self.private = private or ec.generate_private_key(ec.SECP256R1())
        self.auth = auth or os.urandom(16)
        form = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        self.public = self.private.public_key().public_bytes(*form)
        self.key = None
        self.answer = "201"
        self.received = []
        self.refused = []

    def read(self, body):
        """RFC 8291 section 3.4 and RFC 8188 section 2, for one record."""
        if not 86 < len(body) <= BODY_BYTES_MAX:
            raise Refused(413, f"a body of {len(body)} bytes")
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, record = body[21 : 21 + length], body[21 + length :]
        if len(record) > size:
            raise Refused(400, "more than one record")
        try:
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        except ValueError as error:
            raise Refused(400, "the key is no point") from error
        shared = self.private.exchange(ec.ECDH(), point)

        def derived(length, salt, secret, info):
            return HKDF(hashes.SHA256(), length, salt, info).derive(secret)

        info = b"WebPush: info\0" + self.public + theirs
        agreed = derived(32, self.auth, shared, info)
        key = derived(16, salt, agreed, b"Content-Encoding: aes128gcm\0")
        nonce = derived(12, salt, agreed, b"Content-Encoding: nonce\0")
        try:
            plain = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
        except InvalidTag as error:
            raise Refused(400, "not encrypted for this browser") from error
        if not plain.endswith(b"\2"):
            raise Refused(400, "the last record has no mark")
        return plain[:-1]


def check_the_example():
    """RFC 8291 section 5: a reader that misreads it would prove nothing."""
    secret = int.from_bytes(decoded("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big")
    private = ec.derive_private_key(secret, ec.SECP256R1())
    browser = Browser(private, decoded("BTBZMqHH6r4Tts7J_aSIgg"))
    body = decoded(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLoc"
        "InmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLV"
        "WGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert browser.read(body) == b"When I grow up, I want to be a watermelon"


def verify(header, audience, bound_to, now):
    """RFC 8292: who signed, for whom, until when."""
    found = re.fullmatch(r"vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)", header or "")
    if not found:
        raise Refused(401, "no vapid")
    head, claims, signature, key = found.groups()
    if bound_to and key != bound_to:
        raise Refused(403, "another key than the subscription's")
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(key))
        raw = decoded(signature)
        if len(raw) != 64:
            raise Refused(403, "the signature is not r and s")
        halves = (int.from_bytes(half, "big") for half in (raw[:32], raw[32:]))
        signed = f"{head}.{claims}".encode()
        point.verify(utils.encode_dss_signature(*halves), signed, ec.ECDSA(hashes.SHA256()))
        head, claims = json.loads(decoded(head)), json.loads(decoded(claims))
    except (ValueError, InvalidSignature) as error:
        raise Refused(403, "the signature does not verify") from error
    if head.get("alg") != "ES256":
        raise Refused(403, "alg is not ES256")
    if claims.get("aud") != audience:
        raise Refused(403, f"aud is not {audience}")
    if not now < claims.get("exp", 0) <= now + VALID_SECONDS_MAX:
        raise Refused(403, "exp is not within a day")
    if not re.match(r"mailto:[^@]+@[^@]+\.|https://[^/]+\.", claims.get("sub", "")):
        raise Refused(403, "sub is no contact")


class Service:
    """What all connections share."""

    def __init__(self, now):
        self.now = now
        self.origin = ""
        self.lock = threading.Lock()
        self.browsers = {}

    def browser(self, name):
        with self.lock:
            return self.browsers.setdefault(name, Browser())

    def take(self, browser, headers, body):
        """The text of a push that keeps to the rules."""
        now = time.time() if self.now is None else self.now
        verify(headers.get("authorization"), self.origin, browser.key, now)
        if headers.get("content-encoding") != "aes128gcm":
            raise Refused(400, "content-encoding is not aes128gcm")
        if not (headers.get("ttl") or "").isdigit():
            raise Refused(400, "no ttl")
        if not re.fullmatch(r"[\w-]{1,32}", headers.get("topic", "none"), re.ASCII):
            raise Refused(400, "topic is not base64url")
        return browser.read(body).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def service(self):
        return self.server.service

    def log_message(self, *_):
        pass

    def answer(self, status, data=None):
        body = b"" if data is None else json.dumps(data).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        if data is not None:
            self.send_header("content-type", "application/json")
        if status == 429:
            self.send_header("retry-after", "30")
        self.end_headers()
        self.wfile.write(body)

    def parts(self):
        url = urllib.parse.urlsplit(self.path)
        what, _, name = url.path.lstrip("/").partition("/")
        query = urllib.parse.parse_qs(url.query)
        return what, self.service.browser(name), name, query

    def do_GET(self):
        what, browser, name, query = self.parts()
        if what == "subscription":
            browser.key = query.get("key", [browser.key])[0]
            keys = {"p256dh": encoded(browser.public), "auth": encoded(browser.auth)}
            self.answer(200, {"endpoint": f"{self.service.origin}/push/{name}", "keys": keys})
        elif what == "received":
            self.answer(200, browser.received)
        elif what == "refused":
            self.answer(200, browser.refused)
        else:
            self.answer(404)

    def do_POST(self):
        what, browser, name, _ = self.parts()
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if what == "answer" and re.fullmatch(rb"[1-5]\d\d|hang", body.strip()):
            browser.answer = body.strip().decode()
            self.answer(204)
        elif what == "push":
            self.push(browser, name, body)
        else:
            self.answer(404)

    def push(self, browser, name, body):
        if browser.answer == "hang":
            tell(event="push", id=name, status="hang")
            # Until the other side is tired of it.
            self.rfile.read(1)
            self.close_connection = True
            return
        status, reason, text = int(browser.answer), "", None
        try:
            text = self.service.take(browser, self.headers, body)
        except Refused as refusal:
            status, reason = refusal.args
            browser.refused.append(reason)
        if status == 201:
            kept = {name: self.headers.get(name) for name in ("topic", "ttl", "urgency")}
            browser.received.append({"text": text, **kept})
        tell(event="push", id=name, status=status, reason=reason, text=text)
        self.answer(status)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        # Connections that are left in the middle are part of the tests.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def certificates(folder):
    """An authority, and a certificate of it for localhost, but not for 127.0.0.1."""

    def openssl(*arguments):
        subprocess.run(
            ["openssl", "req", "-x509", *CURVE, *arguments],
            cwd=folder,
            check=True,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    folder.mkdir(parents=True, exist_ok=True)
    openssl("-subj", "/CN=Push test authority", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(
        *("-CA", "ca.pem", "-CAkey", "ca.key", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost"),
        *("-addext", "basicConstraints=critical,CA:FALSE"),
        *("-keyout", "server.key", "-out", "server.pem"),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return context


def listening(service, context=None):
    server = Server(("127.0.0.1", 0), Handler)
    server.service = service
    if context:
        # The handshake is the connection's own thread's, so a bad one stops nobody else.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--now", type=int, metavar="SECONDS")
    arguments = parser.parse_args()
    check_the_example()
    service = Service(arguments.now)
    address = f"http://127.0.0.1:{listening(service)}"
    service.origin, ca = address, None
    if arguments.tls:
        port = listening(service, certificates(arguments.tls))
        service.origin, ca = f"https://localhost:{port}", str(arguments.tls / "ca.pem")
    tell(event="listening", address=address, origin=service.origin, ca=ca)
    sys.stdin.read()


if __name__ == "__main__":
    main()
