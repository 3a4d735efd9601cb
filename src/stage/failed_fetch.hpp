// SPDX-License-Identifier: MIT
// What could not be fetched recently, so that a gateway that restarts repeatedly does not wait for the same
// unreachable registry each time.
//
//   <state>/staged-deps/failed-fetches.json   failures of the hook in this boot, one entry for each request
//
// Only the hook uses it: an operator who runs openclaw-install-deps wants a new attempt.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "openclaw/package.hpp"
#include "stage/request.hpp"

namespace stage {

struct FailedFetch {
  std::string key;  // digest of the request
  base::Moment at;  // time of the failure; without a boot ID nothing is remembered
  std::chrono::milliseconds took{0};
  base::Error error;
  // Plugin ID -> reason. Not empty: only these failed, the other plugins of the request were staged.
  std::map<std::string, std::string> rejected;
};

// How long not to try again; zero: try. Ten times the duration of the failed attempt in the same boot, at
// most 15 minutes. Thus at most a tenth of the time is spent on waiting, and what fails quickly is tried
// again soon.
[[nodiscard]] std::chrono::milliseconds left_to_wait(const FailedFetch& failure, const base::Moment& now);

// A registry that is unreachable or lacks something. A full disk or a wrong setting fails without a wait.
[[nodiscard]] bool is_worth_remembering(const base::Error& error);

inline constexpr std::size_t most_failed_fetches = 64;
inline constexpr std::size_t failed_fetches_limit = std::size_t{256} * 1024;
inline constexpr const char* failed_fetches_file = "failed-fetches.json";

// The newest entries that fit both limits.
[[nodiscard]] std::string to_text(const std::vector<FailedFetch>& failures);
// An error in any part invalidates the whole file.
[[nodiscard]] base::Result<std::vector<FailedFetch>> parse_failed_fetches(std::string_view text);

class FailedFetches {
 public:
  // `state` is the state directory of the service. The request determines whether failures are used and
  // recorded.
  FailedFetches(std::string state, const Request& request,
                std::function<base::Moment()> clock = base::this_moment);

  // The entry because of which `key` is not tried yet.
  [[nodiscard]] std::optional<FailedFetch> heeded(const std::string& key) const;
  // " (tried 2 min ago; tried again after 7 min; `openclaw-install-deps` tries immediately)"
  [[nodiscard]] std::string when_tried(const FailedFetch& failure) const;

  // Ignores what is not worth remembering. A run with several failures has waited for the sum of them, so
  // each is recorded with the whole duration.
  void note(FailedFetch failure);
  void forget(const std::string& key) const;

 private:
  [[nodiscard]] std::vector<FailedFetch> read() const;
  void write(std::vector<FailedFetch> failures) const;

  std::string state_;
  std::function<base::Moment()> clock_;
  bool heeds_, forgets_;
  std::chrono::milliseconds waited_{0};
  std::vector<FailedFetch> of_this_run_;
};

// Over all that determines what a client is to fetch, and from where.
[[nodiscard]] std::string key_of_closure(const openclaw::Dependencies& dependencies, const Request& request);
[[nodiscard]] std::string key_of_plugin(const std::string& id, const std::string& target,
                                        const std::string& core_version, const Request& request);

}  // namespace stage
