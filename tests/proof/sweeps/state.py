# SPDX-License-Identifier: MIT
"""The guard of a container's volume, and the workers that a request file alone starts."""
import hashlib
import json
import os
import re
import time

import staging
import trees
from scenario import DRAFT, Scenario, without

DATABASE = ".openclaw/state/openclaw.sqlite"


def contents(tree):
    """The digests of all files that have content."""
    return {hashlib.sha256(entry.content).digest() for entry in tree.values() if entry.kind == "f" and entry.content}


class OfState(Scenario):
    """A state with config, secrets and a database."""
    passing = (DRAFT, r"(^|/)\.[^/]*\.(draft|[A-Za-z0-9]{6,})-(wal|shm|journal)$", r"^snapshots/unfinished-guard(/|$)",
               r"^state-guard/\.openclaw-validate-")
    volatile = ((r"(^|/)inventory\.json$", without("stamp")), (r"(^|/)guard\.json$", without("at_ms")),
                (r"^state-guard/record\.json$", without("at_ms", "attempt", "on_behalf_of", "host")),
                # Of the last start alone: that it had nothing left to do is right, too.
                (r"^state-guard/report\.json$", without("at_ms", "before", "databases", "message")),
                (r"(^|/)restore\.json$", without("on_behalf_of")),
                (r"(^|/)(\.?lock)$", lambda content: b""), (r"^staged-deps/record$", staging.without_stamps),
                # What was done before a kill is not done again.
                (r"(^|/)result\.json$", without("copied", "discarded", "restored", "set_aside")))

    def fill(self, place):
        """What an OpenClaw leaves."""
        for name, text in (("openclaw.json", '{"channels":{"slack":{"botToken":"xoxb"}},"$include":"./more.json5"}'),
                           ("more.json5", "{gateway: {mode: 'local'}}"), (".env", "SLACK_TOKEN=xoxb\n"),
                           ("npm/package.json", '{"dependencies":{"@openclaw/slack":"2026.9.5"}}'),
                           ("credentials/slack-pairing.json", "{}")):
            place.write(f"now/.openclaw/{name}", text, 0o600)
        place.database(DATABASE, "before", 18)

    def lost(self, before, now):
        gone = contents(before) - contents(now)
        return [f"what was in {name} before is nowhere" for name, entry in sorted(before.items())
                if entry.kind == "f" and entry.content and hashlib.sha256(entry.content).digest() in gone
                and not self.is_replaced(name)]

    def is_replaced(self, name):
        """Whether a file of the suite's own gives way to a newer one."""
        return bool(re.search(r"\.json$|^snapshots/t0|^staged-deps/", name)) and not name.startswith(".openclaw/")


class Guard(OfState):
    """An image starts on a volume on which others have run."""
    passed_over = (r"/\.openclaw(/|$)",)
    traces = (r"^state-guard/(report|migration)\.json$", r"^staged-deps/record$")
    group = "openclaw-guard-state"
    programs = ("openclaw-guard-state", "openclaw-stage-deps")
    whole = (r"^snapshots/guard-[0-9]+-[0-9.]+$",)
    options = ()

    def __init__(self, name, starts, settings=""):
        self.name, self.starts, self.settings = name, starts, settings

    def build(self, place):
        place.write("helpers.ini", f"[gateway]\nnode = /bin/sh\n[stage]\npolicy = fail\n{self.settings}")
        os.makedirs(f"{place.state}/tmp")
        for number, (version, schema) in enumerate(self.starts):
            place.image(version, schema)
            if number == len(self.starts) - 1:
                return
            ended = place.run(*self.command_of(place, version))
            if ended.status != 0:
                raise RuntimeError(f"{self.name}: {version} ends with {ended.status}: {ended.complained}")
            place.write("now/.openclaw/openclaw.json", json.dumps({"meta": version}))
            place.database(DATABASE, version, schema)

    def command_of(self, place, version):
        """One start of that image's container."""
        return ([place.program("openclaw-stage-deps"), "--guard-state", *self.options, "--settings",
                 place.path("helpers.ini"), "--package-root", place.path(version), "--", "/bin/true"],
                {"PATH": "/usr/bin:/bin", "HOME": place.state, "STATE_DIRECTORY": place.state,
                 "TMPDIR": f"{place.state}/tmp"})

    def command(self, place):
        return self.command_of(place, self.starts[-1][0])


def compared(tree):
    """The state, with databases as SQLite's backup makes them: a copy counts its changes anew (bytes 24 and 92)."""
    state = trees.below(tree, ".openclaw")
    for name, entry in state.items():
        if name.endswith(".sqlite"):
            content = bytearray(entry.content)
            content[24:28] = content[92:96] = bytes(4)
            state[name] = entry._replace(content=bytes(content))
    return state


