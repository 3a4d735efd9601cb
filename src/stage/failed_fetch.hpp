// SPDX-License-Identifier: MIT
// What could not be fetched a short while ago, so that a gateway that starts again and again does not wait
// for the same dead registry each time.
//
//   <state>/staged-deps/failed-fetches.json   the failures of the hook in this boot, one entry a request
//
// Only the hook goes by it: a person who runs openclaw-install-deps wants to know how things are now.
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
  std::string key;  // digest of what was asked for
  base::Moment at;  // when it had failed; without a boot nothing is remembered
  std::chrono::milliseconds took{0};
  base::Error error;
  // Plugin id -> reason. Not empty: only these failed, the others of the request were staged.
  std::map<std::string, std::string> rejected;
};

// The rule. Zero: try. Ten times what the failing took has to pass in the same boot, at most 15 minutes: so
// at most a tenth of the time is spent on waiting, and what fails quickly is tried again at once.
[[nodiscard]] std::chrono::milliseconds left_to_wait(const FailedFetch& failure, const base::Moment& now);

// A registry that is away or lacks something. A full disk or a wrong setting says so without a wait.
[[nodiscard]] bool is_worth_remembering(const base::Error& error);

inline constexpr std::size_t most_failed_fetches = 64;
inline constexpr std::size_t failed_fetches_limit = std::size_t{256} * 1024;
inline constexpr const char* failed_fetches_file = "failed-fetches.json";

// The newest that fit into both limits.
[[nodiscard]] std::string to_text(const std::vector<FailedFetch>& failures);
// Anything malformed is an error of the whole: half a memory is none.
[[nodiscard]] base::Result<std::vector<FailedFetch>> parse_failed_fetches(std::string_view text);

class FailedFetches {
 public:
  // `state` is the service's state directory. Whether failures are heeded and noted is the request's matter.
  FailedFetches(std::string state, const Request& request,
                std::function<base::Moment()> clock = base::this_moment);

  // The entry that says not to try `key` yet.
  [[nodiscard]] std::optional<FailedFetch> heeded(const std::string& key) const;
  // " (tried 2 min ago; tried again after 7 min; `openclaw-install-deps` tries immediately)"
  [[nodiscard]] std::string when_tried(const FailedFetch& failure) const;

  // Passes over what is not worth remembering. A run that waits for several failures has waited for their
  // sum, so each of them stands for all of it.
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

// Of all that decides what a client is asked to fetch, and from where.
[[nodiscard]] std::string key_of_closure(const openclaw::Dependencies& dependencies, const Request& request);
[[nodiscard]] std::string key_of_plugin(const std::string& id, const std::string& target,
                                        const std::string& core_version, const Request& request);

}  // namespace stage
