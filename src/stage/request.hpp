// SPDX-License-Identifier: MIT
// What a run is asked for, and what it needs of the world besides files.
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
  openclaw::GatewayEnvironment environment;  // with what the command line puts over it
  config::Settings settings;
  std::string package_root;  // empty: settings, then found
  openclaw::Selection selection;
  bool check = false;       // plan and say, change nothing
  bool offline = false;     // sealed closures and the client's cache only
  bool thorough = false;    // --repair: trust no record and no stamp, verify the sealed closure's content
  bool use_record = false;  // the hook: answer `unchanged` when the record is still true
  // The hook: what could not be fetched a short while ago is not tried again yet (failed_fetch.hpp).
  bool heed_failures = false;
};

// Tests put their own in.
class Surroundings {
 public:
  virtual ~Surroundings() = default;
  // A new stretch of work begins: "verifying", "staging 44 packages with npm".
  virtual void phase(const std::string& text) = 0;
  virtual void progress(const npm::Progress& progress) = 0;
  // The installed clients in the order to try, for this configuration; asked only when something must be
  // fetched.
  [[nodiscard]] virtual base::Result<std::vector<std::unique_ptr<npm::Client>>> clients(
      const Request& request) = 0;
};

}  // namespace stage
