// SPDX-License-Identifier: MIT
// openclaw-fetch: asks the registry for OpenClaw's versions and fetches one, as a user of its own.
#include "systemd/notify.hpp"
#include "tools/worker_main.hpp"
#include "workers/fetch/fetch.hpp"

int main(int argc, char** argv) {
  return tools::worker_main(
      "openclaw-fetch", "Fetch a complete OpenClaw for the updater (openclaw-fetch@.service runs it).", argc,
      argv, [](const tools::WorkerLine& line) {
        systemd::SystemdNotifier notifier;
        return workers::serve_request("openclaw-fetch", line.instance, {line.request, line.result},
                                      workers::fetch_actions(), notifier);
      });
}
