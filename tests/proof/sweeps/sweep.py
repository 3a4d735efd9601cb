# SPDX-License-Identifier: MIT
"""A scenario made ready: its state before and after an undisturbed run, and a run on a fresh copy."""
import ctypes
import os
import shutil
import tempfile

import runs
import staging
import state
import trees
from place import Place

CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000
NOBODY = 65534


def all_scenarios():
    """In the order in which they are run."""
    return staging.scenarios() + state.scenarios()


def drop_privileges():
    """As the gateway's user, for whom modes mean something."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def hide_the_host():
    """What root's programs change has fixed places: here they are empty, and nobody else's."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0 or libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        raise OSError(ctypes.get_errno(), "a mount namespace")
    for path in (b"/var/lib", b"/run"):
        if libc.mount(b"tmpfs", path, b"tmpfs", 0, b"mode=755") != 0:
            raise OSError(ctypes.get_errno(), path)


class Sweep:
    """One process, one scenario, one folder in memory."""

    def __init__(self, scenario, where, programs, library):
        self.scenario = scenario
        self.folder = tempfile.mkdtemp(prefix="sweep.", dir=where)
        os.chmod(self.folder, 0o755)
        runs.adopt_orphans()
        os.umask(0o022)
        if scenario.as_root:
            hide_the_host()
        else:
            os.chown(self.folder, NOBODY, NOBODY)
            drop_privileges()
        self.place = Place(self.folder, programs)
        os.makedirs(self.place.path("tmp"))
        self.recorder = runs.Recorder(library, self.place.path("recorder"))
        self.place.run = self._run_plainly
        scenario.build(self.place)
        self.before = trees.read(self.place.state)
        self.plain_before = self.exactly_before = None
        self.is_untouched = False
        self.after = self._undisturbed("the first time")
        again = self._undisturbed("once more")
        different = trees.differences(self.after, again)
        if different:
            raise RuntimeError(f"{scenario.name}: two undisturbed runs differ: {'; '.join(different)}")

    def remove(self):
        """What is in the folder, which is another user's to remove."""
        os.chdir("/")
        for name in os.listdir(self.folder):
            trees.remove(f"{self.folder}/{name}")

    def _run_plainly(self, command, environment):
        self.recorder.plan(("nobody",))
        return runs.run(command, environment, self.recorder, self.folder)

    def _undisturbed(self, which):
        self.fresh()
        ended = self.run(self.scenario.command(self.place), ())
        if self.scenario.is_failure(self.place, ended):
            raise RuntimeError(f"{self.scenario.name}: undisturbed, it ends {which} with {ended.status}: "
                               f"{ended.said} {self.scenario.message(self.place, ended)}")
        return self.plain()

    def fresh(self):
        """A copy of the state as it was before, and what happens ahead of the run."""
        if self.is_untouched:
            return
        trees.remove(self.place.state)
        trees.make(self.place.state, self.before)
        self.scenario.before_each(self.place, lambda command: self._run_plainly(*command))
        self.exactly_before = trees.read(self.place.state)
        self.plain_before = self.scenario.plain(self.exactly_before)

    def left_all_as_it_was(self):
        """Whether the last run has changed nothing, not even a time: a run after it is the undisturbed one. Root's
        programs change what is elsewhere, too."""
        self.is_untouched = not self.scenario.as_root and trees.read(self.place.state) == self.exactly_before
        return self.is_untouched

    def state_of_now(self):
        """The state as far as a run can tell it from another: byte for byte, with the times of what was there before.
        None: root's programs change what is elsewhere, too."""
        if self.scenario.as_root:
            return None
        old, now = self.exactly_before, trees.read(self.place.state)
        first_names = {}  # which file it is, where a file has more than one name
        return hash(frozenset(
            (name, entry.kind, entry.mode, entry.content, name in old and old[name].time == entry.time,
             first_names.setdefault(entry.inode, name) if entry.inode else "") for name, entry in now.items()))

    def plain(self):
        """The state as it is, without what differs from run to run."""
        return self.scenario.plain(trees.read(self.place.state))

    def run(self, command, lines, at_once=True):
        """One run with these lines of a plan."""
        self.is_untouched = False
        self.recorder.plan(self.scenario.programs, lines)
        return runs.run(*command, self.recorder, self.folder, at_once)

    def points(self, calls, *lines):
        """The log of an undisturbed run: what there is to be disturbed."""
        self.fresh()
        self.run(self.scenario.command(self.place), (f"calls {calls}", *lines, "log"))
        return self.recorder.log()


def clean(where):
    """What workers that died have left."""
    shutil.rmtree(where, ignore_errors=True)
