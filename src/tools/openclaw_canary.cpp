// SPDX-License-Identifier: MIT
// openclaw-canary: boots a release on a copy of the gateway's state, in a network of its own.
#include <array>

#include "contract/tasks.hpp"
#include "systemd/notify.hpp"
#include "tools/worker_main.hpp"
#include "workers/canary/canary.hpp"
#include "workers/request.hpp"

int main(int argc, char** argv) {
  constexpr std::array<workers::Action, 1> actions = {
      {{contract::tasks::canary.action, workers::boot_canary}}};
  return tools::worker_main("openclaw-canary", "Boot a release of OpenClaw on a copy of the gateway's state.",
                            argc, argv, [&](const tools::WorkerLine& line) {
                              systemd::SystemdNotifier notifier;
                              return workers::serve_request("openclaw-canary", line.instance,
                                                            {line.request, line.result}, actions, notifier);
                            });
}
