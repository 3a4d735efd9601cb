# SPDX-License-Identifier: MIT
"""strace is the witness: each call that can change something in the state, and that it sees, is in the recorder's
log, in the same order. A call that bypasses the recorder would be one that no sweep tries."""
import os
import re

import jobs
import runs

ROW = "calls that strace and the recorder both see"
SAME = {"mkdir": "mkdirat", "rmdir": "unlinkat", "unlink": "unlinkat", "rename": "renameat2", "renameat": "renameat2",
        "link": "linkat", "symlink": "symlinkat", "open": "openat", "creat": "openat", "chmod": "fchmodat",
        "fchmodat2": "fchmodat", "chown": "fchownat", "lchown": "fchownat", "truncate": "ftruncate",
        "mknod": "mknodat", "utimes": "utimensat", "utime": "utimensat"}
TRACED = ("mkdir,mkdirat,rmdir,unlink,unlinkat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,open,openat,"
          "openat2,creat,chmod,fchmod,fchmodat,?fchmodat2,chown,fchown,lchown,fchownat,truncate,ftruncate,fallocate,mknod,mknodat,"
          "utime,utimes,utimensat,write,writev,pwrite64,pwritev,pwritev2,sendfile,splice,copy_file_range,ioctl,fsync,"
          "fdatasync,syncfs,sync,sync_file_range,setxattr,fsetxattr,removexattr,fremovexattr")
FD = r"(?:AT_FDCWD|-?\d+)(?:<([^>]*)>(?:\(deleted\))?)?"
NAME = r'"((?:[^"\\]|\\.)*)"'
# What is written to, or gets a name, by the form of the call.
FORMS = ((("renameat", "renameat2", "linkat"), rf"{FD}, {NAME}, {FD}, {NAME}", 3, 4),
         (("symlinkat",), rf"{NAME}, {FD}, {NAME}", 2, 3),
         (("rename", "link", "symlink"), rf"{NAME}, {NAME}", None, 2),
         (("copy_file_range",), rf"{FD}, [^,]*, {FD}", 2, None),
         (("mkdirat", "unlinkat", "openat", "openat2", "fchmodat", "fchmodat2", "fchownat", "mknodat"),
          rf"{FD}, {NAME}", 1, 2),
         (("utimensat",), rf"{FD}, (?:{NAME}|NULL)", 1, 2),
         (("mkdir", "rmdir", "unlink", "open", "creat", "chmod", "chown", "lchown", "truncate", "mknod", "utime",
           "utimes", "setxattr", "removexattr"), NAME, None, 1))


def subject_of(call, text):
    """The path that a call of strace's is about; None: it changes nothing."""
    if call in ("open", "openat", "openat2", "creat"):
        if "O_PATH" in text or not re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", text):
            return None
    if call == "ioctl" and not re.search(r"FICLONE|BTRFS_IOC_CLONE|FS_IOC", text):
        return None
    form, folder, name = next((row[1:] for row in FORMS if call in row[0]), (FD, 1, None))
    found = re.match(form, text)
    if not found:
        return ""
    where = (found[folder] if folder else None) or ""
    what = (found[name] if name else None) or ""
    return what if what.startswith("/") or not where else f"{where}/{what}".rstrip("/")


def calls_of_strace(path, programs, root):
    """(call, path) of each of the programs' that are about something in root."""
    found = []
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            head = re.match(r"\d+<([^>]*)> +(\w+)\((.*)$", line)
            if not head or head[1] not in [name[:15] for name in programs]:
                continue
            call, text = head[2], head[3]
            if call == "chmod" and '"/proc/self/fd/' in text:
                found.append(("fchmodat", None))
                continue
            subject = subject_of(call, text)
            if subject is None or not (subject + "/").startswith(root + "/"):
                continue
            found.append((SAME.get(call, call), subject.rstrip("/")))
    return found


def calls_of_log(log, root):
    """The same of the recorder's log."""
    found = []
    for line in log:
        _, _, call, path = (line + [""])[:4]
        if (path + "/").startswith(root + "/"):
            found.append((call, re.sub(r" \(deleted\)$", "", path).rstrip("/")))
    return found


def same(one, other):
    """Whether two entries are of one call; what has no name any more, or not yet, is called differently."""
    if one[0] != other[0]:
        return False
    return other[1] is None or one[1] == other[1] or "/#" in one[1] or "/./" in one[1] + "/" or one[1].endswith("/.")


def witness(sweep, setting, report):
    """One run under strace."""
    scenario, place = sweep.scenario, sweep.place
    sweep.fresh()
    trace = place.path("trace")
    command, environment = scenario.command(place)
    sweep.recorder.plan(scenario.programs, ("calls changes", "log"))
    # The tracer itself is not recorded: it hands on what the programs are to have.
    given = [f"--env=RECORDER={sweep.recorder.folder}", f"--env=LD_PRELOAD={sweep.recorder.library}"]
    runs.run(["/usr/bin/strace", "--follow-forks", "--decode-fds=path", "--decode-pids=comm", "--quiet=all", "--string-limit=4096",
              f"--output={trace}", f"--trace={TRACED}", *given, *command], environment, sweep.recorder, sweep.folder)
    root = os.path.realpath(place.state)
    seen = calls_of_strace(trace, scenario.programs, root)
    logged = calls_of_log(sweep.recorder.log(), root)
    report.notes.append(len(seen))
    if scenario.in_threads:
        seen, logged = sorted(seen, key=str), sorted(logged, key=str)
    for number in range(max(len(seen), len(logged))):
        one = logged[number] if number < len(logged) else ("nothing", "")
        other = seen[number] if number < len(seen) else ("nothing", "")
        wrong = not same(one, other)
        report.count(ROW, wrong)
        if wrong:
            report.lines.append(f"call {number + 1}: strace sees {other[0]} {other[1]}, the recorder {one[0]} {one[1]}")
            return


def sentence(report):
    """What was found of a scenario."""
    return f"{report.name}: all {report.notes[0] if report.notes else 0} calls that change something pass the recorder"


if __name__ == "__main__":
    jobs.main(witness, sentence, "recorder", "strace is the witness")
