#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hostile text given to the programs themselves, and what they print looked at byte by byte.

Usage: programs.py TOOLS WORK SEED EVERY. Prints a line for each way in, and "# points: N". Nothing is asked of a service
manager that is there: all paths are below WORK, and no command gets as far as to start a unit.
"""
import http.server
import json
import os
import random
import shutil
import subprocess
import sys
import threading

PIECES = [
    b"\x1b[2J", b"\x1b[31m", b"\x1b]0;owned\x07", b"\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    b"\x1b]52;c;cm0gLXJmIC8=\x07", b"\x1b]0;never closed", b"\x1bP1$qm\x1b\\", b"\x1b", b"\xc2\x9b31m", b"\x9b31m",
    b"\xc2\x85", b"\xe2\x80\xaelave", b"\xe2\x80\xa8", b"\xf3\xa0\x81\xa1", b"\xff\xfe", b"\xc0\x9b", b"\xed\xa0\x80",
    b"\nopenclaw-update: updated from 1 to 2", b"\r\nFORGED=1", b"\n<0>kernel: panic", b"\b\b\b\b", b"\x7f", b"\f\v\t",
    b'{"a":"\\u001b[2J"}', b'","outcome":"updated', b"%s%n {0}", b"$(reboot)", "größer ✓ 🦞 漢字".encode(),
]
FORBIDDEN = [(0x00, 0x09), (0x0B, 0x1F), (0x7F, 0x9F), (0x061C, 0x061C), (0x200E, 0x200F), (0x2028, 0x202E),
             (0x2066, 0x206F), (0xFFF9, 0xFFFB), (0xE0000, 0xE007F)]
ALL_TEXTS, LEAST_TEXTS = 120, 4


def fault_of(printed):
    """What is wrong with it as text for a terminal; empty: nothing."""
    try:
        text = printed.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"no UTF-8 at byte {error.start}"
    for place, character in enumerate(text):
        if any(first <= ord(character) <= last for first, last in FORBIDDEN):
            return f"U+{ord(character):04X} at character {place}"
    return ""


class Ways:
    """Each method is a way in: the files that it needs, and the commands to run. `text` has neither NUL nor slash
    where it becomes an argument or a name."""

    def __init__(self, tools, work):
        self.tools, self.work = tools, work
        self.settings = os.path.join(work, "helpers.ini")
        self.state = os.path.join(work, "state")
        self.answer = b""
        self.port = self.serve()

    def serve(self):
        ways = self

        class Gateway(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(503 if self.path == "/readyz" else 200)
                self.send_header("content-length", str(len(ways.answer)))
                self.end_headers()
                self.wfile.write(ways.answer)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_address[1]

    def fresh(self, settings=b""):
        shutil.rmtree(self.work, ignore_errors=True)
        os.makedirs(self.state, mode=0o755)
        self.write(self.settings, settings)

    @staticmethod
    def write(path, content):
        path = os.fsencode(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)

    def update(self, *words):
        return [os.path.join(self.tools, "openclaw-update"), "--settings", self.settings, "--state-dir", self.state, *words]

    def arguments(self, text):
        self.fresh()
        name = os.fsdecode(text)
        return [self.update("--to", name), self.update("--channel", name, "--dry-run"), self.update("--gateway", name, "status"),
                self.update("pin", name), self.update("history", name), self.update(name), self.update("--" + name),
                self.update("hold", name), self.update("status"), self.update("status", "--json"),
                self.update("snapshot", "verify", name), self.update("--settings", os.path.join(self.work, name), "status"),
                [os.path.join(self.tools, "openclaw-install-deps"), "--settings", self.settings, "--" + name],
                [os.path.join(self.tools, "openclaw-install-deps"), "--settings", self.settings, "--check", "--state-dir",
                 self.state, "--package-root", os.path.join(self.work, name)],
                [os.path.join(self.tools, "openclaw-health"), "--settings", self.settings, "--port", name],
                [os.path.join(self.tools, "openclaw-stage-deps"), "--settings", self.settings, "--policy", name]]

    def settings_of_a_site(self, text):
        commands = []
        for number, content in enumerate([b"[%b]\n", b"[update]\n%b = 1\n", b"[update]\nchannel = %b\n",
                                          b"[packages]\nregistry = %b\n", b"[watchdog]\ninterval = %b\n",
                                          b"[overrides]\n%b = %b\n", b"%b\n", b"[packages]\nextra-arguments = \"%b\n"]):
            if not commands:
                self.fresh()
            path = os.path.join(self.work, f"{number}.ini")
            self.write(path, content.replace(b"%b", text))
            commands += [self.update("--settings", path, "status"), self.update("--settings", path, "hold", "--json", "x")]
        return commands

    def a_package(self, text):
        self.fresh()
        package = os.path.join(self.work, "openclaw")
        shown = text.decode("utf-8", "replace")
        self.write(os.path.join(package, "package.json"), json.dumps(
            {"name": "openclaw", "version": "2026.4.26", "bin": {"openclaw": "openclaw.mjs"}, "engines": {"node": shown},
             "dependencies": {shown: shown}}).encode())
        self.write(os.path.join(package, "openclaw.mjs"), b"")
        self.write(os.path.join(package, "dist/index.js"), b"")
        folder = os.path.join(os.fsencode(package), b"dist/extensions", text.replace(b"/", b"_") or b"x")
        self.write(os.path.join(folder, b"package.json"), json.dumps(
            {"name": shown, "version": shown, "dependencies": {shown: shown, "left-pad": shown},
             "openclaw": {"extensions": ["./" + shown]}}).encode())
        self.write(os.path.join(folder, b"openclaw.plugin.json"), json.dumps({"id": shown, "enabledByDefault": True}).encode())
        config = os.path.join(self.work, "openclaw.json")
        self.write(config, b'{ plugins: { entries: { "' + text.replace(b'"', b"") + b'": { enabled: true } } }, ' + text)
        check = [os.path.join(self.tools, "openclaw-install-deps"), "--settings", self.settings, "--check", "--all", "--verbose",
                 "--package-root", package, "--state-dir", self.state]
        return [check, check + ["--json"], check + ["--config", config], check + ["--config", config, "--json"]]

    def records(self, text):
        self.fresh()
        name = os.path.join(os.fsencode(self.state), b"")
        for path, content in [(b"hold", text), (b"pin", text), (b"open", text), (b"quarantine/2026.9.6", text),
                              (b"quarantine/" + text.replace(b"/", b"_"), text), (b"newest.json", text),
                              (b"transactions/t00000001-20261121T101500Z/journal", text + b"\n"),
                              (b"transactions/" + text.replace(b"/", b"_") + b"/journal", text + b"\n"),
                              (b"releases/2026.9.6-1f3a9c2e.manifest", text),
                              (b"releases/2026.9.6-1f3a9c2e/" + text.replace(b"/", b"_"), text), (b"status.json", text)]:
            self.write(name + path, content)
        os.symlink(b"releases/" + text.replace(b"/", b"_"), name + b"current")
        return [self.update("status"), self.update("status", "--json"), self.update("history"), self.update("history", "--json"),
                self.update("history", "t00000001-20261121T101500Z"), self.update("verify"), self.update("verify", "--json"),
                self.update("changelog"), self.update("prune")]

    def an_answer_of_a_gateway(self, text):
        self.fresh()
        shown = text.decode("utf-8", "replace")
        self.answer = json.dumps({"ok": True, "status": "live", "ready": False, "failing": [shown], "version": shown}).encode()
        health = [os.path.join(self.tools, "openclaw-health"), "--settings", self.settings, "--port", str(self.port)]
        return [health, health + ["--json"]]

    def a_broken_answer_of_a_gateway(self, text):
        self.fresh()
        self.answer = text
        health = [os.path.join(self.tools, "openclaw-health"), "--settings", self.settings, "--port", str(self.port)]
        return [health, health + ["--json"]]


def texts_of(seed, every):
    draw = random.Random(seed)
    texts = list(PIECES)
    while len(texts) < ALL_TEXTS:
        texts.append(b"".join(draw.choice([b"slack", b"2026.9.6", b"error ", b""]) + draw.choice(PIECES)
                              for _ in range(draw.randint(1, 5))))
    draw.shuffle(texts)
    return texts[:max(LEAST_TEXTS, ALL_TEXTS // every)]


def judge(command):
    """Why what it prints is not in order; empty: it is."""
    # A name of a file or an argument of 4 kB is as long as the system lets it be.
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8"}
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, env=environment, check=False)
    if ran.returncode < 0:
        return f"ended by signal {-ran.returncode}"
    for printed in (ran.stdout, ran.stderr):
        if fault := fault_of(printed):
            return f"{fault} of {printed[:400]!r}"
    if "--json" in command and ran.stdout:
        try:
            json.loads(ran.stdout)
        except ValueError:
            return f"no JSON: {ran.stdout[:400]!r}"
    return ""


def main():
    tools, work, seed, every = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    ways = Ways(os.path.abspath(tools), os.path.join(work, "here"))
    points = failed = 0
    for way in ("arguments", "settings_of_a_site", "a_package", "records", "an_answer_of_a_gateway",
                "a_broken_answer_of_a_gateway"):
        bad = []
        for text in texts_of(seed, every):
            for command in getattr(ways, way)(text.replace(b"\0", b"").replace(b"/", b"_")):
                points += 1
                if why := judge(command):
                    bad.append(f"{command!r} from {text!r}: {why}")
        failed += bool(bad)
        print(("not ok" if bad else "ok"), "-", "the programs print text alone, whatever is in", way.replace("_", " "))
        for line in bad[:5]:
            print("#  ", line)
    print(f"# points: {points}")
    return 1 if failed else 0


sys.exit(main())
