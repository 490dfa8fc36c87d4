"""A mail server for the tests: keeps what it is given and refuses what it is told to refuse.

Usage: smtp_server.py FOLDER [--tls none|starttls|wrapped] [--user NAME] [--refuse WHAT=CODE]...

WHAT is a recipient's address, `content:` and the address of a recipient whose mails are refused
after their content came, or `sender:` and a sender's address. With --user, the first line of the
input is the password that goes with the name. It serves until its input ends.

Prints one JSON object a line: first where it listens and the certificate authority it has made,
then each mail as it comes in. FOLDER gets the certificates and each mail as 0001.eml, 0002.eml, ...
"""

import argparse
import asyncio
import email
import email.policy
import json
import os
import pathlib
import ssl
import subprocess
import sys
import threading

try:
    from aiosmtpd.smtp import SMTP, AuthResult
except ImportError:
    # Debian's package belongs to Debian's own Python, which need not be the first on the path.
    if os.path.realpath(sys.executable) != os.path.realpath("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    sys.exit("aiosmtpd is missing; install python3-aiosmtpd")

CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]


def tell(**event):
    print(json.dumps(event), flush=True)


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

    openssl("-subj", "/CN=Mail test authority", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(
        *("-CA", "ca.pem", "-CAkey", "ca.key", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost"),
        *("-addext", "basicConstraints=critical,CA:FALSE"),
        *("-keyout", "server.key", "-out", "server.pem"),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return context


class Keeper:
    """Decides about senders, recipients and mails, and keeps the mails."""

    def __init__(self, folder, refusals):
        self.folder = folder
        self.refusals = refusals
        self.mails = 0
        self.connections = 0

    def refusal(self, what):
        code = self.refusals.get(what)
        return f"{code} refused by the test: {what}" if code else None

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        refusal = self.refusal(f"sender:{address}")
        if not refusal:
            envelope.mail_from = address
        return refusal or "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = self.refusal(address)
        if not refusal:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server, session, envelope):
        refusals = [self.refusal(f"content:{address}") for address in envelope.rcpt_tos]
        if any(refusals):
            return next(filter(None, refusals))
        self.mails += 1
        file = self.folder / f"{self.mails:04}.eml"
        file.write_bytes(envelope.content)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)

        def part(kind):
            found = mail.get_body((kind,))
            return found.get_content() if found else ""

        tell(
            event="mail",
            file=str(file),
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            user=session.auth_data,
            encrypted=server.transport.get_extra_info("ssl_object") is not None,
            connection=server.number,
            headers=[[name, str(value)] for name, value in mail.items()],
            text=part("plain"),
            html=part("html"),
        )
        return "250 OK"


def factory(keeper, arguments, context, password):
    def authenticate(server, session, envelope, mechanism, given):
        right = (arguments.user.encode(), password.encode())
        if (given.login, given.password) == right:
            return AuthResult(success=True, auth_data=arguments.user)
        return AuthResult(success=False, handled=False)

    def make():
        protocol = SMTP(
            keeper,
            hostname="localhost",
            tls_context=context if arguments.tls == "starttls" else None,
            require_starttls=arguments.tls == "starttls",
            authenticator=authenticate if arguments.user else None,
            auth_required=bool(arguments.user),
            auth_require_tls=False,
        )
        keeper.connections += 1
        protocol.number = keeper.connections
        return protocol

    return make


async def serve(arguments, password):
    arguments.folder.mkdir(parents=True, exist_ok=True)
    encrypted = arguments.tls != "none"
    context = certificates(arguments.folder) if encrypted else None
    refusals = dict(refusal.rsplit("=", 1) for refusal in arguments.refuse)
    server = await asyncio.get_running_loop().create_server(
        factory(Keeper(arguments.folder, refusals), arguments, context, password),
        host="127.0.0.1",
        port=0,
        ssl=context if arguments.tls == "wrapped" else None,
    )
    port = server.sockets[0].getsockname()[1]
    tell(event="listening", port=port, ca=str(arguments.folder / "ca.pem") if encrypted else None)
    await server.serve_forever()


def end_with_the_input():
    sys.stdin.read()
    os._exit(0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--tls", choices=["none", "starttls", "wrapped"], default="none")
    parser.add_argument("--user")
    parser.add_argument("--refuse", action="append", default=[])
    arguments = parser.parse_args()
    password = sys.stdin.readline().rstrip("\n") if arguments.user else ""
    threading.Thread(target=end_with_the_input, daemon=True).start()
    asyncio.run(serve(arguments, password))


if __name__ == "__main__":
    main()
