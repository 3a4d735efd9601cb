# SPDX-License-Identifier: MIT
"""openclaw-state: snapshot, second pass, restore and discard of a gateway's state with databases."""
import glob
import hashlib
import json
import os
import sqlite3
import subprocess
import sys

import recorded
from scenario import Scenario, own, write
from trees import Expected, is_draft, tree_of

TRANSACTION, OTHER = "20261121T101500Z-4f2a", "20261121T111500Z-4f2b"
DATABASE = ".openclaw/state/openclaw.sqlite"


def database(path, *statements):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL").fetchall()
    for statement in statements:
        connection.execute(statement)
    connection.close()


# As a gateway that is killed: what it wrote last is in the -wal.
KILLED = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in ("PRAGMA journal_mode=WAL", "PRAGMA wal_autocheckpoint=0", *sys.argv[2:]):
    connection.execute(statement).fetchall()
os._exit(0)
"""


def killed_in(path, *statements):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    subprocess.run([sys.executable, "-c", KILLED, path, *statements], check=True)


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class State(Scenario):
    programs = ("openclaw-state",)
    action = ""
    more = {}

    def state(self, place):
        return f"{place.disk}/state"

    def snapshot(self, place, transaction=TRANSACTION):
        return f"{self.state(place)}/snapshots/{transaction}"

    def command_of(self, place, action, more, transaction=TRANSACTION):
        folder = f"{place.work}/{self.name}"
        request = f"{folder}/{action}-{transaction}.json"
        if not os.path.exists(request):
            write(request, json.dumps({"action": action, "transaction": transaction,
                                       "state_directory": self.state(place), **more}))
        # Beside the disk, as the folder of a unit's result is.
        result = f"{place.work}/results"
        os.makedirs(result, exist_ok=True)
        os.chmod(result, 0o777)
        return ([place.program("openclaw-state"), f"{transaction}.{action}", "--request", request, "--result",
                 f"{result}/{os.getpid()}.json"], {"PATH": "/usr/bin:/bin", "HOME": self.state(place)})

    def command(self, place):
        return self.command_of(place, self.action, self.more)

    def work(self, place, action, more=None, transaction=TRANSACTION):
        status, said = recorded.run(*self.command_of(place, action, more or {}, transaction), self.user)
        result = json.load(open(f"{place.work}/results/{os.getpid()}.json"))
        assert status == 0 and result["ok"], f"{action}: {said}"
        return result

    def run_undisturbed(self, place):
        self.work(place, self.action, self.more)

    def prepare(self, place):
        state = self.state(place)
        config = f"{state}/.openclaw"
        write(f"{config}/openclaw.json", '{"channels": {}, "$include": "./more.json5"}', 0o640)
        write(f"{config}/more.json5", "{gateway: {mode: 'local'}}", 0o600)
        write(f"{config}/.env", "SLACK_TOKEN=xoxb\n", 0o600)
        write(f"{config}/npm/package.json", '{"dependencies":{"@openclaw/slack":"2026.9.5"}}')
        write(f"{config}/credentials/slack.json", "a token", 0o600)
        database(f"{state}/{DATABASE}", "CREATE TABLE entries(text)", "INSERT INTO entries VALUES('before')",
                 "PRAGMA user_version=18")
        own(state)

    def expect(self, place, run_once):
        before = tree_of(self.state(place))
        # A stamp of a file that was written a moment ago is left out, and it has times.
        return before, Expected(run_once(lambda: tree_of(self.state(place))),
                                run_once(lambda: tree_of(self.state(place))),
                                varies=lambda path: path.endswith("/inventory.json"))

    def inventory_is_true(self, place, transaction=TRANSACTION):
        """What vouches for copies vouches for what is there."""
        folder = self.snapshot(place, transaction)
        if not os.path.exists(f"{folder}/inventory.json"):
            return []
        with open(f"{folder}/inventory.json", "rb") as file:
            text = file.read()
        try:
            entries = json.loads(text)["entries"]
        except ValueError:
            return [f"the inventory is no JSON: {text[:80]!r}"]
        said = []
        for entry in entries:
            copy = f"{folder}/files/{entry['root']}/{entry['path']}"
            if entry["kind"] == "link":
                continue
            if not os.path.exists(copy):
                said.append(f"the inventory names {entry['path']}, and there is no copy of it")
            elif digest_of(copy) != entry["content"]:
                said.append(f"the copy of {entry['path']} is not what the inventory says")
        return said

    def live_is(self, place, before):
        """The state of the gateway is as it was."""
        now = tree_of(self.state(place))
        return [f"the live {path} is {now.get(path)} instead of {entry}" for path, entry in before.items()
                if path.startswith(".openclaw") and not path.endswith("-shm") and now.get(path) != entry]

    def is_volatile(self, path):
        """The index of a -wal, which each reader makes, and an empty -wal."""
        return path.endswith(("-shm", "-wal"))

    def as_at_its_end(self, place, expected):
        """What was reported is on the disk."""
        said = expected[1].differences(tree_of(self.state(place)), ignore=self.is_volatile)
        return [f"it had ended, but {text}" for text in said + self.inventory_is_true(place)]

    def check_next(self, place, expected, cut):
        status, said = recorded.run(*self.command(place), self.user)
        if status != 0 or not json.load(open(f"{place.work}/results/{os.getpid()}.json"))["ok"]:
            return [f"the next run ends with {status}: {said}"]
        said = expected[1].differences(tree_of(self.state(place)), ignore=self.is_volatile)
        return [f"after the next run {text}" for text in said + self.inventory_is_true(place)]


class FirstPass(State):
    name = "snapshot of the state"
    action = "snapshot"
    promises = "the live state is as it was, an inventory names only copies that are whole"

    def check(self, place, expected, cut):
        if cut.ended:
            return self.as_at_its_end(place, expected)
        return self.live_is(place, expected[0]) + self.inventory_is_true(place)


class SecondPass(State):
    name = "settle of the state"
    action = "settle"
    promises = "the live state is as it was, and each copy is the first pass's or the second's"

    def prepare(self, place):
        super().prepare(place)
        self.work(place, "snapshot")
        write(f"{self.state(place)}/.openclaw/openclaw.json", '{"channels": {"slack": {}}}', 0o640)
        database(f"{self.state(place)}/{DATABASE}", "INSERT INTO entries VALUES('since')")
        write(f"{self.state(place)}/.openclaw/devices/paired.json", "{}", 0o600)
        os.unlink(f"{self.state(place)}/.openclaw/more.json5")
        own(self.state(place))

    def is_volatile(self, path):
        """Of what is gone since the first pass, a copy may be left: only the inventory counts."""
        return super().is_volatile(path) or path.endswith("/more.json5")

    def check(self, place, expected, cut):
        before, after = expected
        tree = tree_of(self.state(place))
        if cut.ended:
            return self.as_at_its_end(place, expected)
        said = self.live_is(place, before)
        for path, entry in tree.items():
            if not path.startswith("snapshots/") or entry[0] != "file" or is_draft(path):
                continue
            if entry not in (before.get(path), after.tree.get(path)) and path not in after.varies:
                said.append(f"{path} is {' '.join(entry)}, neither the first pass's nor the second's")
        return said


class Restore(State):
    name = "restore of the state"
    action = "restore"
    promises = "nothing of the newer state is lost, and the next run restores all of the snapshot"

    def furnish(self, place):
        self.lost = None

    def prepare(self, place):
        super().prepare(place)
        result = self.work(place, "snapshot")
        self.more = {"digest": result["digest"]}
        state = self.state(place)
        write(f"{state}/.openclaw/openclaw.json", '{"meta": "newer"}', 0o600)
        os.unlink(f"{state}/.openclaw/more.json5")
        killed_in(f"{state}/{DATABASE}", "UPDATE entries SET text='newer'", "PRAGMA user_version=23")
        killed_in(f"{state}/.openclaw/agents/added.sqlite", "CREATE TABLE t(a)",
                  "INSERT INTO t VALUES('only in its wal')")
        own(state)

    def expect(self, place, run_once):
        before, after = super().expect(place, run_once)
        # What a newer release has written and nobody else has.
        newer = [path for path in before if path in (
            ".openclaw/openclaw.json", DATABASE, DATABASE + "-wal", ".openclaw/agents/added.sqlite",
            ".openclaw/agents/added.sqlite-wal")]
        assert len(newer) == 5, newer
        return before, after, newer

    def check(self, place, expected, cut):
        before, after, newer = expected
        tree = tree_of(self.state(place))
        if cut.ended:
            return self.as_at_its_end(place, expected)
        there = {entry[1].split()[-1] for entry in tree.values() if entry[0] == "file"}
        said = [f"the newer {path} is nowhere" for path in newer if before[path][1].split()[-1] not in there]
        said += self.inventory_is_true(place)
        for path, entry in tree.items():
            live = path.startswith(".openclaw/") and entry[0] == "file" and not self.is_volatile(path)
            # Only a draft is not yet whole.
            if live and not is_draft(path) and entry not in (before.get(path), after.tree.get(path)):
                said.append(f"the live {path} is {' '.join(entry)}, neither the newer one nor the snapshot's")
        # A database beside the -wal of another one would be damaged by it.
        for path in (DATABASE, ".openclaw/agents/added.sqlite"):
            now, wal = tree.get(path), tree.get(path + "-wal")
            if now and wal and wal == before[path + "-wal"] and now != before[path]:
                said.append(f"{path} is the older one, beside the -wal of the newer one")
        return said

    def check_next(self, place, expected, cut):
        said = super().check_next(place, expected, cut)
        if said:
            return said
        connection = sqlite3.connect(f"{self.state(place)}/{DATABASE}")
        found = [connection.execute(statement).fetchone()[0] for statement in
                 ("PRAGMA integrity_check", "PRAGMA user_version", "SELECT group_concat(text) FROM entries")]
        connection.close()
        if found != ["ok", 18, "before"]:
            said.append(f"after the next run the database answers {found}")
        kept = glob.glob(f"{self.snapshot(place)}/set-aside/1/state/state/openclaw.sqlite")
        for path in kept:
            connection = sqlite3.connect(path)
            found = connection.execute("SELECT group_concat(text) FROM entries").fetchone()[0]
            connection.close()
            if found != "newer":
                said.append(f"the database that was set aside answers {found!r}")
        return said if kept else [*said, "the newer database was not set aside"]


class Discard(State):
    name = "discard of a snapshot"
    action = "discard"
    more = {"keep": [OTHER]}
    promises = "a snapshot is whole or is not one any more, and the kept one is whole"

    def prepare(self, place):
        super().prepare(place)
        self.work(place, "snapshot")
        self.work(place, "snapshot", None, OTHER)

    def check(self, place, expected, cut):
        # That it is gone need not be on the disk: the next update discards it again.
        said = self.inventory_is_true(place) + self.inventory_is_true(place, OTHER)
        if not os.path.exists(f"{self.snapshot(place, OTHER)}/inventory.json"):
            said.append("the kept snapshot is gone")
        return said + self.live_is(place, expected[0])


SCENARIOS = [FirstPass(), SecondPass(), Restore(), Discard()]
