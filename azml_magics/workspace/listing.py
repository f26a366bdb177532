"""Which files a path stands for, with everything in it that cannot be kept; copying them is left to ``content``."""

from __future__ import annotations

from pathlib import Path

from azml_magics.errors import DeclarationError, Finding, Place


def list_files(source: Path) -> list[Path]:
    """The files of folder ``source`` relative to it, sorted; the one path ``.`` when it is a file itself.

    Links are followed, also out of the folder: folders of links into a cache are a common form of a model. Raises
    ``DeclarationError`` with a finding for every link to nothing or in a circle, for every device or pipe, and for a
    folder without files.
    """
    listing = _Listing(source)
    if source.is_dir():
        listing.walk(Path(), ())
    else:
        listing.take(Path())
    if not listing.files and not listing.findings:
        listing.refuse("empty-model", source, "holds no file", "register the folder with the model")
    if listing.findings:
        raise DeclarationError(f"{source} cannot be kept", listing.findings)
    return sorted(listing.files)


def unreadable(source: Path, error: OSError) -> Finding:
    """The finding for a file or folder that is there and cannot be read."""
    return Finding(
        "unreadable-file", f"{source} cannot be read: {error.strerror}", "check its permissions", Place(str(source))
    )


class _Listing:
    def __init__(self, source: Path) -> None:
        self._source = source
        self.files: list[Path] = []
        self.findings: list[Finding] = []

    def refuse(self, code: str, path: Path, what: str, remedy: str) -> None:
        self.findings.append(Finding(code, f"{path} {what}", remedy, Place(str(self._source))))

    def take(self, relative: Path) -> None:
        path = self._source / relative
        if path.is_file():
            self.files.append(relative)
        elif path.is_symlink():
            self.refuse("link-broken", path, "is a link to nothing", "remove the link, or bring back what it names")
        else:
            self.refuse("not-a-file", path, "is neither a file nor a folder", "keep it out of the model")

    def walk(self, relative: Path, above: tuple[tuple[int, int], ...]) -> None:
        """Take everything below; ``above`` identifies the folders this one is in."""
        folder = self._source / relative
        try:
            status = folder.stat()
            entries = list(folder.iterdir())
        except OSError as error:
            self.findings.append(unreadable(folder, error))
            return
        identity = (status.st_dev, status.st_ino)
        if identity in above:
            self.refuse("link-loop", folder, "is a link to a folder it is in", "remove the link")
            return
        for entry in entries:
            inner = relative / entry.name
            if entry.is_dir():
                self.walk(inner, (*above, identity))
            else:
                self.take(inner)
