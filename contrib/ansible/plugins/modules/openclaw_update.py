#!/usr/bin/python
# SPDX-License-Identifier: MIT
"""Runs openclaw-update, and tells Ansible what its exit status means."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: openclaw_update
short_description: Run openclaw-update on a host
description:
  - Runs one command of C(openclaw-update --json) and returns the object that it prints.
  - In check mode an update, a rollback and an adoption are run with C(--dry-run), and nothing else is run that changes
    anything.
options:
  command:
    description:
      - What is done. C(update) is openclaw-update without a subcommand, C(adopt_undo) is C(adopt --undo).
      - C(adopt), C(hold), C(unhold), C(pin) and C(unpin) do nothing if it is so already. An adoption that was interrupted is
        repeated.
    type: str
    default: update
    choices:
      [update, rollback, rehearse, check, status, verify, prune, recover, import, hold, unhold, pin, unpin, adopt, adopt_undo]
  version:
    description: The version of an update, a rehearsal, a rollback or a pin.
    type: str
  channel:
    description: The tag of the registry, for an update or a rehearsal.
    type: str
  gateway:
    description: The gateway's name, where a host has several. C(default) is the one without a name.
    type: str
    default: default
  force:
    description: Adds C(--force).
    type: bool
    default: false
  on_hold:
    description:
      - What it means that updates are on hold or pinned to another version (exit status 4). With C(skip) the task is
        skipped. A version in quarantine is a failure with both.
    type: str
    default: fail
    choices: [fail, skip]
  end_hold:
    description:
      - With C(command=update), a hold is ended first if its reason begins with this. In check mode it is only taken for
        ended, and of the update nothing is found out.
      - With C(command=unhold), a hold is ended only if its reason begins with this.
    type: str
  reason:
    description: The reason of a hold.
    type: str
  hold_for:
    description: The time after which a hold ends by itself, such as C(3d).
    type: str
  hold_until:
    description: The time at which a hold ends by itself, such as C(2026-12-01).
    type: str
  archive:
    description: The file on the host that C(command=import) reads.
    type: str
  unit:
    description: The unit to adopt; with C(from_user), the user unit.
    type: str
  from_user:
    description: Adopt the user unit of this user, which becomes a system unit.
    type: str
  profile:
    description: With C(from_user), the profile of OpenClaw.
    type: str
  to_user:
    description: Adopt a unit that runs as root, and let it run as this user.
    type: str
  package_root:
    description: The package that the unit to adopt runs.
    type: str
  programs:
    description: The folder in which openclaw-update is. Without it, it is found as in a shell.
    type: path
author: the authors of openclaw-systemd
"""

EXAMPLES = r"""
- name: Update to a version
  openclaw.systemd.openclaw_update:
    version: 2026.9.6
  register: update
  until: not (update.busy | default(false))
  retries: 30
  delay: 20

- name: Prevent updates for three days
  openclaw.systemd.openclaw_update:
    command: hold
    reason: release party
    hold_for: 3d
"""

RETURN = r"""
exit_status:
  description: That of openclaw-update.
  type: int
  returned: when it was run
verdict:
  description: C(changed), C(ok), C(held), C(busy) or C(failed).
  type: str
  returned: always
busy:
  description: Whether to try again later (exit status 75, or an update that is not finished).
  type: bool
  returned: always
held_by:
  description: C(hold), C(pin) or C(quarantine); null if none of them was the reason.
  type: str
  returned: always
stage:
  description: The stage that failed.
  type: str
  returned: after a failed update
reason:
  description: Why it failed, or was not done.
  type: str
  returned: always
report:
  description: The object that openclaw-update has printed.
  type: dict
  returned: when it has printed one
gateways:
  description: The names of the gateways of the host, C(default) for the one without a name.
  type: list
  returned: with C(command=status)
"""

import json

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.openclaw.systemd.plugins.module_utils.programs import (
    BUSY, HELD, REFUSED, ROLLED_BACK, Programs, failing_stage, gateway_arguments, gateway_in, gateways_in, what_holds,
)

READS = ("check", "status", "verify")
STARTS = ("update", "rollback", "rehearse")
# What has a dry run of its own.
REHEARSES_ITSELF = ("update", "rollback", "adopt", "adopt_undo")
# What an update that is not finished prevents.
NEEDS_IDLE = STARTS + ("adopt", "adopt_undo")
# The reason that openclaw-update gives to a hold without one.
NO_REASON = "set by hand"


