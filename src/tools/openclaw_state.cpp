// SPDX-License-Identifier: MIT
// openclaw-state: what the updater needs done in the gateway's state, as the gateway's user.
#include "systemd/notify.hpp"
#include "tools/worker_main.hpp"
#include "workers/request.hpp"
#include "workers/state/actions.hpp"

int main(int argc, char** argv) {
  return tools::worker_main("openclaw-state",
                            "Stage, validate, snapshot, settle, migrate, restore, schemas, discard and "
                            "others, for one transaction.",
                            argc, argv, [](const tools::WorkerLine& line) {
                              systemd::SystemdNotifier notifier;
                              return workers::serve_request("openclaw-state", line.instance,
                                                            {line.request, line.result},
                                                            workers::state::actions(), notifier);
                            });
}
