// SPDX-License-Identifier: MIT
// What is installed in a node_modules folder, judged as OpenClaw judges it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "openclaw/era.hpp"
#include "openclaw/package.hpp"

namespace openclaw {

// How one dependency stands: empty problem = usable.
struct Presence {
  std::string version;
  std::string
      problem;      // "not installed", "1.2.3 is not in ^2.0.0", "its entry file dist/index.js is missing"
  int unknown = 0;  // the errno with which the disk did not say; `problem` has the whole error
  [[nodiscard]] bool usable() const { return problem.empty(); }
};

// `modules_fd`: an open node_modules folder, or -1 when there is none (everything is then "not installed").
[[nodiscard]] Presence look_up(int modules_fd, const std::string& name, const std::string& range,
                               Completeness completeness);

[[nodiscard]] std::map<std::string, Presence> look_up_all(int modules_fd, const Dependencies& dependencies,
                                                          Completeness completeness);

// An administrator's overrides say what to install: a tree that was made with them is as good as one whose
// versions are in range, and one that was made without them is no worse.
[[nodiscard]] Dependencies allowing(Dependencies dependencies,
                                    const std::map<std::string, std::string>& overrides);

// An error of a presence that is unknown.
[[nodiscard]] base::Error error_of(const Presence& unknown);

// A whole tree fresh from a package client: every dependency in range with its entry file, and every package
// in it finds what it requires, so that a client which exits 0 with half a tree is caught. Answers the
// complaints; empty is a verified tree. `packages` receives "path -> version" of everything found.
[[nodiscard]] base::Result<std::vector<std::string>> verify_tree(
    int modules_fd, const Dependencies& dependencies, std::map<std::string, std::string>& packages);

}  // namespace openclaw
