"""Builds what is measured, and tells which versions it was built from."""

import json
import os
import platform
import shutil
import subprocess
import tomllib
from pathlib import Path

from .fault import Fault

ROOT = Path(__file__).resolve().parents[2]
BARE = ROOT / "bench" / "bare"


def release(folder, name):
    """Builds the binary `name` of the crate in `folder` and returns where cargo put it."""
    command = ["cargo", "build", "--release", "--locked", "--bin", name]
    command.append("--message-format=json-render-diagnostics")
    built = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    if built.returncode != 0:
        raise Fault(f"cargo could not build {name}")
    # Cargo says where the file is: the target folder may have been moved by the environment.
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == name:
            return Path(message["executable"])
    raise Fault(f"cargo built no binary named {name}")


def same_pingora():
    """The version of pingora, which must be one and the same for gateway and pass-through."""
    ours, bare = (_locked(folder / "Cargo.lock", "pingora-core") for folder in (ROOT, BARE))
    if ours != bare:
        raise Fault(f"the gateway has pingora {ours}, the pass-through {bare}: not comparable")
    return ours


def _locked(lock, name):
    packages = tomllib.loads(lock.read_text())["package"]
    return ", ".join(package["version"] for package in packages if package["name"] == name)


def program(name):
    """Where an installed program is. Servers lie in /usr/sbin, which few paths of users hold."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if found is None:
        raise Fault(f"{name} is not installed (Debian: apt install nginx-light wrk util-linux)")
    return found


def versions():
    """What was measured and with what, for the record."""
    manifest = tomllib.loads((ROOT / "Cargo.toml").read_text())
    return {
        "vestibule": manifest["package"]["version"],
        "pingora": same_pingora(),
        "nginx": _says(program("nginx"), "-v").rpartition("/")[2],
        "wrk": _says(program("wrk"), "-v").splitlines()[0].split(" [")[0].removeprefix("wrk "),
        "rustc": _says("rustc", "--version").removeprefix("rustc "),
        "profile": manifest["profile"]["release"],
    }


def _says(*command):
    # wrk and nginx tell their version on different streams, wrk with a failing exit code.
    told = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return told.stdout.strip()


def machine():
    """What the numbers depend on, apart from the programs."""
    cpu = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    return {"cpu": cpu, "cores": os.cpu_count(), "kernel": platform.release()}
