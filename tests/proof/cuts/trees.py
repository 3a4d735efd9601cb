# SPDX-License-Identifier: MIT
"""What is in a folder, by digest, and how two of them differ."""
import hashlib
import os
import re
import stat

# What a durable write leaves beside the file if it does not come to its rename (fs/file.cpp, workers/state/move.cpp).
# Nothing reads it. The updater removes those that are ten minutes old; the other ones stay.
is_draft = re.compile(r"(^|.*/)\..+\.[0-9a-z]{6}(-wal|-shm|-journal)?$").match


def entry_of(path):
    status = os.lstat(path)
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISLNK(status.st_mode):
        return ("link", os.readlink(path))
    if stat.S_ISDIR(status.st_mode):
        return ("folder", f"{mode:o} {status.st_uid}")
    if stat.S_ISREG(status.st_mode):
        with open(path, "rb") as file:
            content = file.read()
        digest = hashlib.sha256(content).hexdigest()[:16] if content else "empty"
        return ("file", f"{mode:o} {status.st_uid} {digest}")
    return ("special", f"{status.st_mode:o}")


def tree_of(top):
    """{path: (kind, what)} of all beneath `top`."""
    found = {}
    for folder, folders, files in os.walk(top):
        for name in folders + files:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, top)] = entry_of(path)
    return found


def beneath(tree, top):
    """Its part at and beneath a path."""
    return {path: entry for path, entry in tree.items() if path == top or path.startswith(top + "/")}


class Expected:
    """A tree as undisturbed runs leave it. Where two of them differ (times, random names), only the kind counts."""

    def __init__(self, one, other, varies=lambda path: False):
        self.tree = one
        self.varies = {path for path in one if other.get(path) != one[path] or varies(path)}

    def differences(self, tree, top=None, ignore=lambda path: False):
        """Sentences about what differs, at and beneath `top`."""
        wanted = self.tree if top is None else beneath(self.tree, top)
        found = tree if top is None else beneath(tree, top)
        said = []
        for path, entry in wanted.items():
            now = found.get(path)
            if ignore(path):
                continue
            if now is None:
                said.append(f"{path} is missing")
            elif path in self.varies:
                if now[0] != entry[0] or (now[0] == "file" and now[1].endswith(" empty")):
                    said.append(f"{path} is {' '.join(now)}")
            elif now != entry:
                said.append(f"{path} is {' '.join(now)} instead of {' '.join(entry)}")
        said.extend(f"{path} should not be there" for path in found
                    if path not in wanted and not ignore(path) and not is_draft(path))
        return sorted(said)
