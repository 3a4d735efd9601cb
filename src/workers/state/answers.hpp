// SPDX-License-Identifier: MIT
// A release's answers about a config and a database (openclaw/answer.hpp), converted into a result that
// others may read.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

#include "base/redaction.hpp"
#include "base/result.hpp"
#include "command/run.hpp"
#include "contract/results.hpp"

namespace workers::state {

// The last 200 lines of a release's output, each at most 500 bytes.
[[nodiscard]] std::vector<std::string> last_lines(const std::string& output,
                                                  const base::Redaction& redaction);

// Every string of a config, because only OpenClaw knows which ones are secret.
void add_texts_of(const nlohmann::json& config, base::Redaction& redaction);

// A release's message about a Node that it does not support ("Node 24.18.0: SQLite 3.46.1 is not
// WAL-reset-safe; ..."), which it prints before all else and for every command. Nothing if it answered.
[[nodiscard]] std::optional<std::string> refusal_of_node(const base::Result<command::Outcome>& ran);

// From `config validate --json`.
[[nodiscard]] contract::ConfigVerdict config_verdict(const base::Result<command::Outcome>& ran,
                                                     const base::Redaction& redaction);

// From `database preflight COPY --json` (2026.8.1 and later; older versions do not have the command).
[[nodiscard]] contract::DatabaseVerdict database_verdict(const base::Result<command::Outcome>& ran,
                                                         const base::Redaction& redaction);

}  // namespace workers::state
