"""Starts the upstream and the proxies, each on a free port and a core of its own."""

import json
import os
import select
import shlex
import socket
import subprocess
import time
from pathlib import Path

from . import build
from .fault import Fault

BENCH = build.ROOT / "bench"
PROXY_CORE = 0
LOAD_CORE = 1
PATIENCE = 20.0
BODY = ("What the app behind the gateway answers, the same for every proxy. " * 31)[:2048]


class Server:
    """A started program. Its standard error is kept, to be shown if it does not come up."""

    def __init__(self, name, command, core, folder, stdout=subprocess.DEVNULL):
        self.name = name
        self.command = ["taskset", "--cpu-list", str(core), *map(str, command)]
        self._errors = folder / f"{name}.stderr"
        with self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=errors, cwd=folder
            )
        self.port = None

    def at(self, port):
        """Waits until the port takes a connection."""
        self.port = port
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.alive()
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return self
            except ConnectionRefusedError:
                # There is no event to wait for; the deadline above decides, not this pause.
                time.sleep(0.02)
        raise Fault(f"{self.name} did not listen within {PATIENCE:.0f} s\n{self.errors()}")

    def alive(self):
        """Raises if the program has ended."""
        if self.process.poll() is not None:
            raise Fault(f"{self.name} ended with {self.process.returncode}\n{self.errors()}")

    def errors(self):
        """The end of what it wrote to standard error."""
        return self._errors.read_text(errors="replace")[-2000:]

    def stop(self):
        """Asks it to end, then makes it."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port():
    """A port nobody has now. Whoever is to have it binds it at once, and says so if it is gone."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def upstream(stack, folder):
    """The upstream, and the port of its request counter."""
    port, counter = free_port(), free_port()
    fill = {"LISTEN": f"127.0.0.1:{port}", "COUNTER": f"127.0.0.1:{counter}", "BODY": BODY}
    return _nginx(stack, folder, "upstream", fill, LOAD_CORE).at(port), counter


def nginx(stack, folder, upstream_port):
    """nginx with proxy_pass."""
    port = free_port()
    fill = {"LISTEN": f"127.0.0.1:{port}", "UPSTREAM": f"127.0.0.1:{upstream_port}"}
    return _nginx(stack, folder, "nginx", fill, PROXY_CORE).at(port)


def bare(stack, folder, binary, upstream_port, variant):
    """The pass-through, `as-it-comes` or `tuned`."""
    port = free_port()
    addresses = [f"127.0.0.1:{port}", f"127.0.0.1:{upstream_port}"]
    server = Server(f"bare-{variant}", [binary, *addresses, variant], PROXY_CORE, folder)
    stack.callback(server.stop)
    return server.at(port)


def gateway(stack, folder, binary, upstream_port, name, password):
    """The gateway with one account, ready for its sign-in."""
    home = folder / "gateway"
    home.mkdir()
    config = home / "vestibule.toml"
    written = (BENCH / "gateway" / "vestibule.toml").read_text()
    config.write_text(_filled(written, {"UPSTREAM": f"127.0.0.1:{upstream_port}"}))

    add = [binary, "user", "add", name, "--email", f"{name}@app.test", "--password-stdin"]
    add += ["--full-name", "Anna Example", "--config", config]
    command = [binary, "serve", "--config", config]
    server = Server("vestibule", command, PROXY_CORE, folder, stdout=subprocess.PIPE)
    stack.callback(server.stop)
    address = _announced(server)["listen"][0]
    added = subprocess.run(add, input=f"{password}\n", capture_output=True, text=True, timeout=60)
    if added.returncode != 0:
        raise Fault(f"the account was not made:\n{added.stdout}{added.stderr}")
    return server.at(int(address.rpartition(":")[2]))


def _announced(server):
    """The one line the gateway prints when it is ready."""
    told, end = b"", time.monotonic() + PATIENCE
    while not told.endswith(b"\n"):
        left = max(0, end - time.monotonic())
        ready, _, _ = select.select([server.process.stdout], [], [], left)
        more = os.read(server.process.stdout.fileno(), 4096) if ready else b""
        if not more:
            raise Fault(f"{server.name} did not say that it is ready\n{server.errors()}")
        told += more
    return json.loads(told)


def _nginx(stack, folder, name, fill, core):
    prefix = folder / name
    prefix.mkdir()
    config = prefix / "nginx.conf"
    # Temporary files are never written here, but nginx makes their folders when it starts, and
    # the packaged place belongs to the installed server.
    places = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"    {place}_temp_path {place};\n" for place in places)
    written = (BENCH / name / "nginx.conf").read_text()
    config.write_text(_filled(written, fill).replace("http {\n", "http {\n" + temporary, 1))
    command = [build.program("nginx"), "-e", "stderr", "-p", f"{prefix}/", "-c", config]
    server = Server(name, command, core, folder)
    stack.callback(server.stop)
    return server


def _filled(text, fill):
    for word, value in fill.items():
        text = text.replace(f"@{word}@", value)
    return text


def shown(command, folder):
    """A command for the record: without the places of this machine."""
    words = [str(word).replace(str(folder), "TMP") for word in command]
    return shlex.join(Path(word).name if word.startswith("/") else word for word in words)
