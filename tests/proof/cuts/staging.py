# SPDX-License-Identifier: MIT
"""openclaw-install-deps: closures are published beside the record that says that all is complete."""
import glob
import json
import os
import re
import shutil

import recorded
from scenario import Scenario, own, write
from trees import Expected, beneath, tree_of

NODE = """#!/bin/sh
script=$1
shift
exec /bin/sh "$script" "$@"
"""
# Eleven files for each dependency.
NPM = r"""if [ "$1" = --version ]; then echo 11.0.0; exit 0; fi
sed -n 's/.*"\(dep-[a-z]*\)": *"1.0.0".*/\1/p' package.json | while read -r name; do
  mkdir -p "node_modules/$name/lib"
  echo "{\"name\":\"$name\",\"version\":\"1.0.0\",\"main\":\"index.js\"}" >"node_modules/$name/package.json"
  echo "module.exports = '$name';" >"node_modules/$name/index.js"
  for number in 1 2 3; do echo "$name $number" >"node_modules/$name/lib/$number.js"; done
done
"""
# What has a name that a gateway, or the next run, takes as complete.
is_published = re.compile(r"""staged-deps/[0-9a-f]{32}$|plugin-view$|plugin-view/dist/extensions/node_modules$|
    plugin-runtime-deps/[^/]+/(node_modules|\.openclaw-runtime-deps\.json)$""", re.VERBOSE).match
# A view gets its dependencies by a rename of their own.
is_beside_view = re.compile(r"plugin-view/dist/extensions/(node_modules|\.openclaw-systemd-[^/]*)(/|$)").match


class Staging(Scenario):
    programs = ("openclaw-install-deps",)
    version = "2026.4.26"
    plugins = ("old", "new")
    promises = "each published closure is complete, and the next run completes what is missing"

    def home(self, place):
        return f"{place.work}/{self.name}"

    def state(self, place):
        return f"{place.disk}/state"

    def package(self, place, plugins):
        root = f"{self.home(place)}/package"
        shutil.rmtree(root, ignore_errors=True)
        write(f"{root}/package.json", json.dumps({"name": "openclaw", "version": self.version}))
        write(f"{root}/dist/index.js", "// core\n")
        for plugin in plugins:
            folder = f"{root}/dist/extensions/{plugin}"
            write(f"{folder}/openclaw.plugin.json", json.dumps({"id": plugin, "enabledByDefault": True}))
            write(f"{folder}/package.json", json.dumps(
                {"name": f"@openclaw/{plugin}", "dependencies": {f"dep-{plugin}": "1.0.0"}}))

    def furnish(self, place):
        home = self.home(place)
        write(f"{home}/prefix/bin/node", NODE, 0o755)
        write(f"{home}/prefix/lib/node_modules/npm/bin/npm-cli.js", NPM)
        write(f"{home}/helpers.ini", f"[gateway]\nnode = {home}/prefix/bin/node\n[packages]\nclient = npm\n")
        write(f"{home}/openclaw.json", "{}")

    def command(self, place):
        home = self.home(place)
        return ([place.program("openclaw-install-deps"), "--settings", f"{home}/helpers.ini", "--state-dir",
                 self.state(place), "--package-root", f"{home}/package", "--config", f"{home}/openclaw.json",
                 "--quiet"], {"PATH": "/usr/bin:/bin"})

    def stage(self, place):
        status, said = recorded.run(*self.command(place), self.user)
        assert status == 0, f"{self.name} cannot be prepared: {said}"

    def prepare(self, place):
        os.mkdir(self.state(place))
        own(self.state(place))
        self.package(place, self.plugins)

    def expect(self, place, run_once):
        before = tree_of(self.state(place))
        return before, Expected(run_once(lambda: tree_of(self.state(place))),
                                run_once(lambda: tree_of(self.state(place))))

    def former(self, before, path):
        """What may be there until it is replaced."""
        return [beneath(before, path)]

    def check(self, place, expected, cut):
        before, after = expected
        tree = tree_of(self.state(place))
        if cut.ended:
            return [f"it had ended, but {text}" for text in after.differences(tree)]
        said = []
        for path in filter(is_published, tree):
            if beneath(tree, path) not in self.former(before, path):
                ignored = is_beside_view if path == "plugin-view" else lambda inner: False
                said += [f"published, but {text}" for text in after.differences(tree, path, ignored)]
        # What the gateway uses of the former run is there all the time.
        said += [f"{path} is gone" for path in filter(is_published, before)
                 if path in after.tree and path not in tree]
        return said

    def check_next(self, place, expected, cut):
        status, said = recorded.run(*self.command(place), self.user)
        if status != 0:
            return [f"the next run ends with {status}: {said}"]
        return [f"after the next run {text}" for text in expected[1].differences(tree_of(self.state(place)))]


class FirstClosure(Staging):
    name = "first closure"


class TwinRoots(Staging):
    name = "first closure in two roots"
    version = "2026.4.22"


class PluginView(Staging):
    name = "plugin view"
    version = "2026.4.20"


class SecondPlugin(Staging):
    name = "second plugin"

    def prepare(self, place):
        super().prepare(place)
        self.package(place, ["old"])
        self.stage(place)
        self.package(place, self.plugins)


class FromTheStore(Staging):
    name = "materialise from the store"

    def prepare(self, place):
        super().prepare(place)
        self.stage(place)
        shutil.rmtree(f"{self.state(place)}/plugin-runtime-deps")


class AsRoot(Staging):
    """Root gets copies, where the gateway's user gets links to files that are on the disk."""
    name = "materialise from the store, as root"
    user = None

    def prepare(self, place):
        super().prepare(place)
        own(self.state(place), 0)
        self.stage(place)
        shutil.rmtree(f"{self.state(place)}/plugin-runtime-deps")


class StaleLinks(Staging):
    """The mirror of a former image points to where nothing is any more."""
    name = "repair of stale links"

    def prepare(self, place):
        super().prepare(place)
        self.stage(place)
        for modules in glob.glob(f"{self.state(place)}/plugin-runtime-deps/*/node_modules"):
            shutil.rmtree(f"{modules}/dep-old")
            os.symlink("/former/image/dep-old", f"{modules}/dep-old")
            own(modules)

    def former(self, before, path):
        tree = beneath(before, path)
        return [tree, {name: entry for name, entry in tree.items() if entry[0] != "link"}]


SCENARIOS = [FirstClosure(), TwinRoots(), PluginView(), SecondPlugin(), FromTheStore(), AsRoot(), StaleLinks()]
