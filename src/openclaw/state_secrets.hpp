// SPDX-License-Identifier: MIT
// What OpenClaw's own files say in confidence, so that it can be taken out of what OpenClaw prints.
#pragma once

#include "base/redaction.hpp"
#include "openclaw/gateway_environment.hpp"

namespace openclaw {

// Of the unit's variables what may be secret, and all that OpenClaw adds from files of its own.
void add_secrets(const GatewayEnvironment& environment, base::Redaction& redaction);

// The same, and of the config with what it includes the values of members that are called a token, key,
// secret or password. What cannot be read adds nothing.
void add_secrets_of_state(const GatewayEnvironment& environment, base::Redaction& redaction);

}  // namespace openclaw
