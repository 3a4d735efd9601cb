#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares what programs printed for --json with the schemas in schema/.

Usage: json_fits.py FOLDER   (FILE is what was printed, FILE.command the command)
"""
import json
import pathlib
import sys

import jsonschema

schemas = pathlib.Path(__file__).resolve().parents[2] / "schema"
# By the first of these words that the command has, in this order; openclaw-update without any is an update.
by_word = [
    ("--once", "health"), ("openclaw-health", "health"), ("openclaw-install-deps", "install-deps"),
    ("--undo", "adopt-undo"), ("adopt", "adopt"), ("snapshot list", "snapshots"), ("snapshot verify", "snapshot"),
    ("snapshot create", "snapshot"), ("snapshot import", "snapshot"), ("snapshot export", "snapshot"),
    ("export", "release"), ("import", "release"),
    ("history", "history"), ("changelog", "changelog"), ("status", "status"), ("check", "check"), ("verify", "verify"), ("prune", "prune"),
    ("--dry-run", "plan"), ("", "update"),
]


def schema_of(command, printed):
    if printed.get("outcome") in ("error", "done"):
        return "plain"
    words = f" {command} ".replace("/", " ")
    return next(name for word, name in by_word if not word or f" {word} " in words)


def complaint_about(path):
    command = path.with_name(path.name + ".command").read_text().strip()
    try:
        printed = json.loads(path.read_text())
        name = schema_of(command, printed)
        jsonschema.validate(printed, json.loads((schemas / f"{name}.schema.json").read_text()))
    except json.JSONDecodeError as error:
        return f"{command}: not one JSON object: {error}: {path.read_text()[:200]!r}"
    except jsonschema.ValidationError as error:
        return f"{command}: {name}: {error.json_path}: {error.message[:300]}"
    return None


def main():
    files = [path for path in pathlib.Path(sys.argv[1]).iterdir() if path.suffix != ".command"]
    complaints = [complaint for complaint in map(complaint_about, files) if complaint]
    print("\n".join(complaints) if complaints else f"{len(files)} objects of --json fit their schemas" if files else "", end="")
    return 1 if complaints else 0


sys.exit(main())
