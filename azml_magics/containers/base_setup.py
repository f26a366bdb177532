"""Prepares an image as an inference base: its user and directories, or its environment; run inside while it is built.

Stands alone and runs on Python 3.7 and later, of any distribution: it edits ``/etc/passwd`` itself, because slim images
have no ``useradd`` and each family has another one.
"""

import os
import shutil
import subprocess
import sys

USER, UID, HOME = "dockeruser", 1000, "/home/dockeruser"


def read_entries(path):
    """Lines of passwd or group as lists of fields."""
    with open(path) as lines:
        return [line.rstrip("\n").split(":") for line in lines if line.strip()]


def write_entries(path, entries):
    with open(path, "w") as file:
        file.write("".join(":".join(entry) + "\n" for entry in entries))


def find(entries, position, value):
    return next((entry for entry in entries if len(entry) > position and entry[position] == value), None)


def ensure_group():
    """The id of the user's group: an existing one of that number or name is taken as it is."""
    groups = read_entries("/etc/group")
    group = find(groups, 2, str(UID)) or find(groups, 0, USER)
    if group is None:
        group = [USER, "x", str(UID), ""]
        write_entries("/etc/group", [*groups, group])
    return group[2]


def ensure_user():
    """The ids of ``dockeruser``: an existing one is kept as it is, an existing uid 1000 is renamed."""
    users = read_entries("/etc/passwd")
    user = find(users, 0, USER)
    if user is None:
        user = find(users, 2, str(UID))
        if user is None:
            user = ["", "x", str(UID), ensure_group(), "", "", shell()]
            users.append(user)
        else:
            rename_secret(user[0])
        user[0], user[5] = USER, HOME
        write_entries("/etc/passwd", users)
    return int(user[2]), int(user[3]), user[5]


def rename_secret(former):
    """The password entry of a renamed user goes with it."""
    if os.path.exists("/etc/shadow"):
        entries = read_entries("/etc/shadow")
        entry = find(entries, 0, former)
        if entry is not None:
            entry[0] = USER
            write_entries("/etc/shadow", entries)


def shell():
    return next(path for path in ("/bin/bash", "/bin/sh", "/sbin/nologin") if os.path.exists(path) or "nologin" in path)


def own(path, uid, gid):
    os.makedirs(path, exist_ok=True)
    os.chown(path, uid, gid)


def prepare_account(app_root, environment):
    uid, gid, home = ensure_user()
    # Ownership of what an earlier user of that number left is right already.
    for path in (home, app_root, environment):
        own(path, uid, gid)


def make_environment(path, options):
    """A virtual environment with pip; where the image's own venv cannot give it one, its pip does."""
    if os.path.realpath(sys.prefix) == os.path.realpath(path):
        return  # made from a base that was made like this
    command = [sys.executable, "-m", "venv", *options]
    if subprocess.call([*command, path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
        return
    for entry in os.listdir(path):
        full = os.path.join(path, entry)
        (shutil.rmtree if os.path.isdir(full) and not os.path.islink(full) else os.remove)(full)
    subprocess.check_call([*command, "--without-pip", path])
    python = os.path.join(path, "bin", "python")
    where = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    target = subprocess.check_output(where).decode().strip()
    if subprocess.call([sys.executable, "-m", "pip", "install", "--no-cache-dir", "--target", target, "pip"]) != 0:
        sys.exit("azml: this image's Python can make no environment with pip: it has neither ensurepip nor pip")


if __name__ == "__main__":
    if sys.argv[1] == "account":
        prepare_account(*sys.argv[2:])
    else:
        make_environment(sys.argv[2], sys.argv[3:])
