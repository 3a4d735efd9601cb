# SPDX-License-Identifier: MIT
"""Scenarios side by side, each in a process of its own, and what is told of them."""

import multiprocessing
import os
import sys
import traceback

import sweep


class Setting:
    """What the caller of a subject has decided."""

    def __init__(self):
        self.seed = int(os.environ.get("SEED", "1"))
        self.every = max(1, int(os.environ.get("EVERY") or "1"))
        self.part = int(os.environ.get("PART") or "0")
        self.results = os.environ["RESULTS"]
        self.only = os.environ.get("ONLY", "")
        self.case = os.environ.get("CASE", "")
        self.points = [int(number) for number in os.environ.get("POINT", "").replace(",", " ").split()]
        self.where = os.environ["PLACE"]
        self.programs = os.environ["PROGRAMS"]
        self.library = os.environ["LIBRARY"]

    def drawn(self, count, name=""):
        """One in EVERY of 1..count, the first drawn by the seed; with another first for another name. With PART, that
        one of EVERY equal stretches: the parts 1 to EVERY are all points, each once."""
        if self.part:
            return range((self.part - 1) * count // self.every + 1, self.part * count // self.every + 1)
        return range((self.seed + sum(name.encode())) % self.every + 1, count + 1, self.every)


class Report:
    """What one scenario has come to."""

    def __init__(self, name, group):
        self.name, self.group = name, group
        self.counts = {}  # what was proven: [points, failures]
        self.lines = []
        self.notes = []
        self.messages = {}  # what a failed run says in general: how often, and the first time

    def count(self, row, failed=False):
        """One more point of a row."""
        now = self.counts.setdefault(row, [0, 0])
        now[0] += 1
        now[1] += failed


def _work(function, scenario, setting, queue):
    report = Report(scenario.name, scenario.group)
    try:
        ready = sweep.Sweep(scenario, setting.where, setting.programs, setting.library)
        function(ready, setting, report)
        ready.remove()
    except Exception:  # pylint: disable=broad-except
        report.count("the scenario itself", True)
        report.lines.append(traceback.format_exc())
    queue.put(report)


def _worker(function, names, setting, queue):
    """Takes one scenario after the other, each in a child: privileges and namespaces are not given back."""
    context = multiprocessing.get_context("fork")
    while True:
        name = names.get()
        if name is None:
            return
        scenario = next(each for each in sweep.all_scenarios() if each.name == name)
        child = context.Process(target=_work, args=(function, scenario, setting, queue))
        child.start()
        child.join()
        if child.exitcode != 0:
            report = Report(name, scenario.group)
            report.count("the scenario itself", True)
            report.lines.append(f"its process ended with {child.exitcode}")
            queue.put(report)


def run_all(function, sentence, setting):
    """Runs function(sweep, setting, report) for each scenario; answers the reports in the order in which they came."""
    context = multiprocessing.get_context("fork")
    names, queue = context.Queue(), context.Queue()
    chosen = [each.name for each in sweep.all_scenarios() if setting.only in each.name]
    count = int(os.environ.get("JOBS") or os.cpu_count() or 1)
    for name in chosen + [None] * count:
        names.put(name)
    workers = [context.Process(target=_worker, args=(function, names, setting, queue)) for _ in range(count)]
    for worker in workers:
        worker.start()
    reports = []
    for _ in chosen:
        report = queue.get()
        reports.append(report)
        failures = sum(failed for _, failed in report.counts.values())
        print(f"{'not ok' if failures else 'ok'} - {sentence(report)}", flush=True)
        for line in report.lines[:20]:
            print("\n".join(f"#   {each}" for each in line.splitlines()), flush=True)
    for worker in workers:
        worker.join()
    return reports


def write_table(reports, setting, subject, note):
    """The subject's table: a row for each group and for what was proven of it."""
    rows = {}
    for report in reports:
        for row, (points, failed) in report.counts.items():
            if "which it" in row:
                continue
            now = rows.setdefault(f"{row}: {report.group}", [0, 0, 0])
            now[0] += points
            now[1] += failed
            now[2] += 1
    with open(f"{setting.results}/{subject}.tsv", "w", encoding="utf-8") as file:
        for row, (points, failed, scenarios) in rows.items():
            plural = "scenario" if scenarios == 1 else "scenarios"
            file.write(f"{row}\t{points}\t{failed}\t{scenarios} {plural}; {note}\n")
    write_messages(reports, f"{setting.results}/{subject}-messages.txt")
    total = [sum(each[0] for each in rows.values()), sum(each[1] for each in rows.values())]
    print(f"# {total[0]} points, {total[1]} failures; SEED={setting.seed} EVERY={setting.every}", flush=True)
    return total[1]


def write_messages(reports, path):
    """All that failed runs have said, for a person to read."""
    messages = {}
    for report in reports:
        for message, (count, first) in report.messages.items():
            before = messages.get(message, (0, first))
            messages[message] = (before[0] + count, before[1])
    if not messages:
        return
    with open(path, "w", encoding="utf-8") as file:
        for message, (count, first) in sorted(messages.items(), key=lambda item: -item[1][0]):
            file.write(f"{count} times, first {first}\n")
            file.write("".join(f"    {line}\n" for line in message.splitlines()))


def main(function, sentence, subject, note):
    """A whole subject."""
    setting = Setting()
    reports = run_all(function, sentence, setting)
    sys.exit(1 if write_table(reports, setting, subject, note) else 0)
