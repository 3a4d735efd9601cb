# SPDX-License-Identifier: MIT
"""The guard of a container's volume: the state is kept before another version starts, and comes back with the older."""
import os
import sqlite3

import recorded
from scenario import Scenario, own, write
from state import database
from trees import tree_of

OLD, NEW = ("2026.9.5", 17), ("2026.9.6", 18)
DATABASE = ".openclaw/state/openclaw.sqlite"
# An OpenClaw that knows one schema of its database, and answers when it is asked about one.
IMAGE = r"""found=$(od -An -tu1 -j63 -N1 "$3" | tr -d ' ')
status=exact
[ "$found" -le {schema} ] || status=incompatible
[ "$found" -ge {schema} ] || status=migration-required
printf '{{"schema":"openclaw.state-schema-preflight.v1","targetVersion":{schema},"foundVersion":%s,"status":"%s"}}' \
  "$found" "$status"
"""


def asked(path, statement):
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchone()[0]
    finally:
        connection.close()


class Guard(Scenario):
    programs = ("openclaw-stage-deps", "openclaw-guard-state")
    starts = OLD  # the image whose start is cut
    promises = "the state is the older one or the newer one, and nothing is lost"

    def home(self, place):
        return f"{place.work}/{self.name}"

    def volume(self, place):
        return f"{place.disk}/volume"

    def furnish(self, place):
        for version, schema in (OLD, NEW):
            write(f"{self.home(place)}/{version}/package.json", f'{{"name":"openclaw","version":"{version}"}}')
            write(f"{self.home(place)}/{version}/openclaw.mjs", IMAGE.format(schema=schema))
            os.makedirs(f"{self.home(place)}/{version}/dist", exist_ok=True)
        write(f"{self.home(place)}/helpers.ini", "[gateway]\nnode = /bin/sh\n")

    def entrypoint(self, place, version):
        return ([place.program("openclaw-stage-deps"), "--guard-state", "--settings",
                 f"{self.home(place)}/helpers.ini", "--package-root", f"{self.home(place)}/{version}", "--",
                 "/bin/true"], {"PATH": "/usr/bin:/bin", "HOME": self.volume(place)})

    def command(self, place):
        return self.entrypoint(place, self.starts[0])

    def run_openclaw(self, place, version, schema):
        """What a running OpenClaw of that version does to the volume."""
        status, said = recorded.run(*self.entrypoint(place, version), self.user)
        assert status == 0, f"{version} does not start: {said}"
        database(f"{self.volume(place)}/{DATABASE}", "CREATE TABLE IF NOT EXISTS said(text)",
                 f"INSERT INTO said VALUES('{version}')", f"PRAGMA user_version={schema}")
        write(f"{self.volume(place)}/.openclaw/openclaw.json", f'{{"meta":"{version}"}}')
        own(self.volume(place))

    def prepare(self, place):
        os.mkdir(self.volume(place))
        own(self.volume(place))
        self.run_openclaw(place, *OLD)
        if self.starts == OLD:
            self.run_openclaw(place, *NEW)

    def expect(self, place, run_once):
        found = run_once(lambda: (self.state_is(place, OLD), self.state_is(place, NEW), tree_of(self.volume(place))))
        assert found[0], "an undisturbed start of the older image finds the older state"
        return found[2]

    def state_is(self, place, version):
        file = f"{self.volume(place)}/{DATABASE}"
        words = OLD[0] if version == OLD else f"{OLD[0]},{NEW[0]}"
        if not os.path.exists(file) or asked(file, "PRAGMA integrity_check") != "ok":
            return False
        if asked(file, "PRAGMA user_version") != version[1]:
            return False
        if asked(file, "SELECT group_concat(text) FROM said") != words:
            return False
        with open(f"{self.volume(place)}/.openclaw/openclaw.json") as config:
            return config.read() == f'{{"meta":"{version[0]}"}}'

    def is_somewhere(self, place, words):
        for folder, _, files in os.walk(self.volume(place)):
            for name in files:
                if name != "openclaw.sqlite":
                    continue
                try:
                    if asked(os.path.join(folder, name), "SELECT group_concat(text) FROM said") == words:
                        return True
                except sqlite3.DatabaseError:
                    pass
        return False

    def nothing_lost(self, place):
        newer = f"{OLD[0]},{NEW[0]}"
        if self.starts == OLD and not self.is_somewhere(place, newer):
            return ["what the newer image had left is nowhere"]
        return [] if self.is_somewhere(place, OLD[0]) else ["what the older image had left is nowhere"]

    def check(self, place, expected, cut):
        said = self.nothing_lost(place)
        if cut.ended and not self.state_is(place, OLD):
            said.append("it had ended, but the state is not the older one")
        if cut.ended:
            # The record of which image has run decides about the next start.
            for path, entry in expected.items():
                name = os.path.basename(path)
                if name in ("record.json", "kept.json") or path.endswith("inventory.json"):
                    if not os.path.exists(f"{self.volume(place)}/{path}"):
                        said.append(f"it had ended, but {path} is missing")
        return said

    def check_next(self, place, expected, cut):
        status, words = recorded.run(*self.entrypoint(place, self.starts[0]), self.user)
        if status != 0:
            return [f"the next start ends with {status}: {words}"]
        said = [] if self.state_is(place, OLD) else ["the next start does not find the older state"]
        said += self.nothing_lost(place)
        if said:
            return said
        # The other image afterwards, as a roll forward.
        status, words = recorded.run(*self.entrypoint(place, NEW[0]), self.user)
        if status != 0:
            return [f"the start of the newer image ends with {status}: {words}"]
        if not (self.state_is(place, OLD) or self.state_is(place, NEW)):
            said.append("the newer image finds neither the older nor its own state")
        return said + self.nothing_lost(place)


class GuardKeeps(Guard):
    name = "the guard keeps a state"
    starts = NEW


class GuardRestores(Guard):
    name = "the guard restores a state"


SCENARIOS = [GuardKeeps(), GuardRestores()]
