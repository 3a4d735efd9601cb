# SPDX-License-Identifier: MIT
"""A program as it is shipped that waits before each call that can change something (tests/proof/recorder)."""
import os
import select
import signal
import socket
import subprocess

unprivileged = {"user": 65534, "group": 65534, "extra_groups": []}


def run(argv, env, user=None, timeout=60):
    """One undisturbed run: its exit status and its last words."""
    done = subprocess.run(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                          timeout=timeout, **(user or {}))
    return done.returncode, done.stdout.decode(errors="replace")[-1500:]


class Call:
    def __init__(self, line):
        number, self.program, self.call, self.path = line.rstrip("\n").split("\t", 3)
        self.number = int(number)


class Recorder:
    def __init__(self, library, folder):
        self.library, self.folder = library, folder
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, 0o777)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self.listener.bind(f"{folder}/ask")
        os.chmod(f"{folder}/ask", 0o777)
        self.listener.listen(64)

    def run(self, argv, env, user, programs, ignored, before_call, timeout=600):
        """before_call(Call) is made while the program waits. Returns its exit status and its last words."""
        with open(f"{self.folder}/counter", "wb") as counter:
            counter.write(bytes(8))
        os.chmod(f"{self.folder}/counter", 0o666)
        with open(f"{self.folder}/plan", "w") as plan:
            plan.write("".join(f"program {name}\n" for name in programs) + "do ask\n")
            plan.write("".join(f"ignore {call} {pattern}\n" for call, pattern in ignored))
        with open(f"{self.folder}/output", "w+b") as output:
            process = subprocess.Popen(argv, env={**env, "RECORDER": self.folder, "LD_PRELOAD": self.library},
                                       stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                       **(user or {}))
            ended = os.pidfd_open(process.pid)
            try:
                self.serve(ended, before_call, timeout)
            finally:
                os.close(ended)
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)
                process.wait()
            output.seek(0)
            return process.returncode, output.read().decode(errors="replace")[-1500:]

    def serve(self, ended, before_call, timeout):
        while True:
            ready, _, _ = select.select([self.listener, ended], [], [], timeout)
            if not ready:
                raise TimeoutError(f"the program has made no call for {timeout} seconds")
            if self.listener not in ready:
                return
            connection, _ = self.listener.accept()
            with connection:
                line = b""
                while not line.endswith(b"\n"):
                    piece = connection.recv(8192)
                    if not piece:
                        break
                    line += piece
                if line.endswith(b"\n"):
                    before_call(Call(line.decode(errors="replace")))
                    connection.sendall(b"go")
