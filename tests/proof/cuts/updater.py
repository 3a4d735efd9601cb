# SPDX-License-Identifier: MIT
"""The updater's own files: releases, pointers, the journal of an update, its recovery, and what operators set.

The program under test is updater-on-disk (machine_on_disk.hpp), which runs the updater's code with a simulated gateway
and simulated workers. What it has caused outside of the disk is in Cut.effects, in order: "record promote" (a state was
entered: its record has to be on the disk), "start" (of the gateway), "hold a party" (an operator was told so)."""
import json
import os
import re
import subprocess

import recorded
from scenario import Scenario
from trees import Expected, beneath, tree_of

OLD, NEW = "2026.8.1", "2026.8.2"
# States whose record need not be on the disk when their work begins (src/update/states.cpp).
NOT_DURABLE = {"start"}


# What has the number of a run, and what workers write.
is_of_a_run = re.compile(
    r"(bystander|fetch|lost\+found|state/(transactions|snapshots|counter|newest|open))(/|$)").match


class Updater(Scenario):
    programs = ("updater-on-disk",)
    user = None
    action = ""
    furnished = ("furnish",)

    def needs(self, place):
        return [f"{place.build}/tests/proof/cuts/updater-on-disk"]

    def act(self, place, action):
        """Exit status, what it prints, and what it complains about."""
        done = subprocess.run([place.program("updater-on-disk"), action, place.disk], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")[-800:]

    def must(self, place, action):
        status, said, complaint = self.act(place, action)
        assert status == 0, f"{action}: {said[-300:]} {complaint}"
        return said

    def look(self, place):
        return json.loads(self.must(place, "look"))

    def command(self, place):
        return [place.program("updater-on-disk"), self.action, place.disk], {"PATH": "/usr/bin:/bin"}

    def prepare(self, place):
        for action in self.furnished:
            self.must(place, action)

    def tree(self, place):
        return {path: entry for path, entry in tree_of(place.disk).items() if not is_of_a_run(path)}

    def expect(self, place, run_once):
        before = self.tree(place)
        found = run_once(lambda: (self.look(place), self.tree(place)))
        # A manifest has the time when it was made; whether it fits the release is asked of the store.
        after = Expected(found[1], run_once(lambda: self.tree(place)), varies=lambda path: path.endswith(".manifest"))
        return before, after, found[0]

    def releases_are_whole(self, seen):
        return [f"the release {name} is listed, but {said}" for name, said in seen["releases"].items() if said != "ok"]

    def as_at_its_end(self, place, expected):
        said = [f"it had ended, but {text}" for text in expected[1].differences(self.tree(place))]
        seen = self.look(place)
        for key, value in expected[2].items():
            if key not in ("journals", "snapshots") and seen[key] != value:
                said.append(f"it had ended, but {key} is {seen[key]!r} instead of {value!r}")
        return said

    def check(self, place, expected, cut):
        seen = self.look(place)
        said = self.releases_are_whole(seen)
        if cut.ended:
            return said + self.as_at_its_end(place, expected)
        return said

    def check_next(self, place, expected, cut):
        """The step is taken again, and what it left the first time is swept as each update does."""
        for action in (self.action, "sweep"):
            status, said, complaint = self.act(place, action)
            if status != 0:
                return [f"{action} ends with {status} in the next run: {said[-300:]} {complaint}"]
        said = [f"after the next run {text}" for text in expected[1].differences(self.tree(place))]
        return said + self.releases_are_whole(self.look(place))


class Seal(Updater):
    name = "seal of a release"
    action = "seal"
    promises = "a release that is listed is whole, by its manifest"


class Import(Updater):
    name = "import of a release"
    action = "import"
    promises = "a release that is listed is whole, by its manifest"


class Prune(Updater):
    name = "prune of releases"
    furnished = ("furnish", "furnish-many")
    action = "prune"
    promises = "a release that is listed is whole, and those in use stay"

    def check(self, place, expected, cut):
        # That they are gone need not be on the disk.
        return self.releases_are_whole(self.look(place)) + [
            f"{path} is gone" for path in expected[1].tree if path not in self.tree(place)]


class Decisions(Updater):
    """Steps that are announced as "KEY VALUE" when they are done."""
    start = {}

    def check(self, place, expected, cut):
        """What was announced is on the disk, or the next step is, too."""
        seen = self.look(place)
        steps = [effect.split(" ", 1) for effect in expected[3]]
        done = len(cut.effects)
        said = self.releases_are_whole(seen)
        for key in self.start:
            allowed = {{**self.start, **dict(steps[:many])}[key] for many in (done, done + 1)}
            if seen[key] not in {each.split("-")[0] for each in allowed}:
                said.append(f"{key} is {seen[key]!r} after {cut.effects}")
        return said

    def expect(self, place, run_once):
        return (*super().expect(place, run_once), self.steps(place))


class Point(Decisions):
    name = "promote: the pointers"
    furnished = ("furnish", "seal")
    action = "point"
    promises = "each pointer leads to a whole release, and what was promoted stays so"
    start = {"previous": "none", "current": OLD}

    def steps(self, place):
        return [f"previous {OLD}", f"current {NEW}", "previous none"]


class Standing(Decisions):
    name = "hold, pin and quarantine"
    action = "stand"
    promises = "what an operator was told is so, and each word of it"
    start = {"hold": "none", "pin": "none", "quarantine": "none"}

    def steps(self, place):
        return ["hold a party", f"pin {OLD}", "quarantine it fails", "hold none", "pin none", "quarantine none"]


class Snapshot(Updater):
    name = "record of a snapshot"
    action = "snapshot"
    promises = "a record is whole, with the unit's files, and what was created has one"

    def records_are_whole(self, place):
        said, names = [], self.look(place)["snapshots"]
        for name in names:
            folder = f"{place.disk}/state/snapshots/{name}"
            try:
                for file in ("record.json", "definition/index.json"):
                    with open(f"{folder}/{file}") as text:
                        json.load(text)
            except (OSError, ValueError) as problem:
                said.append(f"the record of {name}: {problem}")
                continue
            for path, entry in tree_of(f"{folder}/definition").items():
                # Each is named by the digest of its content.
                if re.fullmatch("[0-9a-f]{32,}", path) and not path.startswith(entry[1].split()[-1]):
                    said.append(f"the record of {name}: the unit's file {path} is {entry[1]}")
        return said

    def check(self, place, expected, cut):
        said = self.records_are_whole(place)
        if cut.ended and not self.look(place)["snapshots"]:
            said.append("it had ended, but there is no record")
        return said

    def check_next(self, place, expected, cut):
        for action in (self.action, "remove-snapshots"):
            status, said, complaint = self.act(place, action)
            if status != 0:
                return [f"{action} ends with {status} in the next run: {said} {complaint}"]
        left = self.look(place)["snapshots"]
        return [f"{left} are left after their removal"] if left else []


class RemovedSnapshot(Snapshot):
    name = "removal of a snapshot's record"
    furnished = ("furnish", "snapshot")
    action = "remove-snapshots"
    promises = "a record is whole or gone, and what was removed has none"

    def check(self, place, expected, cut):
        said = self.records_are_whole(place)
        if cut.ended and self.look(place)["snapshots"]:
            said.append("it had ended, but there is a record")
        return said


class Update(Updater):
    name = "update"
    action = "update"
    recovery = "recover"
    again = "update-again"
    promises = "each record is there when its work begins, and recover ends with the old or the new release, running"
    before, after = OLD, NEW

    def records(self, cut):
        return [effect.split(" ", 1)[1] for effect in cut.effects if effect.startswith("record ")]

    def check(self, place, expected, cut):
        seen = self.look(place)
        said = self.releases_are_whole(seen)
        if seen["current"] not in (self.before, self.after):
            said.append(f"current is {seen['current']!r}")
        # The newest transaction is this one's.
        states = seen["journals"][max(seen["journals"])] if seen["journals"] else []
        durable = [state for state in self.records(cut) if state not in NOT_DURABLE]
        if durable and durable[-1] not in states:
            said.append(f"the work of {durable[-1]} had begun, and the journal has only {states}")
        if cut.ended:
            said += self.as_at_its_end(place, expected)
        return said

    def check_next(self, place, expected, cut):
        status, said, complaint = self.act(place, self.recovery)
        if status != 0:
            return [f"recover ends with {status}: {said[-600:]} {complaint}"]
        seen = json.loads(said)
        said = self.releases_are_whole(seen)
        records = self.records(cut)
        allowed = {self.before, self.after}
        if self.is_proven(records):
            allowed = {self.after}
        elif "promote" not in records:
            allowed = {self.before}
        if seen["running"] not in allowed or seen["current"] != seen["running"]:
            said.append(f"after recover {seen['running']!r} runs and current is {seen['current']!r}; "
                        f"the outcome is {seen['outcome']}, the records were {records}")
        if seen["open"]:
            said.append(f"{seen['open']} is open after recover")
        if said:
            return said
        status, words, complaint = self.act(place, self.again)
        if status != 0:
            return [f"the next update ends with {status}: {words[-300:]} {complaint}"]
        return [f"after recover and the next update {text}"
                for text in expected[1].differences(self.tree(place), ignore=self.may_differ)]

    def is_proven(self, records):
        return "commit" in records or "updated" in records

    def may_differ(self, path):
        return False


class Undo(Update):
    name = "undo: back to the previous release"
    furnished = ("furnish", "update")
    action = again = "return"
    before, after = NEW, OLD

    def check_next(self, place, expected, cut):
        self.again = "look" if self.is_proven(self.records(cut)) else "return"
        return super().check_next(place, expected, cut)


class RollBack(Update):
    """The new release does not become ready."""
    name = "update that is rolled back"
    action = "update-broken"
    recovery = "recover-broken"
    again = "look"
    promises = "each record is there when its work begins, and recover ends with the old release, running"

    def is_proven(self, records):
        return False

    def may_differ(self, path):
        # What a rolled back update has sealed stays for the next one; it may not have come so far.
        return path.startswith(("state/releases/" + NEW, "state/quarantine", "state/previous"))


class Adopt(Updater):
    name = "adopt an installation"
    furnished = ("furnish-installation",)
    action = "adopt"
    promises = "the unit starts what it started before, or a current release that is whole"
    drop_in = "etc/system/claw.service.d/50-openclaw-update.conf"

    def check(self, place, expected, cut):
        seen = self.look(place)
        said = self.releases_are_whole(seen)
        tree = self.tree(place)
        whole = expected[1].tree if self.action == "adopt" else expected[0]
        if self.drop_in in tree:
            if tree[self.drop_in] != whole[self.drop_in]:
                said.append(f"{self.drop_in} is {tree[self.drop_in]} instead of {whole[self.drop_in]}")
            if seen["current"] != OLD:
                said.append(f"the unit starts current, and current is {seen['current']!r}")
            if "state/adoption.json" not in tree:
                said.append("the unit starts current, and there is no record of the adoption")
        for path in beneath(expected[0], "npm"):
            if tree.get(path) != expected[0][path]:
                said.append(f"the installation itself has changed: {path}")
        if cut.ended:
            said += self.as_at_its_end(place, expected)
        return said


class GiveBack(Adopt):
    name = "undo of an adoption"
    furnished = ("furnish-installation", "adopt")
    action = "give-back"


SCENARIOS = [Seal(), Import(), Prune(), Point(), Standing(), Snapshot(), RemovedSnapshot(), Update(), Undo(), RollBack(), Adopt(),
             GiveBack()]
