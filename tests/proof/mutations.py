#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Changes one line of src/ after the other, and looks whether a unit test notices.

  mutations.py                 every row of mutations/*.mutations; EVERY=n takes one in n, the first drawn by SEED
  mutations.py NAME...         these rows
  mutations.py --list-only     changes nothing: does each row still fit the sources and the tests?
  mutations.py --who NAME...   which tests of its program notice, for a row that is being written

Nothing is changed in place. The changed file is compiled alone and linked before the libraries of $BUILD, whose own
version of it then stays unused: one compilation and one link a row. As a control, the same is done with the file as it
is, and there the tests have to pass.
"""
import collections
import concurrent.futures
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

root = Path(__file__).resolve().parents[2]
build = Path(os.environ.get("BUILD", root / "build/dev")).resolve()
# Beside the build, so that ccache finds the same paths again.
work = build.parent / "mutations"
# Seconds for tests that are known to pass. With a mutation they hang if they take many times as long as without it.
patience = 600


@dataclass
class Mutation:
    name: str
    room: str  # the list that it stands in
    line: int
    file: str = ""
    fragment: list = field(default_factory=list)
    replacement: list = field(default_factory=list)
    through: str = ""  # for a header: the source that is compiled with it
    program: str = ""
    tests: list = field(default_factory=list)
    unnoticed: str = ""

    def source(self):
        return self.through or self.file

    def changed(self):
        return (root / self.file).read_text().replace("\n".join(self.fragment), "\n".join(self.replacement))


def complain(mutation, what):
    return f"not ok - {mutation.name}: tests/proof/mutations/{mutation.room}.mutations:{mutation.line}: {what}"


def read_list(path):
    """Rows are apart by empty lines; `- ` and `+ ` lines are text as it stands, all others a word and its value."""
    rows, row = [], None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("#"):
            continue
        if not line.strip():
            row = None
            continue
        key, _, value = line.partition(" ")
        if key == "mutation":
            row = Mutation(value, path.stem, number)
            rows.append(row)
        elif row is None:
            sys.exit(f"{path}:{number}: a row begins with its name: mutation NAME")
        elif key == "-":
            row.fragment.append(value)
        elif key == "+":
            row.replacement.append(value)
        elif key == "test":
            row.program, *row.tests = value.split()
        elif key in ("file", "through", "unnoticed"):
            setattr(row, key, value)
        else:
            sys.exit(f"{path}:{number}: no row has a line of {key}")
    return rows


def tests_of(program, cache={}):
    """Names as a filter of googletest has them, from the sources of the program."""
    if program not in cache:
        names = set()
        for source in (root / "tests/unit" / program.removeprefix("test_")).rglob("*.cpp"):
            for kind, suite, test in re.findall(r"^TEST(_F|_P)?\(\s*(\w+),\s*(\w+)\)", source.read_text(), re.M):
                names.add(f"*/{suite}.{test}/*" if kind == "_P" else f"{suite}.{test}")
        cache[program] = names
    return cache[program]


def objections(mutation):
    """Why the row no longer fits."""
    path = root / mutation.file
    if not mutation.file.startswith("src/") or not path.is_file():
        yield f"there is no {mutation.file or 'file'}"
        return
    found = path.read_text().count("\n".join(mutation.fragment)) if mutation.fragment else 0
    if found != 1:
        yield f"its fragment is in {mutation.file} {found} times, and has to be there once"
    if mutation.fragment == mutation.replacement:
        yield "it changes nothing"
    if not mutation.source().endswith(".cpp") or not (root / mutation.source()).is_file():
        yield "a header needs a line of what is compiled with it: through src/ROOM/NAME.cpp"
    if not mutation.tests:
        yield "it names no test"
    for test in mutation.tests:
        if test not in tests_of(mutation.program):
            yield f"{mutation.program} has no test {test}"
    if not mutation.unnoticed:
        yield "it does not say what would go unnoticed"


def check_list(mutations):
    failed = False
    seen = set()
    for mutation in mutations:
        for objection in [*objections(mutation), *(["the name is taken"] if mutation.name in seen else [])]:
            print(complain(mutation, objection))
            failed = True
        seen.add(mutation.name)
    if not failed:
        print(f"ok - each of {len(mutations)} mutations still fits the sources and the tests")
    return not failed


def compile_command(source):
    """As the library that the source belongs to is compiled; what only a mutation makes unused is no mistake."""
    for unit in json.loads((build / "compile_commands.json").read_text()):
        parts = re.findall(r'"([^"]+\.cpp)"', Path(unit["file"]).read_text()) if "/suite_" in unit["file"] else []
        if any(part.endswith("/" + source) for part in parts):
            words = shlex.split(unit["command"])
            return words[: words.index("-o")] + ["-w", "-g0"]
    sys.exit(f"nothing in {build} compiles {source}")


def link_command(program):
    """The command by which the program was linked, without the shell around it."""
    command = subprocess.run(["ninja", "-C", build, "-t", "commands", "-s", f"tests/unit/{program}"],
                             check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1]
    return [word for word in shlex.split(command) if word not in (":", "&&")]


def make_program(place, mutation, text):
    """The test program with this text in the place of the file. Answers what went wrong, or nothing."""
    changed = place / mutation.file.removeprefix("src/")
    changed.parent.mkdir(parents=True, exist_ok=True)
    changed.write_text(text)
    source = root / mutation.through if mutation.through else changed
    words = compile_command(mutation.source())
    first = next(at for at, word in enumerate(words) if word.startswith("-"))
    words[first:first] = ["-I", place]  # a header is found here before all others
    words += ["-o", place / "changed.o", "-c", source]
    compiled = subprocess.run(words, cwd=build, capture_output=True, text=True, check=False)
    if compiled.returncode != 0:
        return "it does not compile:\n" + compiled.stderr
    words = link_command(mutation.program)
    at = words.index("-o")
    words[at : at + 2] = ["-o", place / mutation.program, place / "changed.o", "-Wl,--allow-multiple-definition",
                          "-Wl,--strip-debug", *(["-fuse-ld=lld"] if shutil.which("ld.lld") else [])]
    linked = subprocess.run(words, cwd=build, capture_output=True, text=True, check=False)
    return "it does not link:\n" + linked.stderr if linked.returncode != 0 else None


def run_tests(place, program, tests, seconds=patience):
    """The exit status and what was printed; no status if they hang."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GTEST_")}
    words = [place / program, "--gtest_brief=1", "--gtest_filter=" + ":".join(tests)]
    with open(place / "output", "w+b") as output:
        running = subprocess.Popen(words, cwd=build / "tests/unit", env=environment, stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            status = running.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            status = None
        output.seek(0)
        return status, output.read().decode(errors="replace")


def indented(text):
    return "".join(f"\n#   {line}" for line in text.splitlines()[-15:])


def tests_pass_unchanged(rows):
    """The control of rows that have file and program in common. Answers what is wrong, or nothing, and the seconds."""
    place = work / f"{rows[0].file.removeprefix('src/').replace('/', '-')}-{rows[0].program}"
    try:
        wrong = make_program(place, rows[0], (root / rows[0].file).read_text())
        if wrong:
            return f"though nothing is changed, {wrong}", 0
        tests = sorted({test for row in rows for test in row.tests})
        start = time.monotonic()
        status, output = run_tests(place, rows[0].program, tests)
        if status != 0:
            return f"though nothing is changed, not all of its tests pass: {' '.join(tests)}{indented(output)}", 0
        return None, time.monotonic() - start
    finally:
        shutil.rmtree(place, ignore_errors=True)


def try_mutation(row, usual_seconds):
    """A line that begins with ok or not ok."""
    place = work / row.name
    try:
        wrong = make_program(place, row, row.changed())
        if wrong:
            return complain(row, wrong)
        status, _ = run_tests(place, row.program, row.tests, 30 + 20 * usual_seconds)
        if status == 0:
            return f"not ok - {row.name}: {row.file}: nobody notices that {row.unnoticed} (tests/proof/mutations.py {row.name})"
        # Where nothing else ends a test that hangs, ctest does.
        how = " hangs" if status is None else f" dies of signal {-status}" if status < 0 else ""
        return f"ok - {row.name}: {' '.join(row.tests)}{how}"
    finally:
        shutil.rmtree(place, ignore_errors=True)


def try_rows_of_a_file(rows):
    wrong, seconds = tests_pass_unchanged(rows)
    answers = [(row, complain(row, wrong) if wrong else try_mutation(row, seconds)) for row in rows]
    print("\n".join(answer for _, answer in answers), flush=True)
    return answers


def who_notices(rows):
    for row in rows:
        place = work / row.name
        wrong = make_program(place, row, row.changed())
        if wrong:
            print(complain(row, wrong))
            continue
        status, output = run_tests(place, row.program, row.tests or ["*"], 60)
        names = sorted(set(re.findall(r"^\[  FAILED  \] ([\w/.]+)", output, re.M)))
        print(f"{row.name}: exit status {status}: {' '.join(names) or 'nobody'}", flush=True)
        shutil.rmtree(place, ignore_errors=True)


def build_programs(rows):
    programs = sorted({row.program for row in rows})
    subprocess.run(["cmake", "--build", build, "--target", *programs], check=True, stdout=subprocess.DEVNULL)


def try_all(rows):
    of_a_file = {}
    for row in rows:
        of_a_file.setdefault((row.file, row.through, row.program), []).append(row)
    jobs = int(os.environ.get("JOBS", os.cpu_count() or 1))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return [answer for answers in pool.map(try_rows_of_a_file, of_a_file.values()) for answer in answers]


def write_results(answers, of_all):
    """A line for each list, which are named by the folders of src/."""
    rooms = {}
    for row, answer in answers:
        rooms.setdefault(row.room, []).append(answer.startswith("ok"))
    lines = [f"mutations of src/{room}\t{len(noticed)}\t{noticed.count(False)}\tunit tests; {of_all[room]} in the list\n"
             for room, noticed in rooms.items()]
    (Path(os.environ["RESULTS"]) / "mutations.tsv").write_text("".join(lines))


def drawn(rows):
    every = int(os.environ.get("EVERY", "1"))
    return rows[int(os.environ.get("SEED", "0")) % every :: every] if every > 1 else rows


def main(arguments):
    rows = [row for path in sorted((root / "tests/proof/mutations").glob("*.mutations")) for row in read_list(path)]
    options = [word for word in arguments if word.startswith("-")]
    if options not in ([], ["--list-only"], ["--who"]):
        sys.exit(__doc__)
    names = [word for word in arguments if word not in options]
    chosen = [row for row in rows if row.name in names] if names else rows
    if len(chosen) < len(names):
        sys.exit("no row has one of these names")
    if options == ["--who"]:
        build_programs(chosen)
        return who_notices(chosen)
    if not check_list(chosen):
        return 1
    if options == ["--list-only"]:
        return 0
    if not names:
        chosen = drawn(rows)
        print(f"SEED={os.environ.get('SEED', '0')}: {len(chosen)} of {len(rows)} mutations", flush=True)
    build_programs(chosen)
    answers = try_all(chosen)
    if "RESULTS" in os.environ and not names:
        write_results(answers, collections.Counter(row.room for row in rows))
    failures = sum(not answer.startswith("ok") for _, answer in answers)
    print(f"{len(answers) - failures} noticed, {failures} not")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
