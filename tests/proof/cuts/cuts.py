# SPDX-License-Identifier: MIT
"""The subject "power cut" of the proof: see tests/proof/cuts.sh."""
import hashlib
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time

import disk
import recorded
from proof import FLUSHES, Proof
import finish
import guard
from scenario import Place
import staging
import state
import updater

SCENARIOS = [*staging.SCENARIOS, *state.SCENARIOS, *guard.SCENARIOS, *finish.SCENARIOS, *updater.SCENARIOS]
here = os.path.dirname(os.path.abspath(__file__))


def drawn(seed, every, *what):
    text = "\t".join(str(each) for each in (seed, *what))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") % every == 0


class Report:
    def __init__(self, results):
        self.rows, self.failed, self.results = [], 0, results

    def line(self, good, sentence, details=()):
        self.failed += not good
        print(("ok - " if good else "not ok - ") + sentence, flush=True)
        for text in details:
            print("#   " + text.replace("\n", "\n#   "), flush=True)

    def row(self, *fields):
        self.rows.append("\t".join(str(field) for field in fields))

    def write(self):
        with open(f"{self.results}/cuts.tsv", "w") as file:
            file.writelines(row + "\n" for row in self.rows)


def prove(report, proof, flushes, only):
    """All cuts of one scenario on one file system."""
    instants = disks = failures = 0
    calls = 0
    name = f"{proof.scenario.name} on {proof.system.name}"
    sites = {}
    for how in flushes:
        run = proof.cut_run(how, only=only)
        instants, disks, calls = instants + run.instants, disks + run.disks, run.calls
        sites.update(run.sites)
        failures += len(run.failures)
        for cut, said in run.failures[:5]:
            repeat = f"ONLY='{proof.scenario.name}:{proof.system.name}:{how}:{cut.number if cut else ''}'"
            report.line(False, f"{name}, {how} flushed by itself, cut {cut}", [*said[:6], f"alone: {repeat}"])
        if len(run.failures) > 5:
            print(f"#   and {len(run.failures) - 5} others like these", flush=True)
    if failures == 0:
        report.line(True, f"{name}, cut at {instants} instants: {proof.scenario.promises}")
    report.row(f"power cut: {proof.scenario.name}", instants, failures,
               f"calls: {calls}; disks: {disks}; {proof.system.name}")
    return sites


class Controls:
    """Is it noticed that a sync is not made? On one file system, in one scenario, is enough for each."""

    def __init__(self, place):
        self.disk = place.disk
        self.found = {}  # (call, pattern): what was noticed, or None
        self.of_scenario = {}

    def shown(self, site):
        return f"{site[0]} of {site[1].removeprefix(self.disk + '/')}"

    def has_open(self, scenario):
        return any(self.found[site] is None for site in self.of_scenario[scenario])

    def try_all(self, proof, sites):
        self.of_scenario.setdefault(proof.scenario, set()).update(sites)
        for site in sites:
            if self.found.setdefault(site) is not None:
                continue
            for how in ("metadata", "nothing"):
                run = proof.cut_run(how, ignored=[site])
                if run.failures:
                    cut, said = run.failures[0]
                    self.found[site] = f"{proof.scenario.name} on {proof.system.name}, {how}, {cut}: {said[0]}"
                    print(f"#   without {self.shown(site)}: {self.found[site]}", flush=True)
                    break

    def report(self, report):
        missed = [site for site, how in self.found.items() if how is None]
        caught = len(self.found) - len(missed)
        for site in missed:
            print(f"#   not noticed: {self.shown(site)}" + reason_of(self.shown(site)), flush=True)
        enough = caught * 10 >= len(self.found) * 9
        report.line(enough, f"{caught} of {len(self.found)} syncs are missed where they are left out")
        report.row("power cut: control, a sync left out", len(self.found), 0 if enough else len(missed),
                   f"noticed: {caught}")


def reason_of(shown):
    return ""


def main():
    seed, every = os.environ.get("SEED", "1"), int(os.environ.get("EVERY", "1"))
    results = os.environ.get("RESULTS", ".")
    names = os.environ.get("FILE_SYSTEMS", "ext4" if every > 1 else " ".join(disk.FILE_SYSTEMS)).split()
    only = os.environ.get("ONLY", "").split(":") if os.environ.get("ONLY") else None
    chosen = [each for each in SCENARIOS if os.environ.get("SCENARIO", "") in each.name]
    flushes = os.environ.get("FLUSHES", " ".join(FLUSHES)).split()
    controls = os.environ.get("CONTROLS", "no" if every > 1 else "yes")
    if only:
        chosen, names, flushes = [each for each in SCENARIOS if each.name == only[0]], [only[1]], [only[2]]
    if os.geteuid() != 0:
        sys.exit("cuts: only root can mount file systems")
    report = Report(results)
    # As if interrupted: what was made is removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    work = tempfile.mkdtemp(prefix="openclaw-systemd-cuts.", dir="/dev/shm")
    os.chmod(work, 0o755)
    disk.own_mounts()
    disk.mount("tmpfs", work, "tmpfs", "size=60%,mode=755")
    try:
        place = Place(work, os.path.abspath(os.environ.get("BUILD", "build/dev")), here)
        for folder in ("disk", "cuts", "programs"):
            os.mkdir(f"{work}/{folder}")
        for scenario in chosen:
            for program in scenario.needs(place):
                shutil.copy(program, place.program(os.path.basename(program)))
                os.chmod(place.program(os.path.basename(program)), 0o755)
            scenario.furnish(place)
        library = os.environ.get("RECORDER_LIBRARY", f"{place.build}/tests/proof/recorder/librecorder.so")
        shutil.copy(library, f"{work}/librecorder.so")
        recorder = recorded.Recorder(f"{work}/librecorder.so", f"{work}/recorder")
        # Twice the processors: a check waits for the disk, and for programs, most of its time.
        # Before anything is mounted that their own mounts would keep from being unmounted.
        with multiprocessing.get_context("fork").Pool(2 * (os.cpu_count() or 1), disk.own_mounts) as pool:
            prove_all(report, place, recorder, pool, chosen, names, flushes, only, controls, seed, every)
    finally:
        disk.detach(work)
        os.rmdir(work)
    report.write()
    print(f"# seed {seed}, every {every}: {report.failed} failures", flush=True)
    return 1 if report.failed else 0


def prove_all(report, place, recorder, pool, chosen, names, flushes, only, controls, seed, every):
    noticed = Controls(place)
    for scenario in chosen:
        for name in names:
            if controls == "only" and name != names[0] and not noticed.has_open(scenario):
                continue
            begin = time.monotonic()
            proof = Proof(place, scenario, disk.FILE_SYSTEMS[name], recorder, pool,
                          lambda number: drawn(seed, every, scenario.name, name, number))
            proof.prepare()
            if controls == "only":
                sites = proof.cut_run("nothing", only=0).sites
            else:
                sites = prove(report, proof, flushes, int(only[3]) if only else None)
            if controls != "no":
                noticed.try_all(proof, sites)
            print(f"#   {time.monotonic() - begin:.1f} s", flush=True)
    if controls != "no":
        noticed.report(report)


if __name__ == "__main__":
    sys.exit(main())
