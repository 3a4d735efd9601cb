// What a release answers about a config and a database, read from whatever else it prints, and made fit for a
// result that others read.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "npm/process.hpp"
#include "openclaw/gateway_environment.hpp"

namespace workers::state {

// Takes values that may be secret out of a message: every text of the config, every value of an environment
// file, and the unit's variables with a telling name. Short ones are words, not secrets.
class Redaction {
 public:
  void add(std::string_view value);
  void add_texts_of(const nlohmann::json& config);
  void add_environment_file(std::string_view content);
  void add_environment(const openclaw::GatewayEnvironment& environment);

  // Printable, at most `limit` bytes.
  [[nodiscard]] std::string applied(std::string_view message, std::size_t limit = 500) const;

 private:
  struct LongestFirst {
    bool operator()(const std::string& one, const std::string& other) const {
      return one.size() != other.size() ? one.size() > other.size() : one < other;
    }
  };
  std::set<std::string, LongestFirst> values_;
};

// The last JSON object in `output` with the member `key`; log lines around it do not matter.
[[nodiscard]] std::optional<nlohmann::json> answer_in(std::string_view output, const char* key);

// Of `config validate --json`: {"valid":bool,"issues":[{"path","message"}],"answered":bool}. Not answered:
// the release's own program failed, which is an issue too.
[[nodiscard]] nlohmann::json config_verdict(const base::Result<npm::Outcome>& ran,
                                            const Redaction& redaction);

// Of `database preflight COPY --json` (2026.8.1 and later; older ones do not know the command):
// {"supported":bool,"status":"exact|migrate|incompatible|unknown","found":N,"target":N}.
[[nodiscard]] nlohmann::json database_verdict(const base::Result<npm::Outcome>& ran,
                                              const Redaction& redaction);

}  // namespace workers::state
