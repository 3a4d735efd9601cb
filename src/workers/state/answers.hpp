// What a release answers about a config and a database, read from whatever else it prints, and made fit for a
// result that others read.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "base/redaction.hpp"
#include "base/result.hpp"
#include "process/run.hpp"

namespace workers::state {

// The last 200 lines of what a release printed, each at most 500 bytes.
[[nodiscard]] nlohmann::json last_lines(const std::string& output, const base::Redaction& redaction);

// Every text of a config: which of them are secret only OpenClaw knows.
void add_texts_of(const nlohmann::json& config, base::Redaction& redaction);

// The last JSON object in `output` with the member `key`; log lines around it do not matter.
[[nodiscard]] std::optional<nlohmann::json> answer_in(std::string_view output, const char* key);

// What a release says of the Node that ran it and that it does not work with ("Node 24.18.0: SQLite 3.46.1 is
// not WAL-reset-safe; ..."), which it does before all else and for each command. Nothing where it answered.
[[nodiscard]] std::optional<std::string> refusal_of_node(const base::Result<process::Outcome>& ran);

// Of `config validate --json`: {"valid":bool,"issues":[{"path","message"}],"answered":bool}. Not answered:
// the release's own program failed, which is an issue too.
[[nodiscard]] nlohmann::json config_verdict(const base::Result<process::Outcome>& ran,
                                            const base::Redaction& redaction);

// Of `database preflight COPY --json` (2026.8.1 and later; older ones do not know the command):
// {"supported":bool,"status":"exact|migrate|incompatible|unknown","found":N,"target":N}.
[[nodiscard]] nlohmann::json database_verdict(const base::Result<process::Outcome>& ran,
                                              const base::Redaction& redaction);

}  // namespace workers::state
