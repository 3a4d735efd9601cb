# SPDX-License-Identifier: MIT
"""A small OpenClaw, a package client without network, and a folder for a state: what a scenario is made of."""
import json
import os
import sqlite3

# What it starts is none of the programs that are recorded, and loading the recorder takes longer than it runs.
NODE = """#!/bin/sh
unset LD_PRELOAD
script=$1
shift
case $script in
  --version) echo v24.16.0 ;;
  *) exec /bin/sh "$script" "$@" ;;
esac
"""

# Some files for each dependency, and links as package clients make them.
NPM = r"""if [ "$1" = --version ]; then echo 11.0.0; exit 0; fi
mkdir -p node_modules/.bin
sed -n 's/.*"\(dep-[a-z]*\)": *"1.0.0".*/\1/p' package.json | while read -r name; do
  mkdir -p "node_modules/$name/lib"
  echo "{\"name\":\"$name\",\"version\":\"1.0.0\",\"main\":\"index.js\"}" >"node_modules/$name/package.json"
  echo "module.exports = '$name';" >"node_modules/$name/index.js"
  for number in 1 2; do echo "$name $number" >"node_modules/$name/lib/$number.js"; done
  ln -sf "../$name/index.js" "node_modules/.bin/$name"
done
"""

# OpenClaw's own installer, which puts a plugin where 2026.5.12 does.
INSTALLER = r"""
state=$HOME/.openclaw
case $2 in install | update) ;; *) exit 1 ;; esac
id=${3##*/}
id=${id%@*}
mkdir -p "$state/npm/node_modules/@openclaw/$id"
echo '{"dependencies":{"@openclaw/'"$id"'":"VERSION"}}' >"$state/npm/package.json"
echo '{"id":"'"$id"'","channels":["'"$id"'"]}' >"$state/npm/node_modules/@openclaw/$id/openclaw.plugin.json"
echo '// VERSION' >"$state/npm/node_modules/@openclaw/$id/a.js"
echo '{"name":"@openclaw/'"$id"'","version":"VERSION","openclaw":{"extensions":["./a.js"]},"peerDependencies":{"openclaw":"*"}}' \
  >"$state/npm/node_modules/@openclaw/$id/package.json"
"""

# An OpenClaw that knows a schema of its database, and answers when it is asked about one.
PREFLIGHT = """found=$(od -An -tu1 -j63 -N1 "$3" | tr -d ' ')
status=exact
[ "$found" -le SCHEMA ] || status=incompatible
[ "$found" -ge SCHEMA ] || status=migration-required
printf '{"schema":"openclaw.state-schema-preflight.v1","targetVersion":SCHEMA,"foundVersion":%s,"status":"%s"}' \
  "$found" "$status"
"""


class Place:
    """The folder of a scenario: `state` is what programs change, all else stays as it is."""

    def __init__(self, folder, programs):
        self.folder, self.programs = folder, programs
        self.state = f"{folder}/now"

    def path(self, name):
        """Something in the folder."""
        return f"{self.folder}/{name}"

    def program(self, name):
        """The program under test."""
        return f"{self.programs}/{name}"

    def write(self, name, text, mode=0o644):
        """A file, and the folders it is in."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def node(self, settings=""):
        """A Node that is a shell, the npm beside it, and settings that name them."""
        self.write("prefix/bin/node", NODE, 0o755)
        self.write("prefix/lib/node_modules/npm/bin/npm-cli.js", NPM)
        self.write("helpers.ini",
                   f"[gateway]\nnode = {self.path('prefix/bin/node')}\n[packages]\nclient = npm\n{settings}")

    def package(self, name, version, plugins):
        """An OpenClaw with bundled plugins, each with the dependencies that it declares."""
        root = f"{name}/dist/extensions"
        self.write(f"{name}/package.json", json.dumps({"name": "openclaw", "version": version}))
        # The installer of 2026.5 and later; earlier ones are not asked.
        self.write(f"{name}/dist/index.js", INSTALLER.replace("VERSION", version))
        self.write(f"{name}/dist/chunk.js", "// chunk\n")
        self.write(f"{name}/scripts/lib/official-external-channel-catalog.json", json.dumps(
            {"entries": [{"name": "@openclaw/slack", "openclaw": {"channel": {"id": "slack"}, "install": {}}}]}))
        os.makedirs(self.path(root), exist_ok=True)
        for plugin, dependencies in plugins.items():
            self.write(f"{root}/{plugin}/openclaw.plugin.json",
                       json.dumps({"id": plugin, "enabledByDefault": True}))
            self.write(f"{root}/{plugin}/index.js", f"// {plugin}\n")
            self.write(f"{root}/{plugin}/package.json", json.dumps(
                {"name": f"@openclaw/{plugin}", "dependencies": {each: "1.0.0" for each in dependencies}}))

    def image(self, version, schema):
        """An OpenClaw that answers which schema it knows."""
        self.write(f"{version}/package.json", json.dumps({"name": "openclaw", "version": version}))
        self.write(f"{version}/openclaw.mjs", PREFLIGHT.replace("SCHEMA", str(schema)))
        os.makedirs(self.path(f"{version}/dist"), exist_ok=True)

    def database(self, name, said, schema, journal="DELETE"):
        """A database of OpenClaw's, in which a version says something."""
        path = f"{self.state}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        database = sqlite3.connect(path)
        database.execute(f"PRAGMA journal_mode={journal}")
        database.execute("CREATE TABLE IF NOT EXISTS said(text)")
        database.execute("INSERT INTO said VALUES(?)", (said,))
        database.execute(f"PRAGMA user_version={schema}")
        database.commit()
        database.close()