class Restoring(Guard):
    """The older image comes back, and finds its own state."""
    may_lack = (r"^\.openclaw/",)
    between = (r"^state-guard/record\.json$",)
    passing = OfState.passing + (r"^snapshots/[^/]+/set-aside(/|$)", r"^snapshots/[^/]+/restore\.json$")

    def other_command(self, place):
        return self.command_of(place, self.starts[-2][0])

    def other_result(self, before, now, after):
        # Once the older image's start is recorded, the newer one comes to the older state: it is the one that ran.
        found = compared(now)
        differences = [trees.differences(compared(tree), found) for tree in (before, after)]
        if [] in differences:
            return []
        return ["the newer image finds a state that is neither its own nor the older one's: " + one[0]
                for one in differences] + self.lost(before, now)

    # A restore adds to the snapshot that it is from.
    whole = (r"^snapshots/guard-[0-9]+-[0-9.]+/files$",)


class Migrating(Restoring):
    """A newer image's doctor moves a file; the older image comes after a kill, and finds it again."""
    options = ("--migrate",)
    volatile = Restoring.volatile + ((r"^state-guard/migration\.json$", without("took_ms")),)
    between = Restoring.between + (r"^state-guard/migration\.json$",)
    MOVED = ".openclaw/state/oauth.moved"

    def build(self, place):
        super().build(place)
        place.write("now/.openclaw/credentials/oauth.json", "token", 0o600)
        place.write(f"{self.starts[-1][0]}/dist/index.js",
                    f"cd {place.state}/.openclaw\n[ ! -e credentials/oauth.json ] || mv credentials/oauth.json state/oauth.moved\n")

    def other_result(self, before, now, after):
        # What only a doctor knows harms no older version, and stays.
        return super().other_result(before, {name: entry for name, entry in now.items() if name != self.MOVED}, after)


class Worker(OfState):
    """A worker with a request file."""
    # A snapshot says what it does not have.
    passed_over = (r"/\.openclaw(/|$)",)
    program = "openclaw-state"
    whole = ()
    may_lack = (r"^result\.json$",)
    transaction = "t00000017-20261121T101500Z"

    def __init__(self, name, action, earlier=(), members=None, **more):
        self.name, self.action, self.earlier = name, action, earlier
        self.members = members or {}
        for key, value in more.items():
            setattr(self, key, value)
        self.programs, self.group = (self.program,), self.program

    def build(self, place):
        os.makedirs(f"{place.state}/tmp")
        self.fill(place)
        for action in self.earlier:
            ended = place.run(*self.command_of(place, action, {}))
            if ended.status != 0:
                raise RuntimeError(f"{self.name}: {action} ends with {ended.status}: {ended.complained}")
            self.goes_on(place)

    def goes_on(self, place):
        """What the gateway writes after the first action."""
        place.database(DATABASE, "after", 19)
        place.write("now/.openclaw/openclaw.json", '{"newer":true}', 0o600)
        place.write("now/.openclaw/state/second.note", "kept\n", 0o600)

    def command_of(self, place, action, members):
        """The worker as its unit starts it."""
        request = {"action": action, "transaction": self.transaction, "state_directory": place.state, **members}
        place.write(f"requests/{action}.json", json.dumps(request))
        return ([place.program(self.program), f"{self.transaction}.{action}", "--request",
                 place.path(f"requests/{action}.json"), "--result", f"{place.state}/result.json"],
                {"PATH": "/usr/bin:/bin", "HOME": place.state, "STATE_DIRECTORY": place.state,
                 "TMPDIR": f"{place.state}/tmp"})

    def command(self, place):
        return self.command_of(place, self.action, self.members)

    def answer(self, place):
        """The result file, or None."""
        try:
            with open(f"{place.state}/result.json", encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError):
            return None

    def is_failure(self, place, ended):
        answer = self.answer(place)
        return ended.status != 0 or answer is None or answer.get("ok") is not True

    def verdict(self, place, ended):
        if self.answer(place) is None:
            return "the worker ended with 0, and there is no result"
        return None

    def without_answer(self, tree):
        return {name: entry for name, entry in tree.items() if name != "result.json"}

    def message(self, place, ended):
        answer = self.answer(place) or {}
        return ended.complained + str(answer.get("error", {}).get("message", ""))


class SecondPass(Worker):
    """What has not changed since the hot pass is not copied again: that needs the inodes of the first."""

    def before_each(self, place, run):
        # What was written within the last 20 ms may be written again within the same tick, and is copied again.
        time.sleep(0.05)
        ended = run(self.command_of(place, "snapshot", {}))
        if ended.status != 0:
            raise RuntimeError(f"{self.name}: the first pass ends with {ended.status}: {ended.complained}")
        place.database(DATABASE, "after", 18)
        place.write("now/.openclaw/more.json5", "{gateway: {mode: 'remote'}}", 0o600)


