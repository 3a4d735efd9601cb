// openclaw-probe: looks at the running gateway as its own user, before and after an update.
#include <array>

#include "systemd/notify.hpp"
#include "tools/worker_main.hpp"
#include "workers/probe/probe.hpp"
#include "workers/request.hpp"

int main(int argc, char** argv) {
  constexpr std::array<workers::Action, 4> actions = {{
      {"baseline", workers::probe_baseline},
      {"gate", workers::probe_gate},
      {"find", workers::probe_find},
      {"port", workers::probe_port},
  }};
  return tools::worker_main("openclaw-probe", "Report what the running OpenClaw gateway does and knows.",
                            argc, argv, [&](const tools::WorkerLine& line) {
                              systemd::SystemdNotifier notifier;
                              return workers::serve_request("openclaw-probe", line.instance,
                                                            {line.request, line.result}, actions, notifier);
                            });
}
