"""Unpacks Debian's Asterisk into a folder of the user's cache, beside the host's own packages and without root.

Debian 12 and 13 have no ``asterisk`` package, Debian's suite ``sid`` has.  A private apt (own lists, own cache, an
empty dpkg status) downloads it with all it depends on, the packages are laid into one folder, and Asterisk runs
through the dynamic loader found there: nothing of the host's apt or dpkg is changed.
"""

import fcntl
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exchange_lab.errors import NoExchangeHere

RECIPE = 1
"""Raised when what is laid into the folder changes: folders made by an earlier recipe are not used any more."""

PACKAGES = ("asterisk", "asterisk-core-sounds-ru-wav")
SUITE = "sid"
DOWNLOAD_SECONDS = 900
LINKS = ("bin", "sbin", "lib", "lib64")
NEEDLESS = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/perl", "usr/share/mysql")


@dataclass(frozen=True, slots=True)
class AsteriskTree:
    """An unpacked Asterisk.  ``root`` is the folder that stands for ``/``."""

    root: Path
    version: str

    @property
    def loader(self) -> Path:
        return _one(self.root / "usr", ("lib64/ld-linux-*.so.*", "lib/ld-linux-*.so.*", "lib/*/ld-linux-*.so.*"))

    @property
    def libraries(self) -> Path:
        """The folder of the machine's own kind of libraries, e.g. ``usr/lib/x86_64-linux-gnu``."""
        return _one(self.root / "usr", ("lib/*/libc.so.6",)).parent

    @property
    def modules(self) -> Path:
        return _one(self.root / "usr", ("lib/*/asterisk/modules", "lib/asterisk/modules"))

    @property
    def data(self) -> Path:
        return self.root / "usr/share/asterisk"

    @property
    def russian(self) -> Path:
        """The folder of Russian prompts: 8 kHz mono wav files."""
        return _one(self.data / "sounds", ("ru_RU*", "ru"))

    def command(self, *arguments: str) -> list[str]:
        """The command line that starts Asterisk through its own loader."""
        paths = f"{self.libraries}:{self.libraries / 'asterisk'}"
        return [str(self.loader), "--library-path", paths, str(self.root / "usr/sbin/asterisk"), *arguments]


def ensure_unpacked() -> AsteriskTree:
    """Gives the unpacked Asterisk, unpacking it when that has not been done yet (some 15 s and 80 MB, once).

    Raises ``NoExchangeHere`` with what to do instead.
    """
    given = os.environ.get("SVYAZ_ASTERISK_ROOT")
    if given:
        root = Path(given).expanduser().resolve()
        if not (root / "usr/sbin/asterisk").exists():
            raise NoExchangeHere(f"SVYAZ_ASTERISK_ROOT is {root}, and there is no usr/sbin/asterisk in it")
        return AsteriskTree(root, "given")
    cache = _cache()
    found = _unpacked(cache)
    if found is not None:
        return found
    cache.mkdir(parents=True, exist_ok=True)
    with _only_one(cache / "asterisk.lock"):
        # Somebody else may have unpacked it while this process waited.
        return _unpacked(cache) or _unpack(cache)


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "svyaz"


def _unpacked(cache: Path) -> AsteriskTree | None:
    for folder in sorted(cache.glob("asterisk-*/"), reverse=True):
        try:
            manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            continue
        if manifest.get("recipe") == RECIPE:
            return AsteriskTree(folder / "root", str(manifest["version"]))
    return None


