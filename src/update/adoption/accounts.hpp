// SPDX-License-Identifier: MIT
// Users of the system: looked up, made and removed. A seam: tests have a list of their own.
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
  // A system user with a group of the same name, without a password and without a shell; `home` is not made.
  [[nodiscard]] virtual base::Result<void> make(const std::string& name, const std::string& home) = 0;
  // Fine for one that is not there.
  [[nodiscard]] virtual base::Result<void> remove(const std::string& name) = 0;
  // What it is still used for, for a person: "process 4711", "its crontab"; empty: nothing that can be seen.
  [[nodiscard]] virtual base::Result<std::string> used_by(const Account& account) = 0;
};

// By the password database, useradd(8) and userdel(8).
[[nodiscard]] Accounts& system_accounts();

}  // namespace update
