// SPDX-License-Identifier: MIT
#include "tools/container_start.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <string_view>

#include "base/time.hpp"
#include "contract/guard_report.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "lock/process_identity.hpp"

namespace tools {
namespace {

constexpr std::string_view guard_program = "/openclaw-guard-state";
constexpr std::int64_t first_process = 1;

// The program of a process, which only its own user can read; empty: it cannot be told.
std::string program_of(int proc_fd, const std::string& pid) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlinkat(proc_fd, (pid + "/exe").c_str(), target.data(), target.size());
  return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length)) : std::string();
}

// 0: it has left no report.
std::int64_t guard_ended_at(const std::string& state_directory) {
  const auto state = fs::open_directory(state_directory);
  if (!state) return 0;
  const auto folder = fs::open_directory_beneath(state->get(), contract::guard_folder);
  if (!folder) return 0;
  const auto text = fs::read_file(folder->get(), contract::guard_report_file);
  if (!text) return 0;
  return contract::read_leniently<contract::GuardReport>(base::json_or_null(*text)).at_ms;
}

}  // namespace

bool guard_is_at_work(const std::string& proc) {
  const auto folder = fs::open_directory(proc);
  if (!folder) return false;
  const auto entries = fs::list_directory(folder->get());
  if (!entries) return false;
  return std::any_of(entries->begin(), entries->end(), [&](const auto& entry) {
    const bool is_process =
        !entry.name.empty() && entry.name.find_first_not_of("0123456789") == std::string::npos;
    return is_process && program_of(folder->get(), entry.name).ends_with(guard_program);
  });
}

std::int64_t start_began_at(std::int64_t process_ms, std::int64_t guard_ended_ms, std::int64_t now_ms) {
  return guard_ended_ms > process_ms && guard_ended_ms <= now_ms ? guard_ended_ms : process_ms;
}

bool may_still_start(const std::string& proc, const std::string& state_directory,
                     std::chrono::milliseconds start_may_take) {
  if (guard_is_at_work(proc)) return true;
  const auto process = lock::observe_process(proc, first_process).started_at_ms;
  const std::int64_t now = base::unix_now_ms();
  return process &&
         now - start_began_at(*process, guard_ended_at(state_directory), now) < start_may_take.count();
}

}  // namespace tools
