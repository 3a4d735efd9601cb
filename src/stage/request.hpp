// SPDX-License-Identifier: MIT
// The input of a run, and its interface to the outside other than files.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "npm/install.hpp"
#include "openclaw/gateway_environment.hpp"
#include "openclaw/plugin_policy.hpp"

namespace stage {

struct Request {
  openclaw::GatewayEnvironment environment;  // including the options of the command line
  config::Settings settings;
  std::string package_root;  // empty: from the settings, otherwise searched
  openclaw::Selection selection;
  bool check = false;     // plan and report, but change nothing
  bool offline = false;   // sealed closures and the client's cache only
  bool thorough = false;  // --repair: ignore record and stamps, and verify the content of the sealed closure
  bool use_record = false;  // the hook: return `unchanged` if the record is still valid
  // The hook: do not try again yet what could not be fetched recently (failed_fetch.hpp).
  bool heed_failures = false;
};

// Tests have their own implementation.
class Surroundings {
 public:
  virtual ~Surroundings() = default;
  // A new phase begins: "verifying", "staging 44 packages with npm".
  virtual void phase(const std::string& text) = 0;
  virtual void progress(const npm::Progress& progress) = 0;
  // The installed clients for this configuration, in the order in which they are tried; called only if
  // something must be fetched.
  [[nodiscard]] virtual base::Result<std::vector<std::unique_ptr<npm::Client>>> clients(
      const Request& request) = 0;
};

}  // namespace stage
