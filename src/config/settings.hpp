// SPDX-License-Identifier: MIT
// /etc/openclaw/helpers.ini and helpers.ini.d/*.ini over built-in defaults.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace config {

enum class PackageClient { automatic, npm, pnpm, bun };
// What the hook does when it cannot stage everything: let the gateway start without (and say so), or stop the
// start.
enum class FailurePolicy { degrade, fail };

struct PackageSettings {
  PackageClient client = PackageClient::automatic;
  std::string registry;                      // empty: npm's own configuration decides
  std::vector<std::string> extra_arguments;  // given to npm as they are
  std::vector<std::string> allow_scripts;    // packages whose install script may run
  std::chrono::seconds stall_timeout{300};   // no progress for this long: the client is stopped and named
};

struct StageSettings {
  FailurePolicy policy = FailurePolicy::degrade;
  unsigned keep_closures = 3;  // sealed closures kept besides those in use
};

struct GatewaySettings {
  std::string package_root;  // empty: found
  std::string node;          // empty: found
  std::string unit = "openclaw-gateway.service";
  unsigned port = 18789;
  static constexpr const char* default_state_directory = "/var/lib/openclaw";
  // What its $STATE_DIRECTORY is, or where it is at home: snapshots/ and the request file are there.
  std::string state_directory = default_state_directory;
};

// Whether the gateway may ask for an update by a request file: not at all, to what the channel has, or to any
// version.
enum class RequestPolicy { refuse, channel, version };

struct UpdateSettings {
  std::string channel = "latest";
  unsigned keep = 3;  // releases, the current and the previous among them
  RequestPolicy requests = RequestPolicy::refuse;
  bool snapshot_state = true;
  bool parallel = true;                     // what does not depend on one another is done at the same time
  std::chrono::seconds ready_timeout{600};  // a start of four minutes is normal
  std::chrono::seconds settle{5};           // it has to stay ready that long
  std::string import_key;                   // the keys of signers of imports; empty: no signature is required
};

// A new release boots on a copy of the state before the gateway is stopped.
struct CanarySettings {
  bool boot = true;
  std::chrono::seconds ready_timeout{300};
};

// What becomes of the gateway's state when a new release is rolled back.
enum class StateRule { automatic, keep, restore, refuse };

struct RollbackSettings {
  StateRule state = StateRule::automatic;
};

// automatic: the system's where it fits a release, else one that becomes part of the release.
enum class NodeSource { automatic, system, bundled };

struct NodeSettings {
  NodeSource source = NodeSource::automatic;
};

// When openclaw-watchdog acts, and how often.
struct WatchdogSettings {
  std::chrono::seconds interval{10};          // between two looks at a gateway that runs
  std::chrono::seconds deaf_after{90};        // without an answer of a gateway that lives
  std::chrono::seconds start_patience{1200};  // until the first answer; minutes are normal, 13 were seen
  unsigned restarts_per_hour = 4;             // 0: it only watches
  std::chrono::seconds first_delay{30};       // after a restart before the next; doubled each time
  std::chrono::seconds probation{3600};       // a crash loop that soon after a promotion is its fault
  bool remedies = true;
  bool rollback = true;
  std::string metrics;  // a file for node_exporter; empty: none
};

// What is run when an update has ended, by openclaw-update-notify@.service.
struct NotifySettings {
  std::string command;  // for a shell; empty: none
};

struct Settings {
  PackageSettings packages;
  StageSettings stage;
  GatewaySettings gateway;
  UpdateSettings update;
  CanarySettings canary;
  RollbackSettings rollback;
  NodeSettings node;
  WatchdogSettings watchdog;
  NotifySettings notify;
  std::map<std::string, std::string> overrides;  // [overrides] package = version
  std::vector<std::string> site_files;           // what was read beneath a user's own, in order
  std::vector<std::string> files;                // and then
  std::vector<std::string> gateway_files;        // after them: of the gateway alone (config/gateways.hpp)
};

inline constexpr const char* default_path = "/etc/openclaw/helpers.ini";

// helpers.ini, with its helpers.ini.d beside it; a user's own lie over the site's, whose [gateway] is none of
// theirs.
struct SettingsFiles {
  std::string path;
  std::string site = {};                                                   // empty: there are none beneath
  std::string state_directory = GatewaySettings::default_state_directory;  // where no file says another

  SettingsFiles(std::string own) : path(std::move(own)) {}
  SettingsFiles(const char* own) : path(own) {}
};

// Reads `path` if it exists, then `path`.d/*.ini in name order, after those of `site`. Unknown sections and
// keys, bad values and unreadable files are errors of kind bad_input that name file, line and key.
[[nodiscard]] base::Result<Settings> load(const SettingsFiles& files = default_path);

}  // namespace config