def arguments_of(p):
    command = p["command"]
    words = {"update": [], "adopt_undo": ["adopt", "--undo"]}.get(command, [command])
    if p["version"]:
        words += ["--to", p["version"]] if command == "update" else [p["version"]]
    for option in ("channel", "from_user", "profile", "to_user", "package_root"):
        if p[option]:
            words += ["--" + option.replace("_", "-"), p[option]]
    if p["hold_for"]:
        words += ["--for", p["hold_for"]]
    if p["hold_until"]:
        words += ["--until", p["hold_until"]]
    if p["force"]:
        words.append("--force")
    words += gateway_arguments(p["gateway"])
    words.append("--json")
    # Last, and after --: a reason may begin with a dash.
    for positional in ("unit", "reason", "archive"):
        if p[positional]:
            words += ["--", p[positional]]
    return words


def is_so_already(p, now):
    """Whether a command that describes a state has nothing to do; `now` is the gateway's object in status."""
    command = p["command"]
    if now is None:
        return False
    if command == "hold":
        return now.get("hold") == (p["reason"] or NO_REASON)
    if command == "unhold":
        holds = [now.get(name) for name in ("hold", "ended_hold") if now.get(name) is not None]
        return not any(hold.startswith(p["end_hold"] or "") for hold in holds)
    if command == "pin":
        return now.get("pin") == p["version"]
    if command == "unpin":
        return not now.get("pin")
    return command == "adopt" and bool(now.get("current")) and not is_half_adopted(p["gateway"])


def is_half_adopted(gateway):
    """Whether an adoption was interrupted, which openclaw-update adopt undoes and repeats."""
    name = "" if gateway in (None, "", "default") else "/gateways/" + gateway
    try:
        with open("/var/lib/openclaw-update%s/adoption.json" % name) as record:
            return json.load(record).get("complete") is False
    except (OSError, IOError, ValueError, AttributeError):
        return False  # installed, and not adopted


