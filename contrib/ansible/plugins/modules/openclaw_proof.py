#!/usr/bin/python
# SPDX-License-Identifier: MIT
"""Looks whether a gateway serves a version, has settled, and has no failure that its watchdog recognises."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: openclaw_proof
short_description: Tell whether a gateway is proven to work
description:
  - Asks openclaw-health and openclaw-update, and reads in the journal what openclaw-watchdog has recognised.
  - A gateway is proven if it is ready, runs the version, has been one and the same process for the settle time, and if the
    watchdog has reported no signature meanwhile.
  - The module does not wait for the settle time. It returns how long it still lasts. After that time, run it again with
    C(since) and C(invocation) of the first answer.
options:
  version:
    description: The version that has to run.
    type: str
  gateway:
    description: The gateway's name. C(default) is the one without a name.
    type: str
    default: default
  settle:
    description: The settle time in seconds.
    type: float
    default: 300
  wait:
    description: How long openclaw-health waits until the gateway is ready, such as C(5min).
    type: str
    default: 5min
  since:
    description: The time from which on a signature counts, in Unix seconds. Without it, the settle time counts back from
      now, but not beyond the end of the last update.
    type: float
  invocation:
    description: The start of the gateway's unit that has to be still the same.
    type: str
  ignore:
    description: Signatures that do not count.
    type: list
    elements: str
    default: []
  programs:
    description: The folder in which the programs are. Without it, they are found as in a shell.
    type: path
author: the authors of openclaw-systemd
"""

EXAMPLES = r"""
- name: Look at the gateway
  openclaw.systemd.openclaw_proof:
    version: 2026.9.6
    settle: 300
  register: proof
"""

RETURN = r"""
proven:
  description: Whether nothing is missing, the settle time included.
  type: bool
  returned: success
remaining:
  description: Seconds of the settle time that are left.
  type: float
  returned: success
since:
  description: For the next look.
  type: float
  returned: success
invocation:
  description: For the next look.
  type: str
  returned: success
signatures:
  description: What the watchdog has recognised.
  type: list
  returned: always
reason:
  description: What is missing.
  type: str
  returned: failure
"""

import json
import time
from datetime import datetime

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.openclaw.systemd.plugins.module_utils.programs import Programs, failing_stage, gateway_arguments, gateway_in


def unix_time(text):
    """Of RFC 3339; None where it is none."""
    try:
        return datetime.strptime(text.replace("Z", "+0000"), "%Y-%m-%dT%H:%M:%S%z").timestamp()
    except (AttributeError, ValueError):
        pass
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except (AttributeError, ValueError):
        return None


def end_of(update, version):
    """When the last update ended, if it led to that version."""
    if not update or update.get("outcome") != "updated" or version not in (None, update.get("to")):
        return None
    stages = update.get("stages") or []
    return stages[-1]["at_ms"] / 1000.0 if stages else None


def signatures_in(text, unit, ignored):
    """Of the watchdog's entries about a unit, one sentence for each signature."""
    found = []
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        signature = entry.get("OPENCLAW_SIGNATURE")
        if not signature or signature in ignored or entry.get("OPENCLAW_UNIT") != unit:
            continue
        message = entry.get("MESSAGE")
        found.append(dict(signature=signature, message=message.splitlines()[0] if isinstance(message, str) and message else ""))
    return found


def main():
    module = AnsibleModule(
        argument_spec=dict(
            version=dict(type="str"),
            gateway=dict(type="str", default="default"),
            settle=dict(type="float", default=300),
            wait=dict(type="str", default="5min"),
            since=dict(type="float"),
            invocation=dict(type="str"),
            ignore=dict(type="list", elements="str", default=[]),
            programs=dict(type="path"),
        ),
        supports_check_mode=True,
    )
    p = module.params
    programs = Programs(module, p["programs"])
    result = dict(changed=False, signatures=[], gateway=p["gateway"])

    def fails(reason, stage="proof"):
        module.fail_json(msg=reason, reason=reason, stage=stage, **result)

    for name in ("openclaw-update", "openclaw-health"):
        if programs.find(name) is None:
            fails("%s is not installed" % name)
    unused, report, reason = programs.run("openclaw-update", ["status", "--json"])
    gateway = gateway_in(report, p["gateway"])
    if gateway is None:
        fails(reason if not report else "there is no gateway %s" % p["gateway"])
    last = gateway.get("last_update") or {}
    if p["version"] and gateway.get("version") != p["version"]:
        if last.get("to") == p["version"] and last.get("outcome") in ("rolled-back", "rollback-failed"):
            fails(last.get("reason") or last["outcome"], failing_stage(last))
        fails("the current release is %s, and not %s" % (gateway.get("version"), p["version"]))

    wait = ["--wait", p["wait"]] if p["wait"] and not module.check_mode else []
    status, health, reason = programs.run("openclaw-health", wait + gateway_arguments(p["gateway"]) + ["--json"])
    result["health"] = health
    if status != 0:
        failing = ", ".join(health.get("failing") or [])
        words = "the gateway is %s" % health["state"] if health.get("state") else reason
        fails("openclaw-health: " + words + (" (%s)" % failing if failing else ""))
    if p["version"] and health.get("version") not in (None, p["version"]):
        fails("the gateway answers that it is %s, and not %s" % (health["version"], p["version"]))

    unit = health.get("unit") or {}
    result["invocation"] = unit.get("invocation_id", "")
    if p["invocation"] and p["invocation"] != result["invocation"]:
        fails("the gateway was restarted while it had to settle")
    now = time.time()
    ended = end_of(last, p["version"])
    # What the version before has done does not count, nor what was long ago.
    result["since"] = max(ended or 0, now - p["settle"]) if p["since"] is None else p["since"]
    # A process that was started after the update, as by a boot, has to settle from then on.
    settles_from = max(ended or 0, unix_time((gateway.get("gateway") or {}).get("since")) or 0)
    result["remaining"] = round(max(0.0, min(settles_from + p["settle"] - now, p["settle"])), 1)

    systemctl = programs.find("systemctl")
    if systemctl and module.run_command([systemctl, "is-active", "--quiet", "openclaw-watchdog.service"])[0] != 0:
        module.warn("openclaw-watchdog does not run on this host, so nothing is known of signatures")
    journalctl = programs.find("journalctl")
    if journalctl is None:
        fails("journalctl is not installed")
    status, text, reason = module.run_command([
        journalctl, "--unit=openclaw-watchdog.service", "--since=@%d" % int(result["since"]), "--output=json", "--no-pager", "--quiet"])
    if status != 0:
        fails("the journal cannot be read: " + reason.strip())
    result["signatures"] = signatures_in(text, unit.get("name") or gateway.get("unit"), p["ignore"])
    if result["signatures"]:
        first = result["signatures"][0]
        fails("the watchdog has reported %s: %s" % (first["signature"], first["message"]))
    result["proven"] = result["remaining"] == 0
    module.exit_json(**result)


if __name__ == "__main__":
    main()
