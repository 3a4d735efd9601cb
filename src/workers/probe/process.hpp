// SPDX-License-Identifier: MIT
// The gateway's main process, as far as its own user may examine it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/environment.hpp"
#include "base/redaction.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace workers {

class GatewayProcess {
 public:
  // Keeps a handle of this very process, so that a reused PID is not taken for it. `refused` if it belongs to
  // another user, `not_found` if it does not exist. `proc` is a mounted procfs.
  [[nodiscard]] static base::Result<GatewayProcess> open(std::int64_t pid, const std::string& proc = "/proc");

  // False as soon as it has exited, reaped or not. Where the kernel does not say, it is taken for alive: a
  // gateway that is called dead is rolled back.
  [[nodiscard]] bool alive() const;

  // Names of its environment variables, sorted, without duplicates, [A-Za-z0-9_] only.
  [[nodiscard]] base::Result<std::vector<std::string>> environment_names() const;
  // With the values, which are secrets: only for use within this process.
  [[nodiscard]] base::Result<base::Environment> environment() const;
  // From the view of the process; empty if unknown.
  [[nodiscard]] std::string working_directory() const;

  // The values, and its arguments: they contain keys of model providers and channels, some of which are in
  // the unit itself (Environment=, ExecStart= with --token) and thus not in this worker's own environment.
  // Used to remove them from the gateway's answers. As far as they can be read.
  void add_secrets_to(base::Redaction& redaction) const;

 private:
  GatewayProcess(std::int64_t pid, base::UniqueFd directory) : pid_(pid), directory_(std::move(directory)) {}

  std::int64_t pid_;
  base::UniqueFd directory_;  // /proc/<pid>
};

// Names in an environment block, which may be fed in pieces of any size. Without side effects.
class EnvironmentNames {
 public:
  void feed(std::string_view piece);
  [[nodiscard]] std::vector<std::string> take();

 private:
  void end_entry();

  std::vector<std::string> names_;
  std::string name_;
  bool in_value_ = false;
};

}  // namespace workers
