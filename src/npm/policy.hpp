// SPDX-License-Identifier: MIT
// What the administrator's configuration of npm forbids, whichever client works.
//
// npm reads its own keys itself. The other clients do not know them by these names: pnpm and bun are told
// what they can be told, and one that cannot be told does not do the work.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "npm/clients.hpp"
#include "npm/toolchain.hpp"

namespace npm {

enum class PolicyKind { none, release_age, engines, network, sources };

struct PolicySetting {
  std::string key, value;
  std::string file;  // that sets it
};

struct ReleaseAge {
  PolicySetting setting;
  std::optional<std::int64_t> seconds;  // nothing: a value that only npm can read
  std::vector<std::string> exempt;      // names, or patterns of npm's such as @scope/*
};

struct Policies {
  std::optional<ReleaseAge> release_age;
  std::vector<PolicySetting> others;

  [[nodiscard]] const PolicySetting* find(PolicyKind kind) const;
};

// From extra arguments of helpers.ini, npm's global npmrc and the one that npm brings, in npm's order: the
// first that says something about a policy decides. `now` is in seconds since 1970.
[[nodiscard]] Policies read_policies(const Toolchain& toolchain,
                                     const std::vector<std::string>& extra_arguments, std::int64_t now);
[[nodiscard]] Policies read_policies(const Toolchain& toolchain,
                                     const std::vector<std::string>& extra_arguments);

// The first policy that this client has no setting for.
[[nodiscard]] const PolicySetting* untold(const Policies& policies, ClientKind kind);

// The line that is added to a client's output for blame.hpp, when the client refused for a policy:
// "policy: min-release-age=30 in /etc/npmrc".
[[nodiscard]] std::string policy_line(const PolicySetting& setting);
[[nodiscard]] std::optional<PolicySetting> parse_policy_line(std::string_view line);
[[nodiscard]] PolicyKind kind_of(std::string_view key);

// "npm is set to refuse what is younger than 30 days (min-release-age in /etc/npmrc); ..." and the next step.
// Without a setting: what can be said of the kind.
[[nodiscard]] std::string policy_clause(const PolicySetting& setting);
[[nodiscard]] std::string policy_clause(PolicyKind kind);

}  // namespace npm
