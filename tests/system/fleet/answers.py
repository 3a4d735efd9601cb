#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What contrib/ansible makes of answers: of hosts that answer in no expected form, and of openclaw-update.

Neither a host nor a network is needed, only Ansible for Python.
"""
import importlib.util
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
collection = Path(__file__).resolve().parents[3] / "contrib/ansible"
work = tempfile.TemporaryDirectory(prefix="openclaw-systemd-answers.")
failures = 0


def expect(sentence, found, wanted):
    global failures
    if found == wanted:
        print(f"ok - {sentence}")
        return
    failures += 1
    print(f"not ok - {sentence}\n#   found  {found!r}\n#   wanted {wanted!r}")


def loaded(path):
    spec = importlib.util.spec_from_file_location(Path(path).stem, collection / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def result_of(call, *arguments):
    """A filter that raises ends the playbook for all hosts."""
    try:
        return call(*arguments)
    except Exception as error:
        return f"raises {error!r}"


def tell_of_filters():
    filters = loaded("plugins/filter/rollout.py")
    mark = "openclaw.systemd.rolling stopped "

    def look(**status):
        found = result_of(filters.rollout_look, status, "2.0", mark)
        return found if isinstance(found, str) else (found["state"], found.get("reason"))

    unreadable = ("failed", "its answer cannot be read")
    for form in ({"gateways": ["x"], "report": {"unit": "u", "gateways": ["x"]}}, {"gateways": [{}], "report": {"unit": "u"}},
                 {"gateways": 5}, {"gateways": ["default"], "report": {"unit": "u", "hold": 7}},
                 {"gateways": ["{{ x }}"], "report": {"gateways": [{"name": "{{ x }}"}]}}, {"gateways": ["x"], "report": "x"}):
        expect(f"a status with {json.dumps(form)} is a failure of that host alone", look(verdict="ok", **form), unreadable)
    expect("a host without Python is a failure, with what its shell said",
           look(failed=False, msg="MODULE FAILURE", module_stderr="/bin/sh: 1: /usr/bin/python3: not found\n"),
           ("failed", "/bin/sh: 1: /usr/bin/python3: not found"))
    expect("so is a user who may not become root, on a terminal",
           look(failed=False, msg="MODULE FAILURE", module_stderr="Shared connection to claw-1 closed.\r\n",
                module_stdout="\r\nadmin is not in the sudoers file.\r\n"), ("failed", "admin is not in the sudoers file."))

    def holding(reason):
        report = {"unit": "u", "version": "1.0", "hold": reason}
        found = filters.rollout_look({"verdict": "ok", "gateways": ["default"], "report": report}, "2.0", mark)
        return found["state"], found["unhold"], [one["reason"] for one in found["held"]]

    expect("the hold of a stopped rollout does not keep a host from the next one",
           holding(mark + "the rollout of 1.1: claw-3 failed at verify: x"), ("go", ["default"], []))
    expect("that of an operator does, also about a rollout", holding("rollout of the new firewall until Monday"),
           ("held", [], ["rollout of the new firewall until Monday"]))

    def rest(*remaining):
        return result_of(filters.rollout_rest, [{"results": [{"remaining": one}]} for one in remaining] + [{"results": 5}, {}], 300)

    expect("a wave settles as long as its last gateway has to", rest(12.2, 7, 0), 13)
    for one in (1e9, float("inf"), 10 ** 400):
        expect(f"and no longer than the settle time, where a host says {str(one)[:8]}", rest(one, 7), 300)
    for one in ("x", None, [], float("nan"), -1):
        expect(f"and as if nothing was said where a host says {one!r}", rest(one, 7), 7)

    failure = filters.rollout_failure
    for form in ({"results": 5}, {"results": ["x", {"failed": True, "reason": ["x"]}]}, {"reason": {"a": 1}, "stage": [1], "gateway": {}}):
        found = result_of(failure, form)
        expect(f"a failure in the form {json.dumps(form)} is one", found if isinstance(found, str) else found["state"], "failed")
    expect("the reason of a program is told, and not that its status was not 0",
           failure({"msg": "non-zero return code", "stderr": "reading\nthe signature is missing\n"})["reason"], "the signature is missing")
    expect("words of a host move no cursor, and are no template",
           filters.one_line("{{{ lookup('pipe', 'x') }}\x1b[2J\u202e{%{#\ud800\nb"), "{ { { lookup('pipe', 'x') }} [2J { %{ # b")
    expect("nor are they megabytes", len(filters.one_line("x" * 10 ** 6)), 500)
    for form in ({}, {"verdict": "changed", "report": {"stages": [{}]}}, {"verdict": "changed", "report": 5},
                 {"verdict": "changed", "report": {"stages": [{"at_ms": "x"}]}}):
        expect(f"no time is known of an update that answers {json.dumps(form)}", result_of(filters.rollout_since, form), 0)

    stopped = {"claw-1": {"state": "failed", "stage": "verify", "reason": "x"}, "claw-2": {"state": "stopped", "on_hold": True}}
    expect("a report says what is on hold now", "       on hold now: claw-2" in filters.rollout_report(stopped, "2.0"), True)
    expect("and in check mode what would be", [line for line in filters.rollout_report(stopped, "2.0", True) if "hold" in line],
           ["       would be on hold: claw-2"])


def run_module(check_mode=False, status=None, answer=None, exit_status=0, error="", **arguments):
    """Runs the module with an openclaw-update that answers so: what it returned, and what it has run."""
    folder = Path(work.name) / "programs"
    folder.mkdir(exist_ok=True)
    (folder / "calls").write_text("")
    (folder / "status.json").write_text(json.dumps(dict({"unit": "openclaw-gateway.service", "current": "1.0-0"}, **status or {})))
    (folder / "answer.json").write_text(json.dumps(answer) if answer is not None else "")
    (folder / "error").write_text(error)
    program = folder / "openclaw-update"
    program.write_text("#!/bin/sh\ncd '%s'\nif [ \"$1\" = status ]; then exec cat status.json; fi\nprintf '%%s ' \"$@\" >>calls\n"
                       "cat error >&2\ncat answer.json\nexit %s\n" % (folder, exit_status))
    program.chmod(0o755)
    whole = {"ANSIBLE_MODULE_ARGS": dict(arguments, programs=str(folder), _ansible_check_mode=check_mode)}
    ran = subprocess.run([sys.executable, str(collection / "plugins/modules/openclaw_update.py")], input=json.dumps(whole),
                         env=dict(os.environ, PYTHONPATH=work.name, PYTHONDONTWRITEBYTECODE="1"),
                         capture_output=True, text=True, check=False)
    try:
        return json.loads(ran.stdout), (folder / "calls").read_text().strip()
    except ValueError:
        return {"verdict": ran.stdout + ran.stderr}, ""


def tell_of_module():
    mark = "openclaw.systemd.rolling stopped "
    place = Path(work.name) / "ansible_collections/openclaw"
    place.mkdir(parents=True)
    (place / "systemd").symlink_to(collection)

    def verdict(**arguments):
        return run_module(**arguments)[0].get("verdict")

    answer, calls = run_module(command="unhold", end_hold=mark, status={"hold": "release party"})
    expect("the hold of an operator is not ended with those of a stopped rollout", (answer["verdict"], calls), ("ok", ""))
    for name in ("hold", "ended_hold"):
        answer, calls = run_module(command="unhold", end_hold=mark, status={name: mark + "the rollout of 2.0: x"}, answer={})
        expect(f"those are ended, as {name}", (answer["verdict"], calls), ("changed", "unhold --json"))
    expect("without end_hold, any is", verdict(command="unhold", status={"hold": "release party"}, answer={}), "changed")

    refused = {"command": "update", "version": "2.0", "exit_status": 3}
    unfinished = {"message": "the update t1 is not finished", "errors": [{"message": "the update t1 is not finished"}]}
    open_too = {"status": {"open": "t1"}, "answer": {"message": "no"}}
    for sentence, more in (("an update that is not finished", dict(open_too)), ("one that ended meanwhile", {"answer": unfinished})):
        for check_mode in (False, True):
            answer, calls = run_module(check_mode=check_mode, **dict(refused, **more))
            expect(f"{sentence} is one to wait for{' in check mode, too' if check_mode else ''}", (answer["verdict"], answer["busy"]),
                   ("busy", True))
    expect("another refusal is a failure", verdict(**refused, answer={"message": "no"}), "failed")
    expect("so is one that the update itself has come to", verdict(**refused, status={"open": "t1"}, answer={"id": "t2", "reason": "no"}),
           "failed")

    answer, calls = run_module(command="import", archive="/x/a", gateway="alice", answer={"was_there": False})
    expect("an import names the gateway, on whose host all may have names", (answer["verdict"], calls),
           ("changed", "import --gateway alice --json -- /x/a"))
    expect("what was imported before changes nothing", verdict(command="import", archive="/x/a", answer={"was_there": True}), "ok")
    expect("a hold without a reason that is there already changes nothing", verdict(command="hold", status={"hold": "set by hand"}), "ok")
    answer, calls = run_module(command="verify", exit_status=65, answer={"files": [{"path": "x"}]})
    expect("the reason is never the bracket of an object", answer["msg"], "exit status 65")

    moved = {"moved_from": {"user": "claw", "unit": "openclaw-gateway.service"}}
    expect("a user's gateway that is adopted already changes nothing", verdict(command="adopt", from_user="claw", status=moved), "ok")
    answer, calls = run_module(command="adopt", from_user="anna", status=moved)
    expect("that of another user is not taken for it", (answer["verdict"], answer["reason"]),
           ("failed", "the gateway default is openclaw-gateway.service already, and not that of anna"))

    sys.path.insert(0, work.name)
    update = loaded("plugins/modules/openclaw_update.py")
    asked = {"command": "adopt", "gateway": "alice"}
    for complete in (True, False):
        opened = []
        update.open = lambda path: opened.append(path) or io.StringIO(json.dumps({"complete": complete}))
        expect(f"an adoption that was {'' if complete else 'not '}completed is {'' if complete else 'not '}there",
               (update.is_so_already(asked, {"current": "1.0-0"}), opened),
               (complete, ["/var/lib/openclaw-update/gateways/alice/adoption.json"]))


tell_of_filters()
tell_of_module()
sys.exit(failures > 0)
