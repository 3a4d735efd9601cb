// SPDX-License-Identifier: MIT
// The gateway's main process, as its own user may look at it.
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
  // Keeps hold of this very process: a PID that the kernel hands out again is not taken for it. `refused`
  // when it is another user's, `not_found` when there is none. `proc` is a mounted procfs.
  [[nodiscard]] static base::Result<GatewayProcess> open(std::int64_t pid, const std::string& proc = "/proc");

  // False as soon as it has exited, reaped or not.
  [[nodiscard]] bool alive() const;

  // Names of its environment variables, sorted, each once, [A-Za-z0-9_] only.
  [[nodiscard]] base::Result<std::vector<std::string>> environment_names() const;
  // With the values, for what has to be told from them in this process: they are secrets.
  [[nodiscard]] base::Result<base::Environment> environment() const;
  // As the process sees it; empty where that cannot be told.
  [[nodiscard]] std::string working_directory() const;

  // The values, and its arguments: they are keys of model providers and channels, some of them in the unit
  // itself (Environment=, ExecStart= with --token), and so no part of this worker's own environment. For what
  // the gateway answers to be cleaned of them. As far as they can be read.
  void add_secrets_to(base::Redaction& redaction) const;

 private:
  GatewayProcess(std::int64_t pid, base::UniqueFd directory) : pid_(pid), directory_(std::move(directory)) {}

  std::int64_t pid_;
  base::UniqueFd directory_;  // /proc/<pid>
};

// Pure: names in a piece of an environment block, which is fed in pieces of any size.
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