class Run(object):
    def __init__(self, module):
        self.module = module
        self.p = module.params
        self.programs = Programs(module, self.p["programs"])
        self.has_ended_hold = False
        self.result = dict(changed=False, verdict="ok", busy=False, held_by=None, reason="")

    def ends(self, verdict, **more):
        self.result.update(more, verdict=verdict,
                           changed=more.get("changed", verdict == "changed") or self.has_ended_hold)
        if verdict in ("failed", "busy"):
            self.module.fail_json(msg=self.result["reason"] or "openclaw-update failed", **self.result)
        if verdict == "held":
            self.result.update(skipped=True, skip_reason=self.result["reason"])
        self.module.exit_json(msg=self.result["reason"], **self.result)

    def status(self):
        unused, report, reason = self.programs.run("openclaw-update", ["status", "--json"])
        return report, reason

    def look_first(self):
        """Ends here if a state that is asked for is there."""
        report, reason = self.status()
        now = gateway_in(report, self.p["gateway"])
        if now is None and self.p["command"] != "adopt":
            self.ends("failed", reason=reason if not report else "there is no gateway %s" % self.p["gateway"])
        if not is_so_already(self.p, now):
            return
        if self.p["command"] == "adopt" and not self.is_adopted_from_there(now):
            asked = "that of " + self.p["from_user"] if self.p["from_user"] else self.p["unit"]
            self.ends("failed", reason="the gateway %s is %s already, and not %s" % (self.p["gateway"], now.get("unit"), asked))
        self.ends("ok")

    def is_adopted_from_there(self, now):
        # A user unit gets another name as a system unit.
        if self.p["from_user"]:
            return (now.get("moved_from") or {}).get("user") == self.p["from_user"]
        unit = self.p["unit"]
        return not unit or (unit if "." in unit else unit + ".service") == now.get("unit")

    def end_hold(self):
        """A hold that is not an operator's."""
        hold = (gateway_in(self.status()[0], self.p["gateway"]) or {}).get("hold")
        if hold is None or not hold.startswith(self.p["end_hold"]):
            return
        if self.module.check_mode:
            self.ends("changed", reason="would end a hold, and update")
        status, unused, reason = self.programs.run("openclaw-update", ["unhold"] + gateway_arguments(self.p["gateway"]) + ["--json"])
        if status != 0:
            self.ends("failed", stage="plan", exit_status=status, reason=reason)
        self.has_ended_hold = True

    def check(self):
        """In check mode, of a command that changes something."""
        p = self.p
        if self.programs.find("openclaw-update") is None:
            self.ends("changed", reason="openclaw-update is not installed yet")
        if p["command"] not in REHEARSES_ITSELF:
            self.ends("changed" if p["command"] != "rehearse" else "ok", reason="not run in check mode")
        if p["command"] == "adopt" and is_half_adopted(p["gateway"]):
            self.ends("changed", reason="an adoption was interrupted, and would be repeated")
        words = arguments_of(p)
        words.insert(words.index("--json"), "--dry-run")
        status, report, reason = self.programs.run("openclaw-update", words)
        self.result.update(exit_status=status, report=report)
        if report.get("verdict") == "up-to-date":
            self.ends("ok")
        if report.get("verdict") == "refused" or status == HELD:
            self.refused(report, report.get("held") or status == HELD, reason)
        if status == BUSY or self.is_unfinished(status, report, reason):
            self.ends("busy", busy=True, reason=reason)
        if status != 0:
            self.ends("failed", stage="plan", reason=reason)
        self.ends("changed", reason="would be done")

    def is_unfinished(self, status, report, reason):
        """An update that a reboot or a kill has interrupted is completed by a unit of the host, and this unit may not have begun
        yet. It may also have ended since, so what was printed counts, too."""
        if status != REFUSED or "id" in report or self.p["command"] not in NEEDS_IDLE:
            return False
        now = gateway_in(self.status()[0], self.p["gateway"]) or {}
        return bool(now.get("open")) or "is not finished" in reason

    def refused(self, report, held, reason):
        held_by = None
        if held:
            status, unused = self.status()
            held_by, words = what_holds(gateway_in(status, self.p["gateway"]) or {}, report.get("to") or self.p["version"])
            reason = words or reason
        more = dict(held_by=held_by, stage=failing_stage(report), reason=reason)
        # What says no for as long as an operator wants is no failure; that the version has failed here before is one.
        if held and held_by != "quarantine" and self.p["on_hold"] == "skip":
            self.ends("held", **more)
        self.ends("failed", **more)

    def run(self):
        p = self.p
        if p["command"] in ("hold", "unhold", "pin", "unpin", "adopt") and self.programs.find("openclaw-update"):
            self.look_first()
        if p["command"] == "update" and p["end_hold"] and self.programs.find("openclaw-update"):
            self.end_hold()
        if self.module.check_mode and p["command"] not in READS:
            self.check()
        if self.programs.find("openclaw-update") is None:
            self.ends("failed", reason="openclaw-update is not installed")
        status, report, reason = self.programs.run("openclaw-update", arguments_of(p))
        self.result.update(exit_status=status, report=report)
        if p["command"] == "status":
            self.result["gateways"] = gateways_in(report)
        if p["command"] == "check":
            self.checked(status, reason)
        if status == BUSY or self.is_unfinished(status, report, reason):
            self.ends("busy", busy=True, reason=reason)
        if status == HELD:
            self.refused(report, True, reason)
        if status != 0:
            # After a rollback the gateway is as before, but the host is not: the version is in quarantine.
            went_on = p["command"] in STARTS and (status == ROLLED_BACK or report.get("outcome") == "rollback-failed")
            stage = "import" if p["command"] == "import" else failing_stage(report)
            self.ends("failed", changed=went_on, stage=stage, reason=reason)
        self.ends(self.done(report))

    def checked(self, status, reason):
        if status not in (0, 1):
            self.ends("failed", reason=reason)
        self.ends("ok")

    def done(self, report):
        command = self.p["command"]
        if command in STARTS:
            return "changed" if report.get("outcome") == "updated" else "ok"
        if command == "prune":
            return "changed" if report.get("removed") else "ok"
        if command == "import":
            return "ok" if report.get("was_there") else "changed"
        return "ok" if command in READS + ("recover",) else "changed"


def main():
    module = AnsibleModule(
        argument_spec=dict(
            command=dict(type="str", default="update", choices=[
                "update", "rollback", "rehearse", "check", "status", "verify", "prune", "recover", "import", "hold", "unhold",
                "pin", "unpin", "adopt", "adopt_undo"]),
            version=dict(type="str"),
            channel=dict(type="str"),
            gateway=dict(type="str", default="default"),
            force=dict(type="bool", default=False),
            on_hold=dict(type="str", default="fail", choices=["fail", "skip"]),
            end_hold=dict(type="str"),
            reason=dict(type="str"),
            hold_for=dict(type="str"),
            hold_until=dict(type="str"),
            archive=dict(type="str"),
            unit=dict(type="str"),
            from_user=dict(type="str"),
            profile=dict(type="str"),
            to_user=dict(type="str"),
            package_root=dict(type="str"),
            programs=dict(type="path"),
        ),
        mutually_exclusive=[("version", "channel"), ("hold_for", "hold_until"), ("from_user", "to_user")],
        required_if=[("command", "pin", ["version"]), ("command", "import", ["archive"])],
        supports_check_mode=True,
    )
    Run(module).run()


if __name__ == "__main__":
    main()
