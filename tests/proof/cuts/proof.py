# SPDX-License-Identifier: MIT
"""One scenario on one file system: the disk is taken before each call, and what is on it is checked."""
import fnmatch
import os
import re
import subprocess
import traceback

import disk
from scenario import Cut

# What has reached the disk beside what the program has synced: nothing, the names and no content, all.
FLUSHES = ("nothing", "metadata", "everything")
SYNCS = ("fsync", "fdatasync", "syncfs")


def check_image(scenario, place, system, image, expected, cut, whole, steps=("check", "check_next")):
    """Runs in a process of its own, with mounts of its own. Sentences about what is wrong."""
    stays = "check_next" not in steps
    try:
        said = []
        with disk.mounted(image, system, place.disk):
            for step in steps:
                said = said or getattr(scenario, step)(place, expected, cut)
        if whole:
            done = subprocess.run([*system.check, image], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode != 0:
                said.append("the file system itself is damaged: " + done.stdout.decode(errors="replace")[-500:])
        return said
    except Exception:  # a check that cannot be made proves nothing
        return ["the check ended with " + traceback.format_exc(limit=-3)]
    finally:
        if not stays:
            os.unlink(image)


GENERAL = [re.compile(text) for text in (
    r"[0-9a-f]{32}",  # a closure
    r"(?<=^openclaw-)\d{4}\..*",  # a staging root
    r"s?(t\d{8}-)?\d{8}T\d{6}Z(-[0-9a-z]{4})?",  # a transaction, a snapshot
    r"\d{4}\.\d+\.\d+-[0-9a-f]{8}",  # a release
)]


def pattern_of(path):
    """The same for each run: without random names, versions, and the numbers of transactions."""
    path = re.sub(r"/#\d+ \(deleted\)$", "/#*", path)
    parts = []
    for part in path.split("/"):
        for general in GENERAL:
            part = general.sub("*", part)
        parts.append(re.sub(r"^(\..*[.-])[0-9a-z]{6}$", r"\1*", part))
    return "/".join(parts)


def matches(path, pattern):
    """As the recorder's: a star is within one name."""
    names, patterns = path.split("/"), pattern.split("/")
    return len(names) == len(patterns) and all(map(fnmatch.fnmatchcase, names, patterns))


class Proof:
    def __init__(self, place, scenario, system, recorder, pool, draw):
        self.place, self.scenario, self.system = place, scenario, system
        self.recorder, self.pool = recorder, pool
        self.draw = draw
        self.blank = f"{place.work}/{system.name}.image"
        self.before = f"{place.work}/before.image"
        self.live = f"{place.work}/live.image"
        self.serial = 0

    def prepare(self):
        if not os.path.exists(self.blank):
            disk.make_image(self.system, self.blank)
        disk.copy_sparse(self.blank, self.before)
        with disk.mounted(self.before, self.system, self.place.disk):
            os.chmod(self.place.disk, 0o755)
            open(f"{self.place.disk}/bystander", "w").close()
            self.scenario.prepare(self.place)
        disk.copy_sparse(self.before, self.live)
        with disk.mounted(self.live, self.system, self.place.disk):
            self.expected = self.scenario.expect(self.place, self.run_once)

    def run_once(self, look):
        """An undisturbed run on a disk of its own."""
        image = f"{self.place.work}/once.image"
        disk.copy_sparse(self.before, image)
        try:
            with disk.mounted(image, self.system, self.place.disk):
                self.scenario.run_undisturbed(self.place)
                return look()
        finally:
            os.unlink(image)

    def cut_run(self, how, ignored=(), only=None):
        """One run with the power cut before each call."""
        disk.copy_sparse(self.before, self.live)
        run = CutRun(self, how, ignored, only)
        with disk.mounted(self.live, self.system, self.place.disk) as device:
            run.disk = disk.Disk(self.live, self.system, self.place.disk, device)
            try:
                argv, env = self.scenario.command(self.place)
                status, words = self.recorder.run(argv, env, self.scenario.user, self.scenario.programs, ignored,
                                                  run.before_call)
                if status == 0:
                    run.after_end()
                else:
                    run.failures.append((None, [f"the program itself ends with {status}: {words}"]))
            finally:
                run.disk.close()
        run.collect(0)
        run.check_kept()
        return run


class CutRun:
    """What has been cut, and what was found. With a sync left out, it ends at the first thing that is found."""

    # So many calls after a sync that is left out are looked at: later, another one has made up for it.
    window = 24

    def __init__(self, proof, how, ignored, only):
        self.proof, self.how, self.ignored, self.only = proof, how, ignored, only
        self.instants = self.disks = 0
        self.failures, self.sites, self.waiting = [], {}, []
        self.kept = []  # with a sync left out: disks on which the next run has not been tried yet
        self.effects, self.calls = [], 0
        self.pending = None  # the disk that was taken last, and its cut
        self.state_of_pending = None
        self.left_out_at = None  # the last sync that was left out
        self.done = False

    def before_call(self, call):
        proof = self.proof
        if call.path.startswith("/effect/"):
            self.effects.append(call.path[len("/effect/"):])
            return
        if not (call.path + "/").startswith(proof.place.disk + "/"):
            return
        self.calls += 1
        relative = call.path[len(proof.place.disk) + 1:]
        if call.call in SYNCS:
            self.sites.setdefault((call.call, pattern_of(call.path)), []).append(self.calls)
            if any(call.call == name and matches(call.path, pattern) for name, pattern in self.ignored):
                self.left_out_at = self.calls
        if self.is_wanted():
            self.take(Cut(self.calls, f"{call.call} {relative}", list(self.effects), False))

    def is_wanted(self):
        if self.done:
            return False
        if self.only is not None:
            return self.calls == self.only
        if self.ignored:
            return self.left_out_at is not None and self.calls - self.left_out_at <= self.window
        return self.proof.draw(self.calls)

    def after_end(self):
        if not self.done and self.only in (None, self.calls + 1):
            self.take(Cut(self.calls + 1, "end", list(self.effects), True))
        self.submit()

    def take(self, cut):
        self.disk.flush(self.how)
        self.instants += 1
        state = self.disk.writes()
        if self.pending is not None and state == self.state_of_pending and state[1] == 0:
            # The same disk; what must hold of it later includes what had to hold before.
            self.pending = (self.pending[0], cut)
            return
        self.submit()
        proof = self.proof
        proof.serial += 1
        image = f"{proof.place.work}/cuts/{proof.serial}"
        if not self.disk.copy(image):
            self.failures.append((cut, ["the disk could not be copied: it is written to all the time"]))
            return
        self.pending, self.state_of_pending = (image, cut), self.disk.writes()

    def submit(self):
        if self.pending is None:
            return
        (image, cut), self.pending = self.pending, None
        self.disks += 1
        proof = self.proof
        arguments = (proof.scenario, proof.place, proof.system, image, proof.expected, cut,
                     not self.ignored and self.disks == 5)
        if self.ignored:
            arguments += (["check"],)
            self.kept.append((cut, arguments))
        self.waiting.append((cut, proof.pool.apply_async(check_image, arguments)))
        self.collect(48)

    def collect(self, most):
        """Waits until no more than so many checks are to be made."""
        while len(self.waiting) > most or (self.waiting and self.waiting[0][1].ready()):
            cut, result = self.waiting.pop(0)
            said = result.get(600)
            if said:
                self.failures.append((cut, said))
                self.done = bool(self.ignored)

    def check_kept(self):
        """The next run takes longest. Where its disk looks right after the cut, it may still find something."""
        for cut, (scenario, place, system, image, expected, _, _, _) in reversed(self.kept):
            if self.done:
                os.unlink(image)
                continue
            arguments = (scenario, place, system, image, expected, cut, False, ["check_next"])
            self.waiting.append((cut, self.proof.pool.apply_async(check_image, arguments)))
            self.collect(2)
        self.collect(0)
