# SPDX-License-Identifier: MIT
"""What is done while the power is cut, and what must hold afterwards."""
import os

import recorded


class Place:
    """Where things are. All processes see the disk at the same path: records have absolute paths."""

    def __init__(self, work, build, here):
        self.work, self.build, self.here = work, build, here
        self.disk = f"{work}/disk"

    def program(self, name):
        """Where an unprivileged user finds it: a clone may lie in /root."""
        return f"{self.work}/programs/{name}"


class Cut:
    """When the power is cut."""

    def __init__(self, number, call, effects, ended):
        self.number, self.call = number, call  # before that call; of an ended program: after its last one
        self.effects = effects  # what the program had caused outside of the disk, in order
        self.ended = ended  # the program has reported success

    def __str__(self):
        return "after its end" if self.ended else f"before call {self.number} ({self.call})"


class Scenario:
    name = ""
    programs = ()  # in which calls are counted
    user = recorded.unprivileged
    promises = "old or new, complete"

    def needs(self, place):
        """The programs that it takes from the build."""
        return [f"{place.build}/src/tools/{name}" for name in self.programs]

    def run_undisturbed(self, place):
        argv, env = self.command(place)
        status, said = recorded.run(argv, env, self.user)
        assert status == 0, f"{self.name}: the program ends with {status}: {said}"

    def furnish(self, place):
        """What lies beside the disk: made once."""

    def prepare(self, place):
        """What is on the disk before."""
        raise NotImplementedError

    def command(self, place):
        """The program under test: arguments and environment."""
        raise NotImplementedError

    def expect(self, place, run_once):
        """What undisturbed runs leave; run_once(function) answers what it says of the disk after such a run."""
        raise NotImplementedError

    def check(self, place, expected, cut):
        """Sentences about what is wrong on the disk as the cut has left it."""
        raise NotImplementedError

    def check_next(self, place, expected, cut):
        """The same after the next run on that disk."""
        raise NotImplementedError


def write(path, content="", mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(content)
    os.chmod(path, mode)


def own(path, user=65534):
    """Gives a tree to the gateway's user."""
    os.chown(path, user, user)
    for folder, folders, files in os.walk(path):
        for name in folders + files:
            os.chown(os.path.join(folder, name), user, user, follow_symlinks=False)
