# SPDX-License-Identifier: MIT
"""Killed before any call that can change something, a program leaves the old or the new, and the next run ends the
work. A second kill, in that next run, changes nothing of that."""
import random

import jobs
import trees

KILL, PAIR, OTHER = "a kill", "two kills", "a kill, then another version"


def where(log, point):
    """The call that a point is before."""
    return " ".join(log[point - 1][1:]) if 0 < point <= len(log) else "no call"


def what_is_wrong(sweep, before):
    """After a kill, ahead of any repair."""
    now = sweep.plain()
    return sweep.scenario.half_states(before, now, sweep.after) + sweep.scenario.lost(before, now)


def killed(sweep, point, command):
    """One run that is killed before that call."""
    return sweep.run(command, ("calls changes", f"at {point}", "do kill"), at_once=point % 2 == 0)


def finish(sweep):
    """The undisturbed run after it: its faults, and how many calls it made."""
    scenario = sweep.scenario
    ended = sweep.run(scenario.next_command(sweep.place), ("calls changes",))
    if ended.hung:
        return ["the next run hangs"], ended.calls
    if scenario.is_failure(sweep.place, ended):
        return [f"the next run fails ({ended.status}): {scenario.message(sweep.place, ended)[:600]}"], ended.calls
    return [f"after the next run: {each}" for each in trees.differences(sweep.after, sweep.plain())], ended.calls


def other(sweep, setting, report, log, point):
    """After the same kill, another program comes: the newer image, where the older one was about to return."""
    command = sweep.scenario.other_command(sweep.place)
    if command is None:
        return
    sweep.fresh()
    before = sweep.plain_before
    killed(sweep, point, sweep.scenario.command(sweep.place))
    ended = sweep.run(command, ())
    faults = sweep.scenario.other_result(before, sweep.plain(), sweep.after)
    if sweep.scenario.is_failure(sweep.place, ended):
        faults.append(f"the other run fails ({ended.status}): {sweep.scenario.message(sweep.place, ended)[:600]}")
    report.count(OTHER, bool(faults))
    if faults:
        tell(report, setting, [point], log, ["then the other: " + faults[0], *faults[1:]])


def tell(report, setting, points, log, faults):
    """A failure, with what it takes to have it again."""
    numbers = ",".join(str(point) for point in points)
    report.lines.append(f"killed before call {numbers} ({where(log, points[0])}): " + "\n  ".join(faults)
                        + f"\n  again: SEED={setting.seed} ONLY='{report.name}' POINT={numbers} tests/proof/kills.sh")


def single(sweep, setting, report, log, point):
    """One kill; answers how many calls the next run made."""
    sweep.fresh()
    before = sweep.plain_before
    ended = killed(sweep, point, sweep.scenario.command(sweep.place))
    faults = ["the program is hanging"] if ended.hung else []
    if ended.calls < point:
        faults.append(f"only {ended.calls} calls were made: the run is not the same each time")
    faults += what_is_wrong(sweep, before)
    more, calls = finish(sweep)
    faults += more
    report.count(KILL, bool(faults))
    if faults:
        tell(report, setting, [point], log, faults)
    other(sweep, setting, report, log, point)
    return calls


def pair(sweep, setting, report, log, points):
    """A kill, another one in the next run, and a run to the end."""
    sweep.fresh()
    before = sweep.plain_before
    killed(sweep, points[0], sweep.scenario.command(sweep.place))
    killed(sweep, points[1], sweep.scenario.next_command(sweep.place))
    faults = what_is_wrong(sweep, before)
    faults += finish(sweep)[0]
    report.count(PAIR, bool(faults))
    if faults:
        tell(report, setting, points, log, faults)


def kills(sweep, setting, report):
    """All points of a scenario, and pairs that the seed draws."""
    log = sweep.points("changes")
    report.notes.append(len(log))
    if setting.points:
        if len(setting.points) == 1:
            single(sweep, setting, report, log, setting.points[0])
        else:
            pair(sweep, setting, report, log, setting.points)
        return
    next_calls = {point: single(sweep, setting, report, log, point)
                  for point in setting.drawn(len(log), report.name)}
    draw = random.Random(f"{setting.seed} {report.name}")
    wanted = -(-len(log) * 9 // (20 * setting.every))
    known = [point for point, calls in next_calls.items() if calls > 0]
    for _ in range(wanted if known else 0):
        first = draw.choice(known)
        pair(sweep, setting, report, log, [first, draw.randint(1, next_calls[first])])


def sentence(report):
    """What was found of a scenario."""
    points = report.counts.get(KILL, [0, 0])[0]
    pairs = report.counts.get(PAIR, [0, 0])[0]
    calls = report.notes[0] if report.notes else 0
    return (f"{report.name}: killed before {points} of {calls} calls, and {pairs} times twice, it leaves the old or "
            "the new, and the next run ends the work")


if __name__ == "__main__":
    jobs.main(kills, sentence, "kills", "before calls that can change something")
