"""Solves and installs conda packages with rattler; run as a program of its own by ``conda_calls``, imported by nobody.

A program, because it can be killed in the middle of anything, keeps the lock of its caller like uv does, and leaves
rattler's 80 MB out of the notebook. Reads a job as JSON, tells its progress line by line, and ends with one line of
``RESULT`` and JSON: ``packages``, or ``error``.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from azml_magics.definitions.conda_dependencies import conda_versions, mask_channel

if TYPE_CHECKING:
    from rattler import Channel, ChannelPriority, Gateway, MatchSpec, RepoDataRecord

RESULT = "azml-conda "
#: Begins a line with the bytes that were downloaded, and how many there are; several a second at most.
BYTES, BYTES_SECONDS = "azml-bytes ", 0.1


class JobError(Exception):
    """``kind`` says what failed, the other words are for the message."""

    def __init__(self, kind: str, text: str, **words: object) -> None:
        super().__init__(text)
        self.words = {"kind": kind, "text": text, **words}


class Reporter:
    """Tells which packages are fetched and linked."""

    def __init__(self, labels: dict[str, str]) -> None:
        self._labels = labels
        self._linked = 0
        self._names: list[str] = []
        #: Of each package that is fetched: what has come, and its size where its server says it.
        self._bytes: dict[int, tuple[int, int | None]] = {}
        self._told = 0.0

    def on_populate_cache_start(self, operation: int, package_name: str) -> int:  # noqa: ARG002  # rattler's words
        """A token by which :meth:`on_download_start` knows the package."""
        self._names.append(package_name)
        return len(self._names) - 1

    def on_download_start(self, cache_entry: int) -> int:
        """Tell that a package is not in the cache."""
        say(f"downloading {self._label(self._names[cache_entry])}")
        return cache_entry

    def on_download_progress(self, download_idx: int, progress: int, total: int | None) -> None:
        """Tell how many bytes have come."""
        self._bytes[download_idx] = (progress, total)
        if time.monotonic() - self._told >= BYTES_SECONDS:
            self._told = time.monotonic()
            self._say_bytes()

    def on_download_completed(self, download_idx: int) -> None:  # noqa: ARG002  # rattler's words
        """Tell that one is here."""
        self._say_bytes()

    def _say_bytes(self) -> None:
        sizes = [total for _, total in self._bytes.values() if total is not None]
        total = sum(sizes) if len(sizes) == len(self._bytes) else None
        say(BYTES + json.dumps([sum(done for done, _ in self._bytes.values()), total]))

    def on_link_start(self, operation: int, package_name: str) -> int:
        """Tell that a package is put in place."""
        self._linked += 1
        say(f"installing {self._label(package_name)} ({self._linked} of {len(self._labels)})")
        return operation

    def _label(self, name: str) -> str:
        return self._labels.get(name, name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("on_"):
            return lambda *_: 0
        raise AttributeError(name)


def say(line: str) -> None:
    """One line of progress."""
    print(line, flush=True)  # noqa: T201  # how a program talks


class Job:
    """One job; ``channels`` are pairs of a channel's name and its address."""

    def __init__(self, content: dict[str, Any]) -> None:
        from rattler import Channel, ChannelConfig, Config, Gateway

        self._content = content
        self._subdirs = [content["subdir"], "noarch"]
        self._config = Config.load_from_default_locations("rattler")
        if content["use_system_certificates"]:
            self._config.set("tls-root-certs", "system")
        self._gateway: Gateway = Gateway.from_config(self._config)
        alias = ChannelConfig(content["alias"]) if content["alias"] else ChannelConfig()
        self._channels: dict[str, list[Channel]] = {}
        for name, address in content["channels"]:
            self._channels.setdefault(name, []).append(Channel(address, alias))

    async def run(self) -> dict[str, object]:
        """What was found or installed; with ``newest`` what there is now of everything that is locked."""
        locked = self._content["locked"]
        if self._content["newest"]:
            return {"packages": [self._describe(record) for record in await self._find_newest(conda_versions(locked))]}
        records = await (self._find_locked(locked) if locked else self._solve())
        prefix = self._content["prefix"]
        if prefix is not None:
            check_files(records)
            await self._install(records, prefix)
        return {"packages": [self._describe(record) for record in records]}

    @property
    def _sources(self) -> list[Channel]:
        return list({item.base_url: item for items in self._channels.values() for item in items}.values())

    def _specifications(self) -> list[MatchSpec]:
        from rattler import MatchSpec

        found = []
        for text in self._content["specifications"]:
            channel, separator, rest = text.rpartition("::")
            located = self._channels.get(channel.strip(), [])
            try:
                # rattler would look for the name below its own alias.
                found.append(MatchSpec(f"{located[0].base_url}::{rest}" if separator and located else text))
            except Exception as error:
                raise JobError("specification", str(error), package=text) from error
        return found

    async def _solve(self) -> list[RepoDataRecord]:
        from rattler import ChannelPriority
        from rattler.exceptions import SolverError

        specifications = self._specifications()
        say(f"solving for {self._content['subdir']}: {', '.join(self._content['specifications'])}")
        try:
            return await self._solve_with(specifications, ChannelPriority.Strict)
        except SolverError as error:
            failure = error
        if len(self._sources) > 1 and not self._content["is_priority_strict"]:
            say("nothing fits when every package comes from the first channel that has it: trying all channels")
            try:
                return await self._solve_with(specifications, ChannelPriority.Disabled)
            except SolverError as error:
                failure = error
        text = str(failure).partition("because of:")[2].strip() or str(failure)
        raise JobError("solve", text, missing=await self._missing(text)) from failure

    async def _solve_with(self, specifications: list[MatchSpec], priority: ChannelPriority) -> list[RepoDataRecord]:
        from rattler import VirtualPackage, VirtualPackageOverrides, solve
        from rattler.exceptions import GatewayError

        try:
            return await solve(
                self._sources,
                specifications,
                gateway=self._gateway,
                platforms=self._subdirs,
                virtual_packages=VirtualPackage.detect(VirtualPackageOverrides.from_env()),
                channel_priority=priority,
            )
        except GatewayError as error:
            raise JobError("channel", str(error)) from error

    async def _missing(self, text: str) -> list[dict[str, object]]:
        """The packages of which nothing fits, with the versions that there are."""
        found = re.findall(r"No candidates were found for ([\w.-]+)([^\n]*?)\.?$", text, re.MULTILINE)
        found += re.findall(r"([\w.-]+)((?: [^\n,]*)?), for which no candidates were found", text)
        missing = []
        for name, rest in dict.fromkeys(found):
            versions = sorted({record.version for record in await self._query([name])})
            missing.append({"name": name, "wanted": rest.strip(), "versions": [str(version) for version in versions]})
        return missing

    async def _query(self, names: list[str]) -> list[RepoDataRecord]:
        """Everything that the channels have of ``names``."""
        from rattler.exceptions import GatewayError

        try:
            lists = await self._gateway.query(self._sources, self._subdirs, names, recursive=False)
        except GatewayError as error:
            raise JobError("channel", str(error)) from error
        return [record for found in lists for record in found]

    async def _find_newest(self, versions: dict[str, str]) -> list[RepoDataRecord]:
        """Of each name the newest record, from the first channel that has it, for the Python among ``versions``."""
        from rattler import MatchSpec

        say(f"looking for newer releases of {len(versions)} packages")
        records = await self._query(sorted(versions))
        installed = versions.get("python", "")
        same_minor = MatchSpec(f"python {'.'.join(installed.split('.')[:2])}.*" if installed else "python")
        python = next((each for each in records if _is_release(each, "python", installed)), None)

        def fits(record: RepoDataRecord) -> bool:
            if record.name.normalized == "python":
                return bool(same_minor.matches(record))
            wanted = [MatchSpec(text) for text in record.depends if text.split()[0] == "python"]
            return python is None or all(each.matches(python) for each in wanted)

        newest: dict[str, RepoDataRecord] = {}
        for channel in self._sources:
            found: dict[str, RepoDataRecord] = {}
            for record in records:
                name = record.name.normalized
                if name not in newest and record.url.startswith(channel.base_url) and fits(record):
                    found[name] = max(found.get(name, record), record, key=lambda each: each.version)
            newest |= found
        return list(newest.values())

    async def _find_locked(self, locked: list[str]) -> list[RepoDataRecord]:
        """The records of the lines of a lock. Nothing is solved."""
        wanted = [tuple(line.rsplit("#sha256=", 1)) for line in locked]
        names = sorted({file.rpartition("/")[2].rsplit("-", 2)[0] for file, _ in wanted})
        say(f"looking for {len(wanted)} locked packages")
        records: dict[str, dict[str, RepoDataRecord]] = {}
        for record in await self._query(names):
            records.setdefault(self._label(record), {})[record.sha256.hex() if record.sha256 else ""] = record
        for file, digest in wanted:
            if digest not in records.get(file, {}):
                kind = "hash" if file in records else "locked-missing"
                raise JobError(kind, file, package=file.rpartition("/")[2], expected=digest)
        return [records[file][digest] for file, digest in wanted]

    def _label(self, record: RepoDataRecord) -> str:
        """``CHANNEL/SUBDIR/FILE``, the channel as it is named, so that a mirror's package is the same."""
        for name, channels in self._channels.items():
            for channel in channels:
                if record.url.startswith(channel.base_url):
                    return f"{mask_channel(name).rstrip('/')}/{record.url.removeprefix(channel.base_url)}"
        return mask_channel(record.url)

    def _describe(self, record: RepoDataRecord) -> dict[str, object]:
        """``record`` as JSON values; nobody's password among them."""
        return {
            "name": record.name.normalized,
            "version": str(record.version),
            "file": self._label(record),
            "sha256": record.sha256.hex() if record.sha256 is not None else "",
        }

    async def _install(self, records: list[RepoDataRecord], prefix: str) -> None:
        from rattler import install

        labels = {record.name.normalized: f"{record.name.normalized} {record.version}" for record in records}
        try:
            await install(
                records,
                prefix,
                show_progress=False,
                reporter=Reporter(labels),
                config=self._config,
                # As conda does it: what a package brings is run with the rest of it anyway.
                execute_link_scripts=True,
            )
        except Exception as error:
            kind = "hash" if "hash mismatch" in str(error) else "install"
            package = re.search(r"failed to (?:fetch|link) '?([^\s']+)", str(error))
            raise JobError(kind, str(error), package=package[1] if package else "") from error


