# SPDX-License-Identifier: MIT
"""What the rolling update says of its hosts."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import math
import re

# In the order of the report.
STATES = (
    ("failed", "failed"),
    ("updated", "updated"),
    ("would-update", "would be updated"),
    ("current", "up to date before"),
    ("held", "skipped, on hold"),
    ("unreachable", "skipped, unreachable"),
    ("stopped", "not updated"),
    ("unknown", "no result"),
)
# Each of these hosts has a line of its own, with a reason.
WITH_REASON = ("failed", "unreachable")


def natural(name):
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def counted(hosts):
    return "1 host" if hosts == 1 else "%s hosts" % hosts


def hosts_in_short(names):
    """`web-1, web-2, web-3, x` becomes `web-[1:3], x`."""
    runs = []
    for name in sorted(names, key=natural):
        match = re.match(r"^(.*?)(\d+)(\D*)$", name)
        if match is None:
            runs.append([name, None, None, None])
            continue
        before, digits, after = match.groups()
        last = runs[-1] if runs else None
        if last and last[1] is not None and (last[0], last[3]) == (before, after) and int(last[2]) + 1 == int(digits) \
                and len(last[1]) <= len(digits):
            last[2] = digits
        else:
            runs.append([before, digits, digits, after])
    words = []
    for before, first, last, after in runs:
        if first is None:
            words.append(before)
        elif first == last:
            words.append(before + first + after)
        else:
            words.append("%s[%s:%s]%s" % (before, first, last, after))
    return ", ".join(words)


# How a hold begins that a stopped rollout has set. The next rollout ends it.
MARK = "rollout of "


def is_of_rollout(hold):
    return isinstance(hold, str) and hold.startswith(MARK)


def rollout_look(status, version, wanted=None):
    """What is to be done on a host, from the result of openclaw_update with command=status: the gateways to update, those
    that an operator holds, and those with a hold of an earlier rollout."""
    report = status.get("report") or {}
    found = dict(gateways=[], held=[], unhold=[], behind=[])
    objects = dict((one["name"], one) for one in report.get("gateways") or [])
    if "unit" in report:
        objects["default"] = report
    names = list(wanted or status.get("gateways") or [])
    if status.get("unreachable"):
        return dict(found, state="unreachable", stage="connection", reason=one_line(status.get("msg") or ""))
    if status.get("failed") or status.get("verdict") == "failed":
        return dict(found, state="failed", stage="look", reason=one_line(status.get("reason") or status.get("msg") or ""))
    missing = [name for name in names if name not in objects]
    if missing or not names:
        reason = "there is no gateway %s" % missing[0] if missing else "there is no gateway that openclaw-update manages"
        return dict(found, state="failed", stage="look", reason=reason)
    for name in names:
        one = objects[name]
        if is_of_rollout(one.get("hold")):
            found["unhold"].append(name)
        elif one.get("hold") is not None:
            until = " (until %s)" % one["hold_until"] if one.get("hold_until") else ""
            found["held"].append(dict(gateway=name, reason=(one["hold"] or "on hold") + until))
            continue
        if one.get("pin") and one["pin"] != version:
            found["held"].append(dict(gateway=name, reason="pinned to %s" % one["pin"]))
            continue
        found["gateways"].append(name)
        if one.get("version") != version:
            found["behind"].append(name)
    return dict(found, state="go" if found["gateways"] else "held")


def one_line(text):
    return " ".join(str(text).split())


def rollout_failure(result):
    """Of a failed task: the stage and the reason. In a loop, the first item that failed counts."""
    for item in result.get("results") or []:
        if item.get("failed") or item.get("unreachable"):
            return rollout_failure(item)
    reason = result.get("reason") or result.get("msg") or "no reason was given"
    # The tasks say so themselves, where a connection was lost.
    unreachable = result.get("unreachable") or reason == "the host cannot be reached"
    stage = result.get("stage") or ("connection" if unreachable else "ansible")
    return dict(state="failed", stage=stage, reason=one_line(reason), gateway=result.get("gateway") or "")


def where(host, one):
    gateway = one.get("gateway")
    return host if gateway in (None, "", "default") else "%s (gateway %s)" % (host, gateway)


def rollout_since(answer):
    """When an update ended, in Unix seconds of its host; 0 where it was none."""
    stages = (answer.get("report") or {}).get("stages") or []
    return stages[-1]["at_ms"] / 1000.0 if answer.get("verdict") == "changed" and stages else 0


def rollout_result(result, done, look, proof, rehearsal):
    """How it ended on a host where no task has failed."""
    held = [dict(gateway=one["gateway"], reason=one.get("reason")) for one in done if one.get("verdict") == "held"]
    result = dict(result, held=list(result.get("held") or []) + held)
    if any(item.get("unreachable") for one in (look, proof) for item in one.get("results") or []):
        return dict(result, state="failed", stage="connection", reason="the host cannot be reached")
    if len(held) == len(done):
        return dict(result, state="held")
    unproven = [item for item in proof.get("results") or [] if not item.get("proven")]
    if unproven and not rehearsal:
        return dict(result, state="failed", stage="proof", gateway=unproven[0].get("gateway"),
                    reason="the gateway has not settled: %s s are left" % unproven[0].get("remaining"))
    if any(one.get("verdict") == "changed" for one in done):
        return dict(result, state="would-update" if rehearsal else "updated")
    return dict(result, state="current")


def rollout_rest(looks):
    """How many whole seconds the gateways of a wave still have to settle, from what openclaw_proof has found."""
    found = [item.get("remaining") or 0 for look in looks for item in look.get("results") or []]
    return int(math.ceil(max(found or [0])))


def rollout_report(results, version, rehearsal=False):
    """Lines for a person. `results` is an object: for each host its result."""
    by_state = {}
    for host, result in results.items():
        by_state.setdefault((result or {}).get("state", "unknown"), []).append(host)
    held = []
    failed = len(by_state.get("failed", []))
    not_updated = len(by_state.get("stopped", []))
    if failed:
        head = "STOPPED by %s" % ("1 failure" if failed == 1 else "%s failures" % failed)
    elif not_updated or by_state.get("unknown"):
        head = "INCOMPLETE"
    else:
        head = "rehearsed" if rehearsal else "complete"
    for host, result in results.items():
        for one in (result or {}).get("held") or []:
            held.append((host, one))
    lines = ["rollout of %s to %s: %s" % (version, counted(len(results)), head)]
    for state, words in STATES:
        hosts = by_state.get(state)
        if state == "held" and held:
            lines.append("%5d  %s" % (len(held), words))
            for host, one in sorted(held, key=lambda pair: natural(pair[0])):
                lines.append("       - %s: %s" % (where(host, one), one_line(one["reason"])))
            continue
        if not hosts:
            continue
        if state in WITH_REASON:
            lines.append("%5d  %s" % (len(hosts), words))
            for host in sorted(hosts, key=natural):
                one = results[host]
                stage = " at %s" % one["stage"] if one.get("stage") else ""
                lines.append("       - %s%s: %s" % (where(host, one), stage, one_line(one.get("reason") or "no reason was given")))
        else:
            lines.append("%5d  %s: %s" % (len(hosts), words, hosts_in_short(hosts)))
    held_back = [host for host in by_state.get("stopped", []) if results[host].get("on_hold")]
    if held_back:
        lines.append("       on hold now: %s" % hosts_in_short(held_back))
        lines.append("       the next rollout ends these holds; to end them now:")
        lines.append("       ansible openclaw -b -m openclaw.systemd.openclaw_update -a command=unhold")
    unheld = [host for host in by_state.get("stopped", []) if not results[host].get("on_hold")]
    if unheld:
        lines.append("       NOT on hold: %s" % hosts_in_short(unheld))
    return lines


class FilterModule(object):
    def filters(self):
        return dict(rollout_look=rollout_look, rollout_failure=rollout_failure, rollout_rest=rollout_rest, rollout_since=rollout_since,
                    rollout_result=rollout_result, rollout_report=rollout_report, hosts_in_short=hosts_in_short)
