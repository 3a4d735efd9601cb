# SPDX-License-Identifier: MIT
"""How the modules of this collection run openclaw-update and openclaw-health, and read what these print."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os

# Of openclaw-update(8), EXIT STATUS.
ROLLED_BACK = 1
REFUSED = 3
HELD = 4
UNAVAILABLE = 69
BUSY = 75

# Words of "stage" that are no stage, but say how an update ended.
OUTCOMES = ("up-to-date", "updated", "rehearsed", "refused", "rolled-back", "rollback-failed")


class Programs(object):
    """The programs of the suite on this host."""

    def __init__(self, module, folder=None):
        self.module = module
        self.folder = folder

    def find(self, name):
        """The path of a program; None where it is not installed."""
        if self.folder:
            path = os.path.join(self.folder, name)
            return path if os.access(path, os.X_OK) else None
        return self.module.get_bin_path(name, opt_dirs=["/usr/libexec/openclaw"])

    def run(self, name, arguments):
        """Runs a program: its exit status, the object that it has printed, and one sentence about a failure."""
        status, out, err = self.module.run_command([self.find(name)] + arguments)
        try:
            report = json.loads(out)
        except ValueError:
            report = {}
        if not isinstance(report, dict):
            report = {}
        # Of an object, the last line is only a bracket.
        return status, report, sentence_of(report, err or ("" if report else out), status)


def sentence_of(report, text, status):
    """The reason of a failure: what the object says, else the last line of what was printed."""
    for member in ("reason", "message", "detail"):
        if report.get(member):
            return report[member]
    for error in report.get("errors") or []:
        hint = error.get("hint")
        return error["message"] + ("; " + hint if hint else "")
    lines = [line for line in (text or "").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "exit status %s" % status


def gateway_arguments(gateway):
    """The option that names a gateway; none for the one without a name."""
    return [] if gateway in (None, "", "default") else ["--gateway", gateway]


def gateway_in(report, gateway):
    """The object of a gateway in what `openclaw-update status --json` prints; None if there is no such gateway."""
    named = report.get("gateways") or []
    if gateway in (None, "", "default"):
        return report if "unit" in report else None
    for one in named:
        if one.get("name") == gateway:
            return one
    return report if report.get("name") == gateway else None


def gateways_in(report):
    """The names of the gateways of a host; `default` is the one without a name."""
    names = [one["name"] for one in report.get("gateways") or []]
    if report.get("current"):
        names.insert(0, "default")
    return names


def failing_stage(report):
    """The stage in which an update was refused, or which was rolled back."""
    stages = [one["stage"] for one in report.get("stages") or [] if isinstance(one, dict)]
    stages = [stage for stage in stages if stage not in OUTCOMES and stage != "rollback"]
    if stages:
        return stages[-1]
    stage = report.get("stage")
    return stage if stage and stage not in OUTCOMES else "plan"


def what_holds(gateway, version=None):
    """Why an update was refused with status 4: hold, pin or quarantine, and the words of it."""
    if gateway.get("hold") is not None:
        until = gateway.get("hold_until")
        return "hold", (gateway["hold"] or "on hold") + (" (until %s)" % until if until else "")
    if gateway.get("pin") and gateway.get("pin") != version:
        return "pin", "pinned to %s" % gateway["pin"]
    for one in gateway.get("quarantine") or []:
        if version in (None, one.get("version")):
            return "quarantine", "%s failed on this host before: %s" % (one.get("version"), one.get("reason"))
    return None, ""