def _is_release(record: RepoDataRecord, name: str, version: str) -> bool:
    return bool(record.name.normalized == name) and str(record.version) == version


def check_files(records: list[RepoDataRecord]) -> None:
    """What is downloaded is compared with its hash by rattler; what lies on this machine's disk is not."""
    for record in records:
        url = urlsplit(record.url)
        if url.scheme != "file" or record.sha256 is None:
            continue
        try:
            content = Path(unquote(url.path)).read_bytes()
        except OSError as error:
            raise JobError("install", f"{record.url}: {error.strerror}", package=record.file_name) from error
        if hashlib.sha256(content).digest() != record.sha256:
            raise JobError("hash", record.url, package=record.file_name, expected=record.sha256.hex())


def main() -> int:
    """Run the job on standard input."""
    job = json.load(sys.stdin)
    try:
        result = asyncio.run(Job(job).run())
    except JobError as error:
        result = {"error": error.words}
    except Exception as error:  # of rattler's, which has no tree of errors
        result = {"error": {"kind": "other", "text": str(error) or type(error).__name__}}
    print(RESULT + json.dumps(result), flush=True)  # noqa: T201
    return int("error" in result)


if __name__ == "__main__":
    # Threads of rattler may outlive the interpreter otherwise, and end it with a fault.
    os._exit(main())
