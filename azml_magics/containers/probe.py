"""What a Python inside an image says of itself, as one line of JSON; run there by ``look``, imported by nobody.

Stands alone and runs on Python 3.7 and later, as any user, without a network and on a read-only file system.
"""

import sys

# "-c" looks for modules in the working directory first: what lies there must not stand in for the standard library.
sys.path[:] = [entry for entry in sys.path if entry]

import json  # noqa: E402
import os  # noqa: E402
import platform  # noqa: E402
import re  # noqa: E402
import shutil  # noqa: E402
import subprocess  # noqa: E402
import sysconfig  # noqa: E402


def libc():
    name, version = platform.libc_ver()
    if name:
        return "{} {}".format(name, version)
    # musl says its version when its loader is run alone.
    for folder in ("/lib", "/usr/lib"):
        for loader in entries(folder):
            if loader.startswith("ld-musl-"):
                path = os.path.join(folder, loader)
                said = subprocess.run([path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout
                found = re.search(rb"Version (\d+\.\d+)", said)
                return "musl " + (found.group(1).decode() if found else "1.1")
    return None


def normalised(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def entries(folder):
    try:
        return sorted(os.listdir(folder))
    except OSError:  # a zip file, a folder that is not there or that this user may not read
        return []


def packages():
    """(name, version) of every distribution on ``sys.path``; the first of a name is the one that is imported."""
    found = {}
    for folder in sys.path:
        for entry in entries(folder):
            stem, extension = os.path.splitext(entry)
            if extension not in (".dist-info", ".egg-info"):
                continue
            name, _, version = stem.partition("-")
            # An egg's name goes on with its Python: PyYAML-6.0-py3.9.egg-info.
            version = re.sub(r"-py\d.*$", "", version)
            header = read_header(os.path.join(folder, entry))
            name, version = header.get("Name", name), header.get("Version", version)
            if version:
                found.setdefault(normalised(name), version)
    return sorted(found.items())


def read_header(path):
    """The fields of a distribution's metadata, up to the description."""
    header = {}
    for file in (os.path.join(path, "METADATA"), os.path.join(path, "PKG-INFO"), path):
        if os.path.isfile(file):
            with open(file, encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    if not line.strip():
                        break
                    name, _, value = line.partition(": ")
                    header[name] = value.strip()
            break
    return header


def externally_managed():
    in_environment = sys.prefix != sys.base_prefix
    return not in_environment and os.path.exists(os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED"))


def conda():
    """Conda, or what does the same."""
    known = ("/opt/miniconda/bin/conda", "/opt/conda/bin/conda")
    found = [path for path in known if os.access(path, os.X_OK)]
    exe = os.environ.get("CONDA_EXE") or os.environ.get("MAMBA_EXE")
    others = shutil.which("mamba") or shutil.which("micromamba")
    return shutil.which("conda") or (found[0] if found else None) or others or exe


def operating_system():
    try:
        with open("/etc/os-release", encoding="utf-8") as lines:
            fields = dict(line.rstrip().split("=", 1) for line in lines if "=" in line)
    except OSError:
        return ""
    return fields.get("PRETTY_NAME", "").strip("\"'")


print(
    "azml-probe "
    + json.dumps(
        {
            "uid": os.getuid(),
            "gid": os.getgid(),
            "home": os.path.expanduser("~"),
            "operating_system": operating_system(),
            "has_runit": os.path.isdir("/var/runit"),
            "python": sys.executable,
            "python_version": ".".join(map(str, sys.version_info[:3])),
            "libc": libc(),
            "externally_managed": externally_managed(),
            "packages": packages(),
            "conda": conda(),
        }
    )
)
