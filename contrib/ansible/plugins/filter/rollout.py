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


def one_line(text):
    """Of what a host says: a few words that neither move the cursor of a terminal nor are a template."""
    text = str(text)[:4000]
    words = "".join(character if character.isprintable() else " " for character in text).split()
    return re.sub(r"\{(?=[{%#])", "{ ", " ".join(words)[:500])


def last_line(text):
    lines = [line for line in str(text or "")[-4000:].splitlines() if line.strip() and not line.startswith("Shared connection to ")]
    return lines[-1] if lines else ""


def reason_in(result):
    """Of an answer that says no: the words of this collection's modules, else what a program has said last (that there is no
    Python, that a user may not become root), else Ansible's own."""
    words = [result.get("reason")] + [last_line(result.get(name)) for name in ("stderr", "module_stderr", "module_stdout")]
    return one_line(next((one for one in words + [result.get("msg")] if one), "no reason was given"))


def rollout_look(status, version, mark, wanted=None):
    """What is to be done on a host, from the result of openclaw_update with command=status: the gateways to update, those
    that an operator holds, and those with a hold of an earlier rollout, whose reason begins with the mark."""
    try:
        return look_at(status, version, mark, wanted)
    except (AttributeError, KeyError, TypeError, ValueError):
        return stays("failed", "look", "its answer cannot be read")


def stays(state, stage, reason):
    """A host on which nothing is done."""
    return dict(gateways=[], held=[], unhold=[], behind=[], state=state, stage=stage, reason=reason)


def look_at(status, version, mark, wanted):
    if status.get("unreachable"):
        return stays("unreachable", "connection", one_line(status.get("msg") or ""))
    # Without a verdict, the module did not run.
    if status.get("failed") or status.get("verdict") in (None, "failed"):
        return stays("failed", "look", reason_in(status))
    report = status.get("report") or {}
    objects = dict((one["name"], one) for one in report.get("gateways") or [])
    if "unit" in report:
        objects["default"] = report
    names = list(wanted or status.get("gateways") or [])
    missing = [name for name in names if name not in objects]
    if missing or not names:
        words = "there is no gateway %s" % missing[0] if missing else "there is no gateway that openclaw-update manages"
        return stays("failed", "look", one_line(words))
    found = dict(gateways=[], held=[], unhold=[], behind=[])
    for name in names:
        if not re.match(r"[A-Za-z0-9_-]+\Z", name):
            raise ValueError(name)
        one = objects[name]
        hold = one.get("hold")
        if hold is not None and hold.startswith(mark):
            found["unhold"].append(name)
        elif hold is not None:
            until = " (until %s)" % one["hold_until"] if one.get("hold_until") else ""
            found["held"].append(dict(gateway=name, reason=one_line((hold or "on hold") + until)))
            continue
        if one.get("pin") and one["pin"] != version:
            found["held"].append(dict(gateway=name, reason=one_line("pinned to %s" % one["pin"])))
            continue
        found["gateways"].append(name)
        if one.get("version") != version:
            found["behind"].append(name)
    return dict(found, state="go" if found["gateways"] else "held")


def items_of(result):
    """Of a task in a loop."""
    found = result.get("results")
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def rollout_failure(result):
    """Of a failed task: the stage and the reason. In a loop, the first item that failed counts."""
    failed = [item for item in items_of(result) if item.get("failed") or item.get("unreachable")]
    result = failed[0] if failed else result
    reason = reason_in(result)
    # The tasks say so themselves, where a connection was lost.
    unreachable = result.get("unreachable") or reason == "the host cannot be reached"
    stage = result.get("stage") or ("connection" if unreachable else "ansible")
    return dict(state="failed", stage=one_line(stage), reason=reason, gateway=one_line(result.get("gateway") or ""))


def where(host, one):
    gateway = one.get("gateway")
    return host if gateway in (None, "", "default") else "%s (gateway %s)" % (host, gateway)


def rollout_since(answer):
    """When an update ended, in Unix seconds of its host; 0 where it was none."""
    try:
        return answer["report"]["stages"][-1]["at_ms"] / 1000.0 if answer.get("verdict") == "changed" else 0
    except (IndexError, KeyError, TypeError):
        return 0


def rollout_result(result, done, look, proof, rehearsal):
    """How it ended on a host where no task has failed."""
    held = [dict(gateway=one["gateway"], reason=one_line(one.get("reason"))) for one in done if one.get("verdict") == "held"]
    result = dict(result, held=list(result.get("held") or []) + held)
    if any(item.get("unreachable") for one in (look, proof) for item in items_of(one)):
        return dict(result, state="failed", stage="connection", reason="the host cannot be reached")
    if len(held) == len(done):
        return dict(result, state="held")
    unproven = [item for item in items_of(proof) if not item.get("proven")]
    if unproven and not rehearsal:
        return dict(result, state="failed", stage="proof", gateway=one_line(unproven[0].get("gateway") or ""),
                    reason=one_line("the gateway has not settled: %s s are left" % (unproven[0].get("remaining"),)))
    if any(one.get("verdict") == "changed" for one in done):
        return dict(result, state="would-update" if rehearsal else "updated")
    return dict(result, state="current")


def rollout_rest(looks, settle):
    """How many whole seconds the gateways of a wave still have to settle, from what openclaw_proof has found. No host lets the
    others wait longer than the settle time."""
    found = [item.get("remaining") for look in looks for item in items_of(look)]
    rests = [min(one, float(settle)) for one in found if isinstance(one, (int, float)) and one > 0]
    return int(math.ceil(max(rests or [0])))


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
    if held_back and rehearsal:
        lines.append("       would be on hold: %s" % hosts_in_short(held_back))
    elif held_back:
        lines.append("       on hold now: %s" % hosts_in_short(held_back))
        lines.append("       the next rollout ends these holds; to end them now:")
        lines.append("       ansible-playbook openclaw.systemd.unhold")
    unheld = [host for host in by_state.get("stopped", []) if not results[host].get("on_hold")]
    if unheld and not rehearsal:
        lines.append("       NOT on hold: %s" % hosts_in_short(unheld))
    return lines


class FilterModule(object):
    def filters(self):
        return dict(rollout_look=rollout_look, rollout_failure=rollout_failure, rollout_rest=rollout_rest, rollout_since=rollout_since,
                    rollout_result=rollout_result, rollout_report=rollout_report, hosts_in_short=hosts_in_short)
