// SPDX-License-Identifier: MIT
// `openclaw-stage-deps -- CMD…`: what a container's gateway gets besides staged dependencies.
#pragma once

#include <string>
#include <vector>

#include "stage/outcome.hpp"
#include "stage/request.hpp"
#include "systemd/journal.hpp"

namespace tools {

// Sets what the installed OpenClaw version needs in the environment (a state root that it owns, the plugin
// view), takes away what would hurt it (a stage directory that its doctor deletes), and execs the command.
// Answers an exit status only when that fails: 126 not executable, 127 not found; or if it is not known which
// of two states is the newer one.
[[nodiscard]] int become_gateway(const stage::Request& request, const stage::Outcome& outcome,
                                 const std::vector<std::string>& command, systemd::EventSink& sink);

}  // namespace tools