def _unpack(cache: Path) -> AsteriskTree:
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise NoExchangeHere(f"there is no {tool}, it is not a Debian")
    work = Path(tempfile.mkdtemp(prefix="unpacking-", dir=cache))
    try:
        packages = _download(work / "apt")
        root = work / "root"
        _lay_out(packages, root)
        version = _version(packages)
        shutil.rmtree(work / "apt")
        manifest = {"recipe": RECIPE, "version": version, "packages": sorted(path.name for path in packages)}
        (work / "manifest.json").write_text(json.dumps(manifest, indent=1), "utf-8")
        # The loader's path list is separated by colons and Debian's epoch has one: keep to harmless characters.
        target = cache / f"asterisk-{re.sub(r'[^0-9a-z.]+', '-', version)}-r{RECIPE}"
        if target.exists():
            shutil.rmtree(target)
        work.chmod(0o755)
        work.rename(target)
        return AsteriskTree(target / "root", version)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _download(folder: Path) -> list[Path]:
    """Downloads the packages and all they depend on; the mirror is the one that the host itself uses."""
    config = _private_apt(folder)
    environment = {**os.environ, "APT_CONFIG": str(config), "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "-q", "update"], environment)
    _run(["apt-get", "-q", "-y", "--download-only", "install", *PACKAGES], environment)
    packages = sorted((folder / "cache/archives").glob("*.deb"))
    if not packages:
        raise NoExchangeHere("apt downloaded no packages")
    return packages


def _private_apt(folder: Path) -> Path:
    for name in ("state/lists/partial", "cache/archives/partial", "etc/preferences.d", "etc/sources.d"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    sources = folder / "etc/sources.list"
    sources.write_text(f"deb [signed-by={_keyring()}] {_mirror()} {SUITE} main\n", "utf-8")
    config = folder / "apt.conf"
    config.write_text(
        "\n".join(
            (
                f'Dir::State "{folder}/state/";',
                f'Dir::State::status "{folder}/status";',
                f'Dir::State::lists "{folder}/state/lists/";',
                f'Dir::Cache "{folder}/cache/";',
                f'Dir::Cache::archives "{folder}/cache/archives/";',
                f'Dir::Etc::sourcelist "{sources}";',
                f'Dir::Etc::sourceparts "{folder}/etc/sources.d/";',
                f'Dir::Etc::preferences "{folder}/etc/preferences";',
                f'Dir::Etc::preferencesparts "{folder}/etc/preferences.d/";',
                'APT::Install-Recommends "false";',
                'APT::Sandbox::User "root";',
                'Acquire::Languages "none";',
                'Acquire::Check-Valid-Until "false";',
                'Acquire::Retries "3";',
                "",
            )
        ),
        "utf-8",
    )
    return config


def _mirror() -> str:
    form = "$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)"
    listed = _run(["apt-get", "indextargets", "--format", form, "Created-By: Packages"], dict(os.environ))
    for line in listed.splitlines():
        origin, label, component, address = line.split("|", 3)
        if (origin, label, component) == ("Debian", "Debian", "main"):
            return address
    raise NoExchangeHere("apt knows no Debian mirror (run `apt-get update` once, or it is another distribution)")


def _keyring() -> Path:
    for ending in ("pgp", "gpg"):
        path = Path(f"/usr/share/keyrings/debian-archive-keyring.{ending}")
        if path.exists():
            return path
    raise NoExchangeHere("Debian's keyring is missing (package debian-archive-keyring)")


def _run(command: Sequence[str], environment: dict[str, str]) -> str:
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NoExchangeHere(f"`{' '.join(command[:4])} …` took more than {DOWNLOAD_SECONDS} s") from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise NoExchangeHere(f"`{' '.join(command[:4])} …` failed: {' / '.join(said)}")
    return done.stdout


def _lay_out(packages: Sequence[Path], root: Path) -> None:
    for name in LINKS:
        (root / "usr" / name).mkdir(parents=True)
        # Packages that still ship into /lib must land in /usr/lib, as on an installed system.
        (root / name).symlink_to(f"usr/{name}")
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        for _ in pool.map(lambda package: _extract(package, root), packages):
            pass
    for name in NEEDLESS:
        shutil.rmtree(root / name, ignore_errors=True)
    # What the package's postinst would have done: without prompts some applications abort without a word.
    sounds = root / "usr/share/asterisk/sounds"
    for language, pattern in (("en", "en_US*"), ("ru", "ru_RU*")):
        link = sounds / language
        voices = sorted(sounds.glob(pattern))
        if voices and not link.exists():
            link.symlink_to(voices[0].name)


def _extract(package: Path, root: Path) -> None:
    # Through tar and not `dpkg-deb -x`: the latter replaces the links /lib → usr/lib by folders.
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as reader:
        tar = ["tar", "-x", "-C", str(root), "--keep-directory-symlink", "--no-same-owner", "--no-same-permissions"]
        done = subprocess.run(tar, stdin=reader.stdout, capture_output=True, text=True)
    if done.returncode != 0 or reader.returncode != 0:
        raise NoExchangeHere(f"{package.name} cannot be unpacked: {done.stderr.strip()[-300:]}")


def _version(packages: Sequence[Path]) -> str:
    for package in packages:
        name, version, _ = package.name.split("_", 2)
        if name == "asterisk":
            return re.sub(r"^\d+%3a", "", version).split("~")[0].split("+")[0]
    raise NoExchangeHere("apt did not bring the package asterisk")


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _one(base: Path, patterns: Sequence[str]) -> Path:
    for pattern in patterns:
        found = sorted(base.glob(pattern))
        if found:
            return found[0]
    raise NoExchangeHere(f"{base} is not a whole Asterisk: nothing there fits {' or '.join(patterns)}")
