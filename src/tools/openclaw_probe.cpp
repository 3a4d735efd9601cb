// SPDX-License-Identifier: MIT
// openclaw-probe: looks at the running gateway as its own user, before and after an update.
#include <array>

#include "contract/tasks.hpp"
#include "systemd/notify.hpp"
#include "tools/worker_main.hpp"
#include "workers/probe/probe.hpp"
#include "workers/request.hpp"

int main(int argc, char** argv) {
  constexpr std::array<workers::Action, 4> actions = {{
      {contract::tasks::baseline.action, workers::probe_baseline},
      {contract::tasks::gate.action, workers::probe_gate},
      {contract::tasks::find.action, workers::probe_find},
      {contract::tasks::port.action, workers::probe_port},
  }};
  return tools::worker_main("openclaw-probe", "Report the state of the running OpenClaw gateway.", argc, argv,
                            [&](const tools::WorkerLine& line) {
                              systemd::SystemdNotifier notifier;
                              return workers::serve_request("openclaw-probe", line.instance,
                                                            {line.request, line.result}, actions, notifier);
                            });
}
