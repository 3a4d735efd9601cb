# SPDX-License-Identifier: MIT
"""Runs of a program as it is shipped, recorded, and stopped or failed at one of its calls."""
import ctypes
import errno
import os
import select
import signal
import time
from typing import NamedTuple

PATIENCE = 60  # seconds, after which a program hangs
PR_SET_CHILD_SUBREAPER = 36


class Ended(NamedTuple):
    """How a run ended."""
    status: int  # the exit status; -N: by signal N
    said: str  # what it wrote to standard output
    complained: str  # and to standard error
    calls: int  # that were recorded
    hung: bool


def adopt_orphans():
    """What a killed program leaves running becomes a child of this process, which ends it."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Recorder:
    """The preloaded library and its folder."""

    def __init__(self, library, folder):
        self.library, self.folder = library, folder
        os.mkdir(folder)
        self.counter = os.open(f"{folder}/counter", os.O_RDWR | os.O_CREAT, 0o600)

    def plan(self, programs, lines=()):
        """Writes the plan; with a log if the lines say so ("log")."""
        os.pwrite(self.counter, bytes(8), 0)
        logged = "log" in lines
        if os.path.exists(f"{self.folder}/failed"):
            os.unlink(f"{self.folder}/failed")
        if logged:
            open(f"{self.folder}/log", "wb").close()
        elif os.path.exists(f"{self.folder}/log"):
            os.unlink(f"{self.folder}/log")
        text = "".join(f"program {name}\n" for name in programs)
        text += "".join(f"{line}\n" for line in lines if line != "log")
        with open(f"{self.folder}/plan", "w", encoding="utf-8") as file:
            file.write(text)

    def failed(self):
        """The call that was failed: number, program, call, path, and whether it changes something; None if the run has not come to it."""
        try:
            with open(f"{self.folder}/failed", encoding="utf-8", errors="replace") as file:
                return file.read().rstrip("\n").split("\t")
        except FileNotFoundError:
            return None

    def calls(self):
        """How many calls were recorded."""
        return int.from_bytes(os.pread(self.counter, 8, 0), "little")

    def log(self):
        """The lines of the log, each a list of number, program, call and path."""
        with open(f"{self.folder}/log", encoding="utf-8", errors="replace") as file:
            return [line.rstrip("\n").split("\t") for line in file]


def _end_orphans(at_once):
    """Waits for all children that are left; kills them first where a service manager would."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid:
            continue
        if at_once or time.monotonic() > deadline:
            with open(f"/proc/self/task/{os.getpid()}/children", encoding="utf-8") as file:
                for child in file.read().split():
                    try:
                        os.kill(int(child), signal.SIGKILL)
                    except ProcessLookupError:
                        pass
        time.sleep(0.001)


def run(command, environment, recorder, directory, at_once=True):
    """One run of a command to its end, and of all that it has started."""
    environment = dict(environment, RECORDER=recorder.folder, LD_PRELOAD=recorder.library)
    outputs = (f"{recorder.folder}/stdout", f"{recorder.folder}/stderr")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
               (os.POSIX_SPAWN_OPEN, 1, outputs[0], flags, 0o600),
               (os.POSIX_SPAWN_OPEN, 2, outputs[1], flags, 0o600)]
    os.chdir(directory)
    pid = os.posix_spawn(command[0], command, environment, file_actions=actions, setsid=True)
    handle = os.pidfd_open(pid)
    waiting = select.poll()
    waiting.register(handle, select.POLLIN)
    hung = not waiting.poll(PATIENCE * 1000)
    if hung:
        os.kill(pid, signal.SIGKILL)
    os.close(handle)
    _, status = os.waitpid(pid, 0)
    _end_orphans(at_once or hung)
    texts = []
    for output in outputs:
        with open(output, encoding="utf-8", errors="replace") as file:
            texts.append(file.read())
    return Ended(os.waitstatus_to_exitcode(status), texts[0], texts[1], recorder.calls(), hung)


def number_of(name):
    """ENOSPC: 28."""
    return getattr(errno, name)
