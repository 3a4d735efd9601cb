# SPDX-License-Identifier: MIT
"""Trees of files: read whole, made again from memory, compared byte by byte."""
import os
import stat
from typing import NamedTuple


class Entry(NamedTuple):
    """A folder, a link or a file; what it is called is the key of the dictionary that has it."""
    kind: str  # "d", "l", "f", or "?" for anything else
    mode: int
    content: bytes  # of a file, or the target of a link
    inode: tuple = ()  # of a file with more than one name
    time: int = 0


def read(root):
    """Everything below a folder, itself included as ".": a dictionary of its paths."""
    found = {}

    def look(path, name):
        status = os.lstat(path)
        mode = stat.S_IMODE(status.st_mode)
        if stat.S_ISDIR(status.st_mode):
            found[name] = Entry("d", mode, b"", (), status.st_mtime_ns)
            for each in sorted(os.listdir(path)):
                look(f"{path}/{each}", each if name == "." else f"{name}/{each}")
        elif stat.S_ISLNK(status.st_mode):
            found[name] = Entry("l", 0, os.fsencode(os.readlink(path)))
        elif stat.S_ISREG(status.st_mode):
            with open(path, "rb") as file:
                content = file.read()
            inode = (status.st_dev, status.st_ino) if status.st_nlink > 1 else ()
            found[name] = Entry("f", mode, content, inode, status.st_mtime_ns)
        else:
            found[name] = Entry("?", mode, b"")

    look(root, ".")
    return found


def make(root, tree):
    """The tree again, with its modes, times and second names of files."""
    folders, first_names = [], {}
    for name, entry in tree.items():
        path = root if name == "." else f"{root}/{name}"
        if entry.kind == "d":
            os.mkdir(path, 0o700)
            folders.append((path, entry))
        elif entry.kind == "l":
            os.symlink(entry.content, path)
        elif entry.kind == "f":
            if entry.inode and entry.inode in first_names:
                os.link(first_names[entry.inode], path)
                continue
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(fd, entry.content)
            os.fchmod(fd, entry.mode)
            os.utime(fd, ns=(entry.time, entry.time))
            os.close(fd)
            if entry.inode:
                first_names[entry.inode] = path
    for path, entry in reversed(folders):
        os.chmod(path, entry.mode)
        os.utime(path, ns=(entry.time, entry.time))


def remove(path):
    """Sealed folders, too, without a privilege."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(status.st_mode):
        os.unlink(path)
        return
    if status.st_mode & 0o700 != 0o700:
        os.chmod(path, 0o700)
    with os.scandir(path) as entries:
        names = [(each.path, each.is_dir(follow_symlinks=False)) for each in entries]
    for each, is_folder in names:
        if is_folder:
            remove(each)
        else:
            os.unlink(each)
    os.rmdir(path)


def differences(wanted, found, most=4):
    """What two trees differ in, in words; empty: nothing. Times and second names do not count."""
    words = []
    for name in sorted(wanted.keys() | found.keys()):
        one, other = wanted.get(name), found.get(name)
        if one is None:
            words.append(f"{name} is there, and should not be")
        elif other is None:
            words.append(f"{name} is missing")
        elif one[:2] != other[:2]:
            words.append(f"{name} is {other.kind} {other.mode:o} instead of {one.kind} {one.mode:o}")
        elif one.content != other.content:
            words.append(f"{name} has other content: {other.content[:160]!r} instead of {one.content[:160]!r}")
        if len(words) == most:
            break
    return words


def below(tree, root):
    """The part of a tree that is root, or below it."""
    return {name: entry for name, entry in tree.items() if name == root or name.startswith(root + "/")}
