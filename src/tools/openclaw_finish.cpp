// SPDX-License-Identifier: MIT
// openclaw-finish: runs the last steps of a fetched OpenClaw, which are code of strangers, as a user of its
// own.
#include "systemd/notify.hpp"
#include "tools/worker_main.hpp"
#include "workers/fetch/finish.hpp"

int main(int argc, char** argv) {
  return tools::worker_main(
      "openclaw-finish",
      "Finish an OpenClaw that was fetched for the updater (openclaw-finish@.service runs it).", argc, argv,
      [](const tools::WorkerLine& line) {
        systemd::SystemdNotifier notifier;
        return workers::serve_request("openclaw-finish", line.instance, {line.request, line.result},
                                      workers::finish_actions(), notifier);
      });
}
