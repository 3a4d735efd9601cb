// SPDX-License-Identifier: MIT
#include "config/keys.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/nearest.hpp"
#include "base/text.hpp"
#include "config/values.hpp"

namespace config {
namespace {

using base::Result;

// Stores what was parsed, or passes the reason on.
template <class Value>
Result<void> store(Result<Value> parsed, Value& place) {
  if (!parsed) return base::pass(parsed.error());
  place = std::move(*parsed);
  return {};
}

// An empty value is the default again: how a drop-in takes back what helpers.ini sets.
template <class Section, class Value, class Parse>
Result<void> set(Section& section, Value Section::*member, std::string_view text, Parse parse) {
  if (text.empty()) {
    section.*member = Section{}.*member;
    return {};
  }
  return store<Value>(parse(text), section.*member);
}

constexpr std::array<Key, 34> table{{
    {"packages", "client", "auto|npm|pnpm|bun",
     "The package client. auto selects the first that is installed of bun, pnpm and npm.",
     [](Settings& s, std::string_view text) {
       return set(s.packages, &PackageSettings::client, text, parse_client);
     }},
    {"packages", "registry", "URL",
     "The registry to download from, instead of the one in npm's configuration.",
     [](Settings& s, std::string_view text) {
       return set(s.packages, &PackageSettings::registry, text, parse_registry);
     }},
    {"packages", "extra-arguments", "WORDS", "Additional arguments for npm.",
     [](Settings& s, std::string_view text) {
       return set(s.packages, &PackageSettings::extra_arguments, text, parse_words);
     }},
    {"packages", "allow-scripts", "PACKAGES", "Packages whose install scripts may run.",
     [](Settings& s, std::string_view text) {
       return set(s.packages, &PackageSettings::allow_scripts, text, parse_packages);
     }},
    {"packages", "stall-timeout", "TIME", "The time without progress after which the client is stopped.",
     [](Settings& s, std::string_view text) {
       return set(s.packages, &PackageSettings::stall_timeout, text, parse_span);
     }},
    {"stage", "policy", "degrade|fail", "What to do when not everything can be staged.",
     [](Settings& s, std::string_view text) {
       return set(s.stage, &StageSettings::policy, text, parse_policy);
     }},
    {"stage", "keep-closures", "0..100",
     "The number of dependency closures to keep in addition to those in use.",
     [](Settings& s, std::string_view text) {
       return set(s.stage, &StageSettings::keep_closures, text,
                  [](std::string_view value) { return parse_count(value, 0, 100); });
     }},
    {"gateway", "package-root", "PATH", "The installed OpenClaw package.",
     [](Settings& s, std::string_view text) {
       return set(s.gateway, &GatewaySettings::package_root, text, parse_absolute_path);
     }},
    {"gateway", "node", "PATH", "The node program that the gateway runs on.",
     [](Settings& s, std::string_view text) {
       return set(s.gateway, &GatewaySettings::node, text, parse_absolute_path);
     }},
    {"gateway", "unit", "UNIT", "The service of the gateway.",
     [](Settings& s, std::string_view text) {
       return set(s.gateway, &GatewaySettings::unit, text, parse_service_name);
     }},
    {"gateway", "port", "1..65535", "The port of the gateway.",
     [](Settings& s, std::string_view text) {
       return set(s.gateway, &GatewaySettings::port, text,
                  [](std::string_view value) { return parse_count(value, 1, 65535); });
     }},
    {"gateway", "state-directory", "PATH", "The directory with the state of the gateway.",
     [](Settings& s, std::string_view text) {
       return set(s.gateway, &GatewaySettings::state_directory, text, parse_folder);
     }},
    {"update", "channel", "TAG", "The tag of the registry that openclaw-update.service installs.",
     [](Settings& s, std::string_view text) {
       return set(s.update, &UpdateSettings::channel, text, parse_tag);
     }},
    {"update", "keep", "2..100",
     "The number of releases to keep, including the current and the previous one.",
     [](Settings& s, std::string_view text) {
       return set(s.update, &UpdateSettings::keep, text,
                  [](std::string_view value) { return parse_count(value, 2, 100); });
     }},
    {"update", "import-key", "FILE",
     "The keys, as in allowed_signers of ssh-keygen, one of which must have signed an imported release.",
     [](Settings& s, std::string_view text) {
       return set(s.update, &UpdateSettings::import_key, text, parse_absolute_path);
     }},
    {"update", "requests", "refuse|channel|version", "Which updates the gateway itself may request.",
     [](Settings& s, std::string_view text) {
       return set(s.update, &UpdateSettings::requests, text, parse_request_policy);
     }},
    {"update", "snapshot-state", "yes|no", "Keep configuration and databases for a rollback.",
     [](Settings& s, std::string_view text) {
       return set(s.update, &UpdateSettings::snapshot_state, text, parse_boolean);
     }},
    {"update", "parallel", "yes|no",
     "Download OpenClaw while its dependencies are installed, and verify while it is validated.",
     [](Settings& s, std::string_view text) {
       return set(s.update, &UpdateSettings::parallel, text, parse_boolean);
     }},
    {"update", "ready-timeout", "TIME", "The time within which a running gateway must become ready.",
     [](Settings& s, std::string_view text) {
       return set(s.update, &UpdateSettings::ready_timeout, text, parse_wait);
     }},
    {"update", "settle", "TIME", "The time that the gateway must stay ready after an update.",
     [](Settings& s, std::string_view text) {
       return set(s.update, &UpdateSettings::settle, text, parse_wait);
     }},
    {"canary", "boot", "yes|no", "Boot a new release on a copy of the state before the gateway is stopped.",
     [](Settings& s, std::string_view text) {
       return set(s.canary, &CanarySettings::boot, text, parse_boolean);
     }},
    {"canary", "ready-timeout", "TIME", "The time within which the release must become ready in the canary.",
     [](Settings& s, std::string_view text) {
       return set(s.canary, &CanarySettings::ready_timeout, text, parse_wait);
     }},
    {"rollback", "state", "auto|keep|restore|refuse", "What a rollback does with the gateway's state.",
     [](Settings& s, std::string_view text) {
       return set(s.rollback, &RollbackSettings::state, text, parse_state_rule);
     }},
    {"node", "source", "auto|system|bundled", "The Node that the gateway runs on.",
     [](Settings& s, std::string_view text) {
       return set(s.node, &NodeSettings::source, text, parse_node_source);
     }},
    {"watchdog", "interval", "TIME", "The interval between two health checks of a running gateway.",
     [](Settings& s, std::string_view text) {
       return set(s.watchdog, &WatchdogSettings::interval, text, parse_wait);
     }},
    {"watchdog", "deaf-after", "TIME",
     "The time without an answer after which a running gateway is restarted.",
     [](Settings& s, std::string_view text) {
       return set(s.watchdog, &WatchdogSettings::deaf_after, text, parse_wait);
     }},
    {"watchdog", "start-patience", "TIME",
     "The time that a gateway may take from its start to its first answer.",
     [](Settings& s, std::string_view text) {
       return set(s.watchdog, &WatchdogSettings::start_patience, text, parse_wait);
     }},
    {"watchdog", "restarts-per-hour", "0..60",
     "The maximum number of restarts by the watchdog within an hour.",
     [](Settings& s, std::string_view text) {
       return set(s.watchdog, &WatchdogSettings::restarts_per_hour, text,
                  [](std::string_view value) { return parse_count(value, 0, 60); });
     }},
    {"watchdog", "first-delay", "TIME", "The delay from one restart to the next; it doubles each time.",
     [](Settings& s, std::string_view text) {
       return set(s.watchdog, &WatchdogSettings::first_delay, text, parse_wait);
     }},
    {"watchdog", "probation", "TIME", "The time after an update during which a crash loop is rolled back.",
     [](Settings& s, std::string_view text) {
       return set(s.watchdog, &WatchdogSettings::probation, text, parse_span);
     }},
    {"watchdog", "remedies", "yes|no",
     "Stage plugin dependencies, or restart, if the journal suggests that this helps.",
     [](Settings& s, std::string_view text) {
       return set(s.watchdog, &WatchdogSettings::remedies, text, parse_boolean);
     }},
    {"watchdog", "rollback", "yes|no", "Roll back to the previous release during the probation.",
     [](Settings& s, std::string_view text) {
       return set(s.watchdog, &WatchdogSettings::rollback, text, parse_boolean);
     }},
    {"watchdog", "metrics", "PATH", "The file to write metrics to, for node_exporter.",
     [](Settings& s, std::string_view text) {
       return set(s.watchdog, &WatchdogSettings::metrics, text, parse_absolute_path);
     }},
    {"notify", "command", "COMMAND", "What is run when an update has ended, with its result as JSON.",
     [](Settings& s, std::string_view text) {
       return set(s.notify, &NotifySettings::command, text, parse_command);
     }},
}};

std::vector<std::string_view> sections() {
  std::vector<std::string_view> names;
  for (const Key& key : table) {
    if (names.empty() || names.back() != key.section) names.push_back(key.section);
  }
  names.push_back(overrides_section);
  return names;
}

std::string bracketed(std::string_view section) {
  return "[" + base::printable(section, 64) + "]";
}

std::string listed(const std::vector<std::string_view>& names) {
  return base::join({names.begin(), names.end()}, ", ");
}

std::string unknown_section(std::string_view section) {
  const auto known = sections();
  if (const auto meant = base::nearest(section, known)) {
    return "unknown section " + bracketed(section) + "; did you mean " + bracketed(*meant) + "?";
  }
  return "unknown section " + bracketed(section) + "; there are " + listed(known);
}

std::string unknown_key(std::string_view section, std::string_view name) {
  std::vector<std::string_view> here;
  std::vector<std::string_view> everywhere;
  for (const Key& key : table) {
    everywhere.push_back(key.name);
    if (key.section == section) here.push_back(key.name);
  }
  const std::string what = bracketed(section) + " " + base::printable(name, 64) + ": unknown key";
  if (const auto meant = base::nearest(name, here))
    return what + "; did you mean " + std::string(*meant) + "?";
  if (const auto meant = base::nearest(name, everywhere)) {
    const auto* const row =
        std::find_if(table.begin(), table.end(), [&](const Key& key) { return key.name == *meant; });
    return what + "; did you mean " + std::string(*meant) + " in " + bracketed(row->section) + "?";
  }
  return what + "; there are " + listed(here);
}

// An empty version takes back what an earlier file says.
Result<void> set_override(Settings& settings, const Assignment& given) {
  auto package = parse_package(given.key);
  if (!package) return base::pass(package.error());
  if (given.value.empty()) {
    settings.overrides.erase(*package);
    return {};
  }
  auto version = parse_exact_version(given.value);
  if (!version) return base::pass(version.error());
  settings.overrides.insert_or_assign(std::move(*package), std::move(*version));
  return {};
}

Result<void> apply_one(const Assignment& given, const std::string& file, Settings& settings) {
  const std::string place = bracketed(given.section) + " " + base::printable(given.key, 64);
  if (given.section == overrides_section) {
    const auto done = set_override(settings, given);
    return done ? done : fail_at_line(file, given.line, place + ": " + done.error().message);
  }
  if (given.section.empty()) {
    return fail_at_line(
        file, given.line,
        base::printable(given.key, 64) + " is before the first section; there are " + listed(sections()));
  }
  const auto known = sections();
  if (std::find(known.begin(), known.end(), given.section) == known.end()) {
    return fail_at_line(file, given.line, unknown_section(given.section));
  }
  const auto* const row = std::find_if(table.begin(), table.end(), [&](const Key& key) {
    return key.section == given.section && key.name == given.key;
  });
  if (row == table.end()) return fail_at_line(file, given.line, unknown_key(given.section, given.key));
  const auto done = row->set(settings, given.value);
  return done ? done : fail_at_line(file, given.line, place + ": " + done.error().message);
}

}  // namespace

std::span<const Key> keys() {
  return table;
}

Result<void> apply(const std::vector<Assignment>& assignments, const std::string& file, Settings& settings) {
  std::map<std::pair<std::string, std::string>, unsigned> seen;
  for (const Assignment& given : assignments) {
    if (auto done = apply_one(given, file, settings); !done) return done;
    const auto [first, added] = seen.try_emplace({given.section, given.key}, given.line);
    if (!added) {
      return fail_at_line(file, given.line,
                          bracketed(given.section) + " " + given.key + ": already set on line " +
                              std::to_string(first->second) + "; remove one of the two");
    }
  }
  return {};
}

}  // namespace config
