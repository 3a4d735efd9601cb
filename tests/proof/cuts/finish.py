# SPDX-License-Identifier: MIT
"""openclaw-finish: the last steps of a fetched package. Nothing of it outlives its transaction: the next update fetches
anew into a folder of its own. So only the next run has to be right, whatever the cut has left in its way."""
import json
import os
import shutil

import recorded
from scenario import Scenario, own, write
from staging import NODE
from trees import Expected, tree_of

TRANSACTION, VERSION = "t00000017-20261121T101500Z", "2026.9.6"


class Finish(Scenario):
    name = "finish of a fetched package"
    programs = ("openclaw-finish",)
    promises = "the next run, on a package that is fetched anew, finishes it"

    def state(self, place):
        return f"{place.disk}/fetched"

    def furnish(self, place):
        home = f"{place.work}/{self.name}"
        version = '[ "$1" != --version ] || { echo v24.16.0; exit; }\n'
        write(f"{home}/bin/node", NODE.replace("script=$1", version + "script=$1"), 0o755)
        write(f"{home}/request.json", json.dumps(
            {"action": "fetch", "transaction": TRANSACTION, "version": VERSION}))
        for folder in ("logs", "results"):
            os.makedirs(f"{home}/{folder}")
            os.chmod(f"{home}/{folder}", 0o777)

    def fetch(self, place):
        package = f"{self.state(place)}/package"
        write(f"{package}/package.json", json.dumps(
            {"name": "openclaw", "version": VERSION,
             "scripts": {"postinstall": "node scripts/postinstall-bundled-plugins.mjs"}}), 0o600)
        write(f"{package}/openclaw.mjs", f"echo 'OpenClaw {VERSION} (abc1234)'\n", 0o700)
        write(f"{package}/.openclaw-lifecycle-pending")
        write(f"{package}/scripts/postinstall-bundled-plugins.mjs", "rm -f .openclaw-lifecycle-pending\n", 0o600)
        write(f"{package}/node_modules/zod/package.json", '{"name":"zod","version":"4.3.6"}', 0o600)
        own(self.state(place))

    def prepare(self, place):
        self.fetch(place)

    def command(self, place):
        home = f"{place.work}/{self.name}"
        return ([place.program("openclaw-finish"), f"{TRANSACTION}.fetch", "--request", f"{home}/request.json",
                 "--result", f"{home}/results/{os.getpid()}.json"],
                {"PATH": f"{home}/bin:/usr/bin:/bin", "HOME": self.state(place),
                 "STATE_DIRECTORY": self.state(place), "LOGS_DIRECTORY": f"{home}/logs"})

    def expect(self, place, run_once):
        return Expected(run_once(lambda: tree_of(self.state(place))), run_once(lambda: tree_of(self.state(place))))

    def check(self, place, expected, cut):
        return []

    def check_next(self, place, expected, cut):
        shutil.rmtree(f"{self.state(place)}/package", ignore_errors=True)
        self.fetch(place)
        status, said = recorded.run(*self.command(place), self.user)
        if status != 0:
            return [f"the next run ends with {status}: {said}"]
        return [f"after the next run {text}" for text in expected.differences(tree_of(self.state(place)))]


SCENARIOS = [Finish()]