class Finish(Worker):
    """The last steps of a fetched OpenClaw, which are code of strangers."""
    program = "openclaw-finish"
    passing = OfState.passing + (r"^work(/|$)",)

    def build(self, place):
        place.node()
        os.makedirs(place.path("logs"))
        package = "now/package"
        place.write(f"{package}/package.json", json.dumps(
            {"name": "openclaw", "version": "2026.9.6",
             "scripts": {"postinstall": "node scripts/postinstall-bundled-plugins.mjs"}}), 0o600)
        place.write(f"{package}/openclaw.mjs", "echo 'OpenClaw 2026.9.6 (abc1234)'\n", 0o700)
        place.write(f"{package}/.openclaw-lifecycle-pending", "")
        place.write(f"{package}/scripts/postinstall-bundled-plugins.mjs", "rm -f .openclaw-lifecycle-pending\n", 0o600)
        place.write(f"{package}/node_modules/zod/package.json", '{"name":"zod","version":"4.3.6"}', 0o600)

    def command_of(self, place, action, members):
        request = {"action": action, "transaction": self.transaction, "version": "2026.9.6"}
        place.write(f"requests/{action}.json", json.dumps(request))
        return ([place.program(self.program), f"{self.transaction}.{action}", "--request",
                 place.path(f"requests/{action}.json"), "--result", f"{place.state}/result.json"],
                {"PATH": place.path("prefix/bin") + ":/usr/bin:/bin", "HOME": place.state,
                 "STATE_DIRECTORY": place.state, "LOGS_DIRECTORY": place.path("logs")})

    def lost(self, before, now):
        return []


class Staged(Worker):
    """The dependencies of a release that is about to come, by the updater's worker."""
    volatile = ()


class OfRoot(Scenario):
    """What root does, in a mount namespace of its own (/var/lib and /run are empty there)."""
    as_root = True
    passing = (DRAFT,)


class Marks(OfRoot):
    """Which of two gateways may run is said by a file in one of root's folders."""
    group = "openclaw-user-unit"
    programs = ("openclaw-user-unit",)

    def __init__(self, name, word, folders):
        self.name, self.word, self.folders = name, word, folders

    def build(self, place):
        place.state = "/var/lib/openclaw-update"
        for folder in ("to-move", "moved", "to-return", "returned"):
            os.makedirs(f"{place.state}/{folder}")
        for folder in self.folders:
            for unit in ("openclaw-gateway", "openclaw-gateway-work"):
                with open(f"{place.state}/{folder}/1000-{unit}.service", "w", encoding="utf-8"):
                    pass

    def command(self, place):
        return [place.program("openclaw-user-unit"), self.word, "1000"], {"PATH": "/usr/bin:/bin"}


class Decision(OfRoot):
    """A hold or a pin, which the next update reads."""
    group = "openclaw-update hold, unhold, pin"
    programs = ("openclaw-update",)
    volatile = ((r"^(lock|status\.json)$", lambda content: b""), (r"^hold", without("at_ms", "since")))
    passing = OfRoot.passing
    # For those who are not root, and for whoever waits.
    traces = (r"^(lock|status\.json)$",)

    def __init__(self, name, words, earlier=()):
        self.name, self.words, self.earlier = name, words, earlier

    def build(self, place):
        place.state = "/var/lib/openclaw-update"
        place.write("helpers.ini", "")
        os.makedirs(place.state)
        os.makedirs("/var/lib/openclaw", exist_ok=True)
        if self.earlier:
            ended = place.run(*self.command_of(place, self.earlier))
            if ended.status != 0:
                raise RuntimeError(f"{self.name}: {self.earlier} ends with {ended.status}: {ended.complained}")

    def command_of(self, place, words):
        """openclaw-update with these words."""
        return ([place.program("openclaw-update"), "--settings", place.path("helpers.ini"), *words],
                {"PATH": "/usr/bin:/bin"})

    def command(self, place):
        return self.command_of(place, self.words)


def scenarios():
    """All of them."""
    first, second = ("2026.9.5", 17), ("2026.9.6", 18)
    return [
        Guard("the first start on a volume", [first]),
        Guard("a newer image follows", [first, second]),
        Restoring("the older image comes back", [first, second, first]),
        Migrating("a newer image's doctor migrates", [first, second]),
        Worker("a snapshot of the state", "snapshot"),
        SecondPass("the second pass of a snapshot", "settle"),
        Worker("a snapshot is taken again", "snapshot", ("snapshot",)),
        Worker("a restore sets aside what is newer", "restore", ("snapshot",), may_lack=(r"^\.openclaw/", r"^result\.json$"),
               traces=(r"^snapshots/[^/]+/set-aside(/|$)", r"^snapshots/[^/]+/restore\.json$"),
               passing=OfState.passing + (r"^snapshots/[^/]+/set-aside(/|$)", r"^snapshots/[^/]+/restore\.json$")),
        Worker("a snapshot is removed", "discard", ("snapshot",), {"keep": []},
               passing=OfState.passing + (r"^snapshots/t0",)),
        Worker("the schemas of the databases", "schemas"),
        Worker("a snapshot is verified", "verify", ("snapshot",)),
        Finish("the last steps of a fetched release", "fetch"),
        Marks("the user's unit gives way", "settle-moved", ("to-move",)),
        Marks("the user's unit returns", "settle-returned", ("to-return", "moved")),
        Decision("updates are put on hold", ("hold", "a reason")),
        Decision("the hold ends", ("unhold",), ("hold", "a reason")),
        Decision("updates are pinned", ("pin", "2026.9.5"), ("pin", "2026.9.4")),
    ]
