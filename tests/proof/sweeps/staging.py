# SPDX-License-Identifier: MIT
"""The hook and openclaw-install-deps, from an empty state to the removal of old versions."""
import os

import trees
from scenario import DRAFT, Scenario, without

MODULES = r"^(plugin-runtime-deps/openclaw-[^/]*|plugin-view/dist/extensions)/node_modules$"
VIEW = r"^plugin-view$"
CLOSURE = r"^staged-deps/[0-9a-f]{32}$"


def without_stamps(content):
    """A record of a run without what differs between two files of equal content."""
    lines = content.split(b"\n")
    return b"\n".join(lines[:1] + lines[2:3] + [line.split(b" ", 1)[-1] for line in lines[3:]])


def lines_of_paths(content):
    """The origin of a view: the first two lines are not stamps."""
    return b"\n".join(content.split(b"\n")[:2])


class Staging(Scenario):
    """One OpenClaw follows another on one state."""
    group = "openclaw-stage-deps, openclaw-install-deps"
    programs = ("openclaw-install-deps", "openclaw-stage-deps")
    whole = (MODULES, VIEW, CLOSURE)
    passing = (DRAFT, r"^staged-deps/\.staging-", r"/\.openclaw-systemd-[^/]*$", r"^\.plugin-view-",
               r"^staged-deps/(npm-cache|npm-logs|cache)")
    # The record of the last complete run goes before anything is changed.
    may_lack = (r"^staged-deps/record$",)
    volatile = ((r"^staged-deps/record$", without_stamps), (r"/closure\.json$", without("client")), (r"^staged-deps/\.lock$", lambda content: b""),
                (r"\.openclaw-systemd-origin$", lines_of_paths))
    # What a package client has said, and how often a download has failed. Without a record, the next start looks again.
    traces = (r"^staged-deps/cache/logs(/|$)", r"^staged-deps/failed-fetches\.json$", r"^staged-deps/record$")
    # A plugin that the gateway's user may not read is none, for OpenClaw, too.
    passed_over = (r"/dist/extensions(/|$)", r"/\.openclaw/npm(/|$)", r"/node_modules(/|$)")
    config = "{}"
    settings = ""
    stages = ()  # (package, version, plugins) in their order; the last one is disturbed
    options = ()
    hook = False

    def __init__(self, name, stages, **more):
        self.name, self.stages = name, stages
        for key, value in more.items():
            setattr(self, key, value)

    def build(self, place):
        place.node(self.settings + "[stage]\npolicy = fail\n")
        os.makedirs(f"{place.state}/.openclaw")
        place.write("now/.openclaw/openclaw.json", self.config)
        for stage in self.stages:
            place.package(*stage)
            if stage is not self.stages[-1]:
                self.run_undisturbed(place, self.command_of(place, stage))
        self.spoil(place)

    def spoil(self, place):
        """What happens to the state between the runs."""

    def run_undisturbed(self, place, command):
        """For a state that earlier runs have made."""
        ended = place.run(*command)
        if ended.status != 0:
            raise RuntimeError(f"{self.name}: {command[0]} ends with {ended.status}: {ended.said} {ended.complained}")

    def command_of(self, place, stage, options=()):
        """The run for that package."""
        program = "openclaw-stage-deps" if self.hook else "openclaw-install-deps"
        arguments = [place.program(program), "--settings", place.path("helpers.ini"), "--state-dir", place.state,
                     "--package-root", place.path(stage[0]), "--config", f"{place.state}/.openclaw/openclaw.json"]
        environment = {"PATH": "/usr/bin:/bin", "HOME": place.state, "STATE_DIRECTORY": place.state}
        return arguments + list(options), environment

    def command(self, place):
        return self.command_of(place, self.stages[-1], self.options)

    def message(self, place, ended):
        return ended.said + ended.complained


# As many as src/fs/clone.cpp shares, and some more.
MANY = {"many": [f"dep-{one}{other}" for one in "abcdef" for other in "abcdef"]}
OLD, NEW = {"old": ["dep-old"]}, {"old": ["dep-old"], "new": ["dep-new"]}


class StaleLinks(Staging):
    """#75108: links that an earlier mirror left lead out of the root."""
    in_threads = True

    def spoil(self, place):
        place.write("image/agents/a.js", "old\n")
        place.write("image/dep-old/index.js", "old\n")
        roots = [each for each in os.listdir(f"{place.state}/plugin-runtime-deps")]
        for root in roots:
            path = f"{place.state}/plugin-runtime-deps/{root}"
            os.makedirs(f"{path}/dist/deep", exist_ok=True)
            os.symlink(place.path("image/agents"), f"{path}/dist/agents")
            os.symlink(place.path("image/agents/a.js"), f"{path}/dist/deep/a.js")
            os.symlink(place.path("nowhere"), f"{path}/dist/dangling")
            os.chmod(f"{path}/node_modules", 0o755)
            trees.remove(f"{path}/node_modules/dep-old")
            os.symlink(place.path("image/dep-old"), f"{path}/node_modules/dep-old")
    # What it replaced by a real folder is empty until the closure is there again: the mirror is OpenClaw's.
    whole = (CLOSURE,)
    passing = Staging.passing + (r"/dist/\.[^/]*$", r"/node_modules(/|$)")


