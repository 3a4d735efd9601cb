// What a gateway that fails says of itself, and what helps: one row a known failure.
//
// The texts are those of the published packages (2026.4.20 to 2026.9.6) and of Node. A gateway also prints
// what people write to it, so a line alone never does more than stage dependencies and restart once: each
// remedy is applied once per release within hours (policy.hpp).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace watchdog {

enum class Remedy {
  none,        // nothing known helps: the budget decides
  stage,       // stage the plugin dependencies of the release again, then restart once
  restart,     // a restart alone mends it
  no_restart,  // a restart cannot help: it waits for a person
  report,      // not worth a restart, or not mended by one, but worth to be known
};

struct Signature {
  std::string_view id;       // in metrics, --json and journal fields
  std::string_view report;   // "#75108"; empty: none
  std::string_view meaning;  // a sentence without an end
  std::string_view advice;   // the next step of a person
  Remedy remedy = Remedy::none;
  // The release itself may be at fault, so that going back to the one before can help.
  bool blames_release = true;
  std::optional<int> exit_status = std::nullopt;  // the process must have ended with it
};

[[nodiscard]] std::span<const Signature> signatures();
// What is counted besides: a gateway that ends for no known reason, and one that hangs.
inline constexpr std::string_view unknown_failure = "unknown", deafness = "deaf";
inline constexpr std::string_view port_taken = "port-taken";
[[nodiscard]] const Signature* signature_named(std::string_view id);

struct Match {
  const Signature* signature = nullptr;  // never null
  std::string line;                      // that tells of it; empty where the exit status does
};

// All rows that one of the lines, or the exit status of the process, tells of; in the order of the table,
// where what ends a gateway comes first. `exit_status`: nothing while it runs, or when a signal ended it.
[[nodiscard]] std::vector<Match> matches(const std::vector<std::string>& lines,
                                         std::optional<int> exit_status);

}  // namespace watchdog
