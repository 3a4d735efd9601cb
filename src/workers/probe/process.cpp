// SPDX-License-Identifier: MIT
#include "workers/probe/process.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/text.hpp"
#include "fs/file.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;
using base::UniqueFd;

constexpr std::size_t longest_name = 256;
// The kernel limits arguments and environment to 6 MB in total (a quarter of the stack limit, capped at
// that).
constexpr std::size_t largest_environment = std::size_t{8} * 1024 * 1024;

std::string of_gateway(std::int64_t pid) {
  return "the gateway's process " + std::to_string(pid);
}

tl::unexpected<base::Error> gone(std::int64_t pid) {
  return base::fail(ErrorKind::not_found, of_gateway(pid) + " no longer exists");
}

// A zombie or dead process, which will not answer any more.
bool is_finished(std::string_view stat) {
  const std::size_t end = stat.rfind(')');  // the name before it may contain anything
  if (end == std::string_view::npos || end + 2 >= stat.size()) return true;
  const char state = stat[end + 2];
  return state == 'Z' || state == 'X' || state == 'x';
}

// A name that systemd accepts for a variable.
bool is_variable_name(std::string_view name) {
  const auto is_of_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= longest_name && !(name[0] >= '0' && name[0] <= '9') &&
         std::all_of(name.begin(), name.end(), is_of_name);
}

// Wiped by its destructor.
class Secret {
 public:
  ~Secret() { ::explicit_bzero(bytes_.data(), bytes_.size()); }
  Secret() = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&&) = delete;
  Secret& operator=(Secret&&) = delete;

  ssize_t read_from(int fd) {
    ssize_t size = 0;
    do {
      size = ::read(fd, bytes_.data(), bytes_.size());
    } while (size < 0 && errno == EINTR);
    return size;
  }
  [[nodiscard]] std::string_view view(ssize_t size) const {
    return {bytes_.data(), static_cast<std::size_t>(size)};
  }

 private:
  std::array<char, 16384> bytes_{};
};

}  // namespace

void EnvironmentNames::end_entry() {
  // Anything else is not a variable that a unit can set, but left by a program that has overwritten the block
  // (with a process title, for example): possibly a part of a value.
  if (in_value_ && is_variable_name(name_)) names_.push_back(name_);
  name_.clear();
  in_value_ = false;
}

void EnvironmentNames::feed(std::string_view piece) {
  for (const char c : piece) {
    if (c == '\0') {
      end_entry();
    } else if (c == '=' && !in_value_) {
      in_value_ = true;
    } else if (!in_value_ && name_.size() <= longest_name) {
      name_.push_back(c);
    }
  }
}

std::vector<std::string> EnvironmentNames::take() {
  end_entry();
  std::sort(names_.begin(), names_.end());
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
  return std::move(names_);
}

Result<GatewayProcess> GatewayProcess::open(std::int64_t pid, const std::string& proc) {
  if (pid <= 0) return base::fail(ErrorKind::not_found, "the gateway has no main process");
  const std::string path = proc + "/" + std::to_string(pid);
  UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  // ProtectProc=invisible hides processes of other users.
  if (!directory && (errno == ENOENT || errno == ESRCH)) {
    return base::fail(ErrorKind::not_found,
                      of_gateway(pid) + " no longer exists, or belongs to another user");
  }
  if (!directory) return base::fail_errno(errno, "cannot examine " + of_gateway(pid));
  struct stat status {};
  if (::fstat(directory.get(), &status) != 0) return gone(pid);
  if (status.st_uid != ::geteuid()) {
    return base::fail(ErrorKind::refused,
                      base::concat({of_gateway(pid), " belongs to user ", std::to_string(status.st_uid),
                                    "; the probe runs as ", std::to_string(::geteuid()),
                                    ": set User= of openclaw-probe@.service to that of the gateway"}));
  }
  GatewayProcess process(pid, std::move(directory));
  if (!process.alive()) return gone(pid);
  return process;
}

bool GatewayProcess::alive() const {
  const UniqueFd file(::openat(directory_.get(), "stat", O_RDONLY | O_CLOEXEC));
  // Only what the kernel says of the process itself is its end; with too many open files, or without memory,
  // nothing is said.
  if (!file) return errno != ENOENT && errno != ESRCH;
  std::array<char, 1024> buffer{};
  const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
  if (size < 0) return errno != ESRCH;
  return size > 0 && !is_finished({buffer.data(), static_cast<std::size_t>(size)});
}

Result<std::vector<std::string>> GatewayProcess::environment_names() const {
  const UniqueFd file(::openat(directory_.get(), "environ", O_RDONLY | O_CLOEXEC));
  if (!file && (errno == ENOENT || errno == ESRCH)) return gone(pid_);
  if (!file) return base::fail_errno(errno, "cannot read the environment of " + of_gateway(pid_));
  EnvironmentNames names;
  Secret piece;
  for (std::size_t whole = 0; whole < largest_environment;) {
    const ssize_t size = piece.read_from(file.get());
    if (size < 0) return base::fail_errno(errno, "cannot read the environment of " + of_gateway(pid_));
    if (size == 0) {
      if (!alive()) return gone(pid_);  // the block of an exited process reads as empty
      return names.take();
    }
    names.feed(piece.view(size));
    whole += static_cast<std::size_t>(size);
  }
  return base::fail(ErrorKind::integrity, "the environment of " + of_gateway(pid_) + " is incomplete");
}

Result<base::Environment> GatewayProcess::environment() const {
  const auto block = fs::read_file(directory_.get(), "environ", largest_environment);
  if (!block) return base::pass(block.error());
  base::Environment environment;
  for (const std::string& entry : base::split(*block, '\0')) {
    const std::size_t equals = entry.find('=');
    if (equals != std::string::npos) environment[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return environment;
}

std::string GatewayProcess::working_directory() const {
  std::array<char, 4096> path{};
  const ssize_t size = ::readlinkat(directory_.get(), "cwd", path.data(), path.size());
  return size <= 0 ? "" : std::string(path.data(), static_cast<std::size_t>(size));
}

void GatewayProcess::add_secrets_to(base::Redaction& redaction) const {
  if (const auto variables = environment()) redaction.add_environment(*variables);
  if (const auto block = fs::read_file(directory_.get(), "cmdline", largest_environment)) {
    auto command = base::split(*block, '\0');
    while (!command.empty() && command.back().empty()) command.pop_back();
    redaction.add_command(command);
  }
}

}  // namespace workers