class ByTwoThreads(Staging):
    """So many packages that two threads share the closure."""
    in_threads = True


class DeadLock(Staging):
    """#75028: a lock whose owner is gone."""
    passing = Staging.passing + (r"/\.openclaw-runtime-[a-z]*\.lock(\.|$)",)

    def spoil(self, place):
        for root in os.listdir(f"{place.state}/plugin-runtime-deps"):
            for lock in (".openclaw-runtime-deps.lock", ".openclaw-runtime-mirror.lock"):
                path = f"now/plugin-runtime-deps/{root}/{lock}/owner.json"
                place.write(path, '{"pid":1,"createdAtMs":1700000000000}')


class StageDeleted(Staging):
    """OpenClaw's doctor has deleted the folder; nothing can be downloaded."""
    options = ("--offline",)

    def spoil(self, place):
        trees.remove(f"{place.state}/plugin-runtime-deps")


class Damaged(Staging):
    """A sealed closure was changed, and a person asks for a repair."""
    options = ("--repair",)
    whole = (MODULES,)
    passing = Staging.passing + (CLOSURE,)

    def spoil(self, place):
        for closure in os.listdir(f"{place.state}/staged-deps"):
            path = f"{place.state}/staged-deps/{closure}/node_modules/dep-old/lib/1.js"
            if os.path.exists(path):
                os.chmod(path, 0o644)
                with open(path, "a", encoding="utf-8") as file:
                    file.write("changed\n")
                os.chmod(path, 0o444)


class Removal(Staging):
    """Closures of earlier versions are more than are kept."""
    settings = "[stage]\nkeep-closures = 0\n"
    # What is removed is nobody's any more; but nobody may take a half of it for a closure. What could not be removed is the
    # next run's.
    whole = (MODULES,)
    passing = Staging.passing + (CLOSURE,)

    def build(self, place):
        super().build(place)
        for closure in os.listdir(f"{place.state}/staged-deps"):
            if len(closure) == 32:
                os.utime(f"{place.state}/staged-deps/{closure}", (1, 1))


class Skewed(Staging):
    """A plugin package of another version is updated in place, with a copy to go back to."""
    options = ("--repair",)
    whole = ()
    passing = Staging.passing + (r"^\.openclaw/npm(/|$)", r"^\.openclaw/\.openclaw-systemd-", r"^staged-deps/\.",
                                 r"^staged-deps/npm-before-update(/|$)")


def slack(name, stages, kind=Staging, **more):
    """The eras in which plugins are packages that OpenClaw's own installer fetches."""
    more.setdefault("passing", Staging.passing + (r"^\.openclaw/npm(/|$)",))
    return kind(name, stages, config='{"channels":{"slack":{"mode":"socket"}}}', **more)


def change(one, other):
    """The newer version beside the older one, with one more plugin."""
    return [(one, one, OLD), (other, other, NEW)]


def scenarios():
    """All of them."""
    eras = ["2026.4.14", "2026.4.20", "2026.4.22", "2026.4.24", "2026.4.25", "2026.4.26", "2026.4.29"]
    found = [
        Staging("first staging by the hook", [("p", "2026.4.26", OLD)], hook=True),
        Staging("first staging by hand", [("p", "2026.4.26", OLD)]),
        Staging("a second plugin is added", [("p", "2026.4.26", OLD), ("p", "2026.4.26", NEW)]),
        Staging("a second plugin, by the hook", [("p", "2026.4.29", OLD), ("p", "2026.4.29", NEW)], hook=True),
    ]
    for one, other in zip(eras, eras[1:]):
        found.append(Staging(f"from {one} to {other}", change(one, other)))
    found += [
        Staging("from 2026.4.26 back to 2026.4.20", change("2026.4.26", "2026.4.20")),
        slack("from 2026.4.29 to 2026.5.2", change("2026.4.29", "2026.5.2")),
        slack("from 2026.5.2 to 2026.5.28", change("2026.5.2", "2026.5.28")),
        slack("from 2026.5.28 to 2026.9.2", change("2026.5.28", "2026.9.2")),
        slack("a plugin package is updated", change("2026.5.2", "2026.5.12"), Skewed, passing=Skewed.passing),
        ByTwoThreads("as many packages as two threads share", [("p", "2026.4.26", OLD), ("p", "2026.4.26", MANY)]),
        StaleLinks("stale symlinks (#75108)", [("p", "2026.4.29", OLD), ("p", "2026.4.29", dict(OLD))]),
        DeadLock("a dead lock (#75028)", [("p", "2026.4.26", OLD), ("p", "2026.4.26", dict(OLD))]),
        StageDeleted("OpenClaw has deleted the stage", [("p", "2026.4.26", NEW), ("p", "2026.4.26", dict(NEW))]),
        Damaged("a damaged closure", [("p", "2026.4.26", NEW), ("p", "2026.4.26", dict(NEW))]),
        Removal("an old version is removed", [("a", "2026.4.24", OLD), ("b", "2026.4.25", NEW),
                                               ("c", "2026.4.26", {"more": ["dep-more"]})]),
    ]
    return found
