// SPDX-License-Identifier: MIT
// What a release answers about a config and a database (openclaw/answer.hpp), made fit for a result that
// others read.
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

// The last 200 lines of what a release printed, each at most 500 bytes.
[[nodiscard]] std::vector<std::string> last_lines(const std::string& output,
                                                  const base::Redaction& redaction);

// Every text of a config: which of them are secret only OpenClaw knows.
void add_texts_of(const nlohmann::json& config, base::Redaction& redaction);

// What a release says of the Node that ran it and that it does not work with ("Node 24.18.0: SQLite 3.46.1 is
// not WAL-reset-safe; ..."), which it does before all else and for each command. Nothing where it answered.
[[nodiscard]] std::optional<std::string> refusal_of_node(const base::Result<command::Outcome>& ran);

// Of `config validate --json`.
[[nodiscard]] contract::ConfigVerdict config_verdict(const base::Result<command::Outcome>& ran,
                                                     const base::Redaction& redaction);

// Of `database preflight COPY --json` (2026.8.1 and later; older ones do not know the command).
[[nodiscard]] contract::DatabaseVerdict database_verdict(const base::Result<command::Outcome>& ran,
                                                         const base::Redaction& redaction);

}  // namespace workers::state
