"""One measured load on one proxy: wrk's numbers, the proxy's processor time and its memory."""

import ctypes
import json
import re
import subprocess
import time
from pathlib import Path

from . import build, servers, signin
from .fault import Fault

CONNECTIONS = 64
PATH = "/orders/2026"
SCRIPT = Path(__file__).with_name("report.lua")


class Load:
    """The request, the same for every proxy, and how the upstream counts what reaches it."""

    def __init__(self, cookie, counter_port):
        self.headers = {**signin.BROWSER, "Cookie": cookie}
        self._counter_port = counter_port
        self._readings = 0

    def check(self, server):
        """One request as wrk sends it: the answer must be the upstream's."""
        server.alive()
        status, answered, body = signin.ask(server.port, PATH, self.headers)
        if status != 200 or body.decode(errors="replace") != servers.BODY:
            start = body[:200].decode(errors="replace")
            raise Fault(f"{server.name} answered {status} with another body:\n{answered}{start}")

    def command(self, server, seconds):
        """wrk's command line."""
        words = ["taskset", "--cpu-list", str(servers.LOAD_CORE), build.program("wrk")]
        words += ["-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(SCRIPT)]
        for name, value in {"Host": signin.HOST, **self.headers}.items():
            words += ["-H", f"{name}: {value}"]
        return [*words, f"http://127.0.0.1:{server.port}{PATH}"]

    def measure(self, server, seconds):
        """Loads one proxy and returns what that cost."""
        self.check(server)
        self._wrk(server, 1)  # The allocator, the caches and the connections to the upstream.
        arrived, spent, begun = self._arrived(), _spent(server.process.pid), time.monotonic()
        told, rss = self._wrk(server, seconds)
        elapsed = time.monotonic() - begun
        spent = _since(spent, _spent(server.process.pid))
        arrived = self._arrived() - arrived
        self.check(server)
        self._believe(server, told, arrived)
        requests = told["requests"]
        return {
            "cpu_us_per_request": round(spent / 1_000 / requests, 3),
            "requests_per_second": round(requests / (told["duration_us"] / 1e6), 1),
            "p50_us": told["p50_us"],
            "p99_us": told["p99_us"],
            "rss_kib": rss,
            "busy": round(spent / 1e9 / elapsed, 3),
            "requests": requests,
            "requests_at_upstream": arrived,
            "answer_bytes": round(told["bytes"] / requests, 1),
        }

    def _wrk(self, server, seconds):
        """Runs wrk, and looks at the proxy's memory while the connections are open."""
        command = self.command(server, seconds)
        wrk = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            rss = None
            try:
                written, _ = wrk.communicate(timeout=seconds / 2)
            except subprocess.TimeoutExpired:
                rss = resident(server.process.pid)
                written, _ = wrk.communicate(timeout=seconds + 30)
        finally:
            if wrk.poll() is None:
                wrk.kill()
                wrk.wait()
        last = written.strip().rpartition("\n")[2]
        if wrk.returncode != 0 or rss is None or not last.startswith("{"):
            raise Fault(f"wrk on {server.name} failed:\n{written}")
        return json.loads(last), rss

    def _believe(self, server, told, arrived):
        """A load counts only if each of its requests went to the upstream and back."""
        failed = {key: n for key, n in told.items() if key.startswith(("failed", "timed")) and n}
        if failed:
            raise Fault(f"requests to {server.name} failed: {failed}")
        # wrk leaves up to one request open on each connection when it stops: those of this load,
        # and those of the warming that the upstream took only after the first reading.
        if not 0 <= arrived - told["requests"] <= 2 * CONNECTIONS:
            told_of = f"wrk had {told['requests']} answers from {server.name}"
            raise Fault(f"{told_of}, the upstream saw {arrived} requests")
        if told["bytes"] < told["requests"] * len(servers.BODY):
            raise Fault(f"answers of {server.name} were shorter than the upstream's body")

    def _arrived(self):
        """How many requests the upstream has taken, without the ones that ask for the number."""
        _, _, page = signin.ask(self._counter_port, "/", {"Connection": "close"})
        requests = int(re.search(rb"\n\s*\d+ \d+ (\d+)", page).group(1))
        self._readings += 1
        return requests - self._readings


def resident(pid):
    """Resident memory of a process and its children, in KiB."""
    total = 0
    for one in _family(pid):
        status = Path(f"/proc/{one}/status").read_text()
        total += int(re.search(r"^VmRSS:\s+(\d+)", status, re.MULTILINE).group(1))
    return total


def _family(pid):
    """The process and its direct children: nginx works in a child."""
    family = [pid]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in brackets may hold spaces and brackets; the parent is the second after it.
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                family.append(int(stat.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return family


def _spent(pid):
    """Processor time of each process of the family in ns, user and system, threads that have
    ended included. The kernel's per-process clock has no ticks to round to."""
    return {one: time.clock_gettime_ns(_clock(one)) for one in _family(pid)}


def _clock(pid):
    clock = ctypes.c_int()
    failed = ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock))
    if failed:
        raise Fault(f"the kernel keeps no clock for process {pid}")
    return clock.value


def _since(before, after):
    if before.keys() - after.keys():
        raise Fault("a process of the proxy ended during the load")
    return sum(spent - before.get(pid, 0) for pid, spent in after.items())
