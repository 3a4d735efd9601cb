# SPDX-License-Identifier: MIT
"""Each call that can fail is failed in turn, with each of ten errors: the program does not call a failure a success,
does not crash or hang, names what failed, and what was there before is still there."""
import collections
import errno
import re

import jobs
import trees

ERRORS = ("ENOSPC", "EDQUOT", "EIO", "EMFILE", "ENOMEM", "EINTR", "EROFS", "EACCES", "ESTALE", "EAGAIN")
LASTING = ("ENOSPC", "EROFS", "EDQUOT")  # from that call on, each that can change something
# What the suite makes again when a signal has interrupted it, wherever it is called.
REPEATED = ("openat2", "write", "fsync", "syncfs", "copy_file_range")
ONCE, ON = "an error at a call", "errors from a call on"


class Found:
    """What the cases of a scenario have come to so far."""

    def __init__(self):
        self.messages = collections.defaultdict(list)  # what a failed run says in general: where
        self.good_states = set()  # from which the next run has ended the work


def cases(sweep):
    """All there are: (row, point, name of the error, line of the log)."""
    for line in sweep.points("all", "without /proc"):
        for name in ERRORS:
            yield ONCE, int(line[0]), name, line
    for line in sweep.points("changes"):
        for name in LASTING:
            yield ON, int(line[0]), name, line


def lines_of(row, point, name):
    """The plan."""
    number = getattr(errno, name)
    if row == ONCE:
        return ("calls all", "without /proc", f"at {point}", f"do error {number}")
    return ("calls changes", f"at {point}", f"do fail {number}")


def in_general(message, sweep):
    """A message without what is only of this run."""
    text = message.replace(sweep.folder, "PLACE")
    text = re.sub(r"[0-9a-f]{12,}", "HEX", text)
    text = re.sub(r"\.(draft|[a-z0-9]{6})(?=['/ :;]|$)", ".DRAFT", text)
    text = re.sub(r"-[a-z0-9]{6}(?=['/ :;]|$)", "-DRAFT", text)
    return re.sub(r"[0-9]+", "N", text).strip()


def names_something(message):
    """A path, a plugin, or something in quotes."""
    return bool(re.search(r"/|'[^']+'|\"[^\"]+\"|`[^`]+`|\$[A-Z_]+|@openclaw|plugin [a-z]", message))


def is_passed_over(sweep, name):
    """Whether the error was one that says whose a file is, where that is an answer."""
    failed = sweep.recorder.failed()
    return (name == "EACCES" and failed and failed[4] == "reads"
            and any(re.search(each, failed[3]) for each in sweep.scenario.passed_over))


def faults_of_run(sweep, case, ended, before):
    """What the disturbed run did wrong."""
    _, _, name, _ = case
    scenario, now = sweep.scenario, sweep.plain()
    failed = sweep.recorder.failed() or ["", "", "no call", "", ""]
    if is_passed_over(sweep, name):
        return []
    if ended.hung:
        return ["it hangs"]
    if ended.status < 0:
        return [f"it dies of signal {-ended.status}: {ended.complained[-300:]}"]
    if not scenario.is_failure(sweep.place, ended):
        # What is left over is for the next run, which is looked at, too.
        return [f"success, but {each}" for each in
                trees.differences(*(scenario.without_traces(scenario.without_passing(tree)) for tree in (sweep.after, now)))]
    trees_without_answer = [scenario.without_traces(scenario.without_answer(tree)) for tree in (before, now, sweep.after)]
    faults = scenario.half_states(*trees_without_answer) + scenario.lost(before, now)
    message = scenario.message(sweep.place, ended)
    if not message.strip():
        faults.append(f"it fails ({ended.status}) without a word")
    elif not names_something(message):
        faults.append(f"its message names nothing: {message.strip()[:300]}")
    if case[0] == ONCE and name == "EINTR" and failed[2] in REPEATED:
        faults.append(f"an interrupted {failed[2]} is not made again: {message.strip()[:300]}")
    return faults


def faults_of_next(sweep, good_states):
    """What the undisturbed run after it did wrong. Most errors at one call leave the same state: a run from one that a
    run has ended well from is not repeated."""
    scenario = sweep.scenario
    command = scenario.next_command(sweep.place)
    if command == scenario.command(sweep.place) and sweep.left_all_as_it_was():
        return []
    state = sweep.state_of_now()
    if state is not None and state in good_states:
        return []
    faults = faults_of_next_run(sweep, command)
    if not faults:
        good_states.add(state)
    return faults


def faults_of_next_run(sweep, command):
    """The run itself."""
    scenario = sweep.scenario
    ended = sweep.run(command, ())
    if scenario.is_failure(sweep.place, ended):
        return [f"the next run fails ({ended.status}): {scenario.message(sweep.place, ended)[:600]}"]
    return [f"after the next run: {each}" for each in
            trees.differences(scenario.without_traces(sweep.after), scenario.without_traces(sweep.plain()))]


def one(sweep, setting, report, found, case):
    """One case."""
    row, point, name, line = case
    sweep.fresh()
    before = sweep.plain_before
    ended = sweep.run(sweep.scenario.command(sweep.place), lines_of(row, point, name))
    failed = sweep.scenario.is_failure(sweep.place, ended)
    faults = faults_of_run(sweep, case, ended, before)
    passed_over = is_passed_over(sweep, name)
    if failed:
        message = in_general(sweep.scenario.message(sweep.place, ended), sweep)
        found.messages[message].append(f"{report.name}: {name} at {point} ({' '.join(line[1:])})".replace(sweep.folder, "PLACE"))
    # What was staged without it stays beside what is staged with it.
    faults += [] if passed_over else faults_of_next(sweep, found.good_states)
    report.count(row, bool(faults))
    report.count(f"{row}, which it does without" if not failed else f"{row}, which it tells of")
    if faults:
        what = "from" if row == ON else "at"
        kind = "" if row == ONCE else "+"
        report.lines.append(f"{name} {what} call {point} ({' '.join(line[1:])}): " + "\n  ".join(faults) +
                            f"\n  again: SEED={setting.seed} ONLY='{report.name}' CASE={name}{kind}:{point} "
                            "tests/proof/errors.sh")


def errors(sweep, setting, report):
    """All cases of a scenario, or those that the seed draws."""
    everything = list(cases(sweep))
    report.notes.append(len(everything))
    found = Found()
    chosen = [everything[number - 1] for number in setting.drawn(len(everything), report.name)]
    if setting.case:
        name, point = setting.case.split(":")
        chosen = [each for each in everything
                  if each[1] == int(point) and each[2] == name.rstrip("+") and (each[0] == ON) == name.endswith("+")]
    for case in chosen:
        one(sweep, setting, report, found, case)
    report.messages = {message: (len(where), where[0]) for message, where in found.messages.items()}


def sentence(report):
    """What was found of a scenario."""
    points = sum(report.counts.get(row, [0, 0])[0] for row in (ONCE, ON))
    cases_there = report.notes[0] if report.notes else 0
    return (f"{report.name}: with each of {points} of {cases_there} errors, no failure is called a success, nothing "
            "is lost, and the next run ends the work")


if __name__ == "__main__":
    jobs.main(errors, sentence, "errors", "reads, too; ten errors")
