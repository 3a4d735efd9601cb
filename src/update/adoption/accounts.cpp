// SPDX-License-Identifier: MIT
#include "update/adoption/accounts.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/list.hpp"
#include "process/run.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::array<std::string_view, 3> program_folders{"/usr/sbin/", "/sbin/", "/usr/bin/"};

Result<std::string> tool_path(std::string_view name) {
  for (const std::string_view folder : program_folders) {
    std::string path = base::concat({folder, name});
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return base::fail(
      ErrorKind::not_found,
      base::concat({name, " is not installed; install it (Debian: passwd, Fedora: shadow-utils)"}));
}

Result<void> run(std::string_view program, std::vector<std::string> arguments) {
  auto path = tool_path(program);
  if (!path) return base::pass(path.error());
  arguments.insert(arguments.begin(), std::move(*path));
  process::Command command;
  command.arguments = std::move(arguments);
  command.environment = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}, {"LC_ALL", "C"}};
  command.directory = "/";
  const auto outcome = process::run(command, {});
  if (!outcome) return base::pass(outcome.error());
  if (outcome->exit_status == 0 && !outcome->stalled) return {};
  return base::fail(ErrorKind::unavailable,
                    base::concat({base::join(command.arguments, " "), " failed (exit status ",
                                  std::to_string(outcome->exit_status), "): ", outcome->said()}));
}

// The PID of a process that runs as this user. Kernel threads and others have other owners.
std::string process_of(uid_t user) {
  const auto processes = fs::open_directory("/proc");
  if (!processes) return {};
  const auto entries = fs::list_directory(processes->get());
  if (!entries) return {};
  for (const auto& entry : *entries) {
    if (entry.name.find_first_not_of("0123456789") != std::string::npos) continue;
    struct stat status = {};
    if (::fstatat(processes->get(), entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (status.st_uid == user) return entry.name;
  }
  return {};
}

class SystemAccounts final : public Accounts {
 public:
  Result<std::optional<Account>> find(const std::string& name) override {
    std::array<char, 16384> buffer{};
    struct passwd entry = {};
    struct passwd* found = nullptr;
    const int number = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (found != nullptr) {
      return std::optional(Account{name, found->pw_uid, found->pw_gid,
                                   found->pw_dir == nullptr ? std::string() : found->pw_dir});
    }
    if (number != 0 && number != ENOENT && number != ESRCH) {
      return base::fail_errno(number, "cannot look up the user " + name);
    }
    return std::optional<Account>();
  }

  Result<void> make(const std::string& name, const std::string& home) override {
    return run("useradd", {"--system", "--user-group", "--no-create-home", "--home-dir", home, "--shell",
                           "/usr/sbin/nologin", "--comment", "OpenClaw gateway", name});
  }

  Result<void> remove(const std::string& name) override {
    const auto account = find(name);
    if (!account) return base::pass(account.error());
    if (!*account) return {};
    return run("userdel", {name});
  }

  Result<std::string> used_by(const Account& account) override {
    if (const std::string pid = process_of(account.user); !pid.empty()) return "process " + pid;
    const std::pair<std::string_view, const char*> files[] = {
        {"/var/spool/cron/crontabs/", "its crontab"},
        {"/var/spool/cron/", "its crontab"},
        {"/var/lib/systemd/linger/", "its lingering service manager (loginctl)"}};
    for (const auto& [folder, what] : files) {
      if (::access(base::concat({folder, account.name}).c_str(), F_OK) == 0) return std::string(what);
    }
    return std::string();
  }
};

}  // namespace

Accounts& system_accounts() {
  static SystemAccounts accounts;
  return accounts;
}

}  // namespace update
