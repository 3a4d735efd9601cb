// SPDX-License-Identifier: MIT
// A user database for tests.
#pragma once

#include <unistd.h>

#include <map>
#include <optional>
#include <string>

#include "update/adoption/accounts.hpp"

namespace update_tests {

class FakeAccounts final : public update::Accounts {
 public:
  std::map<std::string, update::Account> known;
  std::string in_use;  // the answer of used_by() for every account

  // Only root may change the owner of files.
  static uid_t number() { return ::geteuid() == 0 ? 4711 : ::geteuid(); }
  static gid_t group() { return ::geteuid() == 0 ? 4712 : ::getegid(); }

  base::Result<std::optional<update::Account>> find(const std::string& name) override {
    const auto found = known.find(name);
    if (found == known.end()) return std::optional<update::Account>();
    return std::optional(found->second);
  }
  base::Result<void> make(const std::string& name, const std::string& home) override {
    known[name] = {name, number(), group(), home};
    return {};
  }
  base::Result<void> remove(const std::string& name) override {
    known.erase(name);
    return {};
  }
  base::Result<std::string> used_by(const update::Account& /*account*/) override { return in_use; }
};

}  // namespace update_tests
