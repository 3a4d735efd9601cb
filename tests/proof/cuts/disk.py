# SPDX-License-Identifier: MIT
"""A disk that can be cut off from its power: a file system in an image file in memory, mounted by a loop device.

What the loop device has been told to write is in the image file at once, as if the disk had no cache of its own; what
is only in the page cache is not. So a copy of the image file is the disk as a power cut at that moment leaves it. A
real disk loses more, where a program does not flush it: every flush of a file system is taken to reach the disk.
"""
import contextlib
import ctypes
import errno
import fcntl
import os
import struct
import subprocess
import time

libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS = 0x20000
MS_REC_PRIVATE = (1 << 14) | (1 << 18)
LOOP_CTL_GET_FREE, LOOP_CONFIGURE = 0x4C82, 0x4C0A
LO_FLAGS_AUTOCLEAR = 4
BTRFS_IOC_START_SYNC, BTRFS_IOC_WAIT_SYNC = 0x80089418, 0x40089416


class FileSystem:
    """How one kind is made and mounted. What it would write by itself after some seconds is held back."""

    def __init__(self, name, kind, size, make, options, check):
        self.name, self.kind, self.size, self.make = name, kind, size, make
        self.options, self.check = options, check


FILE_SYSTEMS = {each.name: each for each in [
    FileSystem("ext4", "ext4", 64,
               ["mkfs.ext4", "-q", "-F", "-b", "4096", "-J", "size=4", "-E",
                "lazy_itable_init=0,lazy_journal_init=0"],
               "commit=300", ["e2fsck", "-f", "-n"]),
    # The kernel's own remedy for programs that rename without a sync is switched off.
    FileSystem("ext4-noauto_da_alloc", "ext4", 64,
               ["mkfs.ext4", "-q", "-F", "-b", "4096", "-J", "size=4", "-E",
                "lazy_itable_init=0,lazy_journal_init=0"],
               "commit=300,noauto_da_alloc", ["e2fsck", "-f", "-n"]),
    FileSystem("xfs", "xfs", 300, ["mkfs.xfs", "-q", "-f"], "nouuid", ["xfs_repair", "-n"]),
    FileSystem("btrfs", "btrfs", 128, ["mkfs.btrfs", "-q", "-f", "-m", "single", "-d", "single"],
               "commit=300", ["btrfs", "check", "--readonly"]),
]}


def checked(result, *names):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), *names)
    return result


def own_mounts():
    """Nobody else sees what this process mounts, and it is gone with the last process that does."""
    checked(libc.unshare(CLONE_NEWNS))
    checked(libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None))


def mount(source, target, kind, options):
    checked(libc.mount(source.encode(), target.encode(), kind.encode(), 0, options.encode()), source)


def unmount(target):
    for attempt in range(200):
        if libc.umount2(target.encode(), 0) == 0:
            return
        # A process that has just ended may still be in it.
        if ctypes.get_errno() != errno.EBUSY:
            break
        time.sleep(0.01)
    checked(-1, target)


def detach(target):
    """At once for all names, and from the memory when nothing uses it any more."""
    checked(libc.umount2(target.encode(), 2), target)


def attach(image):
    """The name of a loop device, which frees itself when nothing uses it any more, and a descriptor of it."""
    file = os.open(image, os.O_RDWR | os.O_CLOEXEC)
    control = os.open("/dev/loop-control", os.O_RDWR | os.O_CLOEXEC)
    try:
        for attempt in range(100):
            number = fcntl.ioctl(control, LOOP_CTL_GET_FREE)
            name = f"/dev/loop{number}"
            try:
                device = os.open(name, os.O_RDWR | os.O_CLOEXEC)
            except FileNotFoundError:
                time.sleep(0.01)
                continue
            info = struct.pack("=QQQQQIIII64s64s32sQQ", 0, 0, 0, 0, 0, 0, 0, 0, LO_FLAGS_AUTOCLEAR,
                               image.encode()[:63], b"", b"", 0, 0)
            try:
                fcntl.ioctl(device, LOOP_CONFIGURE, struct.pack("=II", file, 0) + info + bytes(64))
                return name, device
            except OSError as problem:
                os.close(device)
                if problem.errno != errno.EBUSY:
                    raise
    finally:
        os.close(control)
        os.close(file)
    raise OSError(errno.EBUSY, "there is no free loop device")


@contextlib.contextmanager
def mounted(image, system, where):
    """Mounts the image for reading and writing, which replays its journal."""
    name, device = attach(image)
    try:
        mount(name, where, system.kind, system.options)
    finally:
        os.close(device)
    try:
        yield name
    finally:
        unmount(where)
        await_detached(name, image)


def await_detached(name, image):
    """Only then has all that was written reached the image."""
    for attempt in range(2000):
        try:
            with open(f"/sys/block/{os.path.basename(name)}/loop/backing_file") as file:
                if file.read().strip() != image:
                    return
        except OSError:
            return
        time.sleep(0.01)


def make_image(system, image):
    with open(image, "wb") as file:
        file.truncate(system.size << 20)
    subprocess.run([*system.make, image], check=True, stdout=subprocess.DEVNULL)
    # Zeroes that were written take memory like other content.
    subprocess.run(["fallocate", "--dig-holes", image], check=True)


def copy_sparse(source, target):
    with open(source, "rb") as read, open(target, "wb") as write:
        size = os.fstat(read.fileno()).st_size
        write.truncate(size)
        end = 0
        while end < size:
            try:
                begin = os.lseek(read.fileno(), end, os.SEEK_DATA)
            except OSError:
                break
            end = os.lseek(read.fileno(), begin, os.SEEK_HOLE)
            while begin < end:
                done = os.copy_file_range(read.fileno(), write.fileno(), end - begin, begin, begin)
                begin += done


class Disk:
    """One that is mounted, and of which copies are taken."""

    def __init__(self, image, system, where, device):
        self.image, self.system, self.where = image, system, where
        self.statistics = f"/sys/block/{os.path.basename(device)}/stat"
        # Reads go to the same device: opened while nothing has been written.
        self.folder = os.open(where, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self.bystander = os.open(f"{where}/bystander", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.fsync(self.bystander)
        self.place = 0

    def close(self):
        os.close(self.folder)
        os.close(self.bystander)

    def flush(self, how):
        """What the kernel, or another program, may write at any time."""
        if how == "metadata":
            self.flush_metadata()
        elif how == "everything":
            checked(libc.syncfs(self.folder))

    def flush_metadata(self):
        """Commits the names of files and no content of them that nobody has synced."""
        if self.system.kind == "btrfs":
            # The sync of a file only writes the log of that file. This is the transaction that ends each 30 seconds.
            os.pwrite(self.bystander, b"x", 0)
            number = bytearray(8)
            fcntl.ioctl(self.folder, BTRFS_IOC_START_SYNC, number)
            fcntl.ioctl(self.folder, BTRFS_IOC_WAIT_SYNC, number)
            return
        self.place = (self.place + 1) % 4096
        os.pwrite(self.bystander, b"x", self.place)
        os.fsync(self.bystander)

    def writes(self):
        """How many writes the device has done, and how many it has begun and not done."""
        with open(self.statistics) as file:
            fields = file.read().split()
        return int(fields[4]), int(fields[8])

    def copy(self, target):
        """Copies the disk as it is now; false if it has changed meanwhile ten times."""
        for attempt in range(10):
            before = self.writes()
            if before[1] != 0:
                time.sleep(0.002)
                continue
            copy_sparse(self.image, target)
            if self.writes() == before:
                return True
        return False
