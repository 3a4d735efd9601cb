// SPDX-License-Identifier: MIT
// Finds, creates and removes users of the system. Virtual, because tests have their own users.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/result.hpp"

namespace update {

struct Account {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
  std::string home;
};

class Accounts {
 public:
  virtual ~Accounts() = default;
  [[nodiscard]] virtual base::Result<std::optional<Account>> find(const std::string& name) = 0;
  // Creates a system user with a group of the same name, without a password and without a shell; `home` is
  // not created.
  [[nodiscard]] virtual base::Result<void> make(const std::string& name, const std::string& home) = 0;
  // Success if the user does not exist.
  [[nodiscard]] virtual base::Result<void> remove(const std::string& name) = 0;
  // What the user is still used for, for an operator: "process 4711", "its crontab"; empty: nothing that is
  // visible.
  [[nodiscard]] virtual base::Result<std::string> used_by(const Account& account) = 0;
};

// Uses the user database, useradd(8) and userdel(8).
[[nodiscard]] Accounts& system_accounts();

}  // namespace update
