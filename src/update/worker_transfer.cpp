// SPDX-License-Identifier: MIT
// UnitWorkers::transfer: a FIFO beside the request, in root's folder, owned by the worker's user.
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/list.hpp"
#include "update/adoption/accounts.hpp"
#include "update/pipe_pump.hpp"
#include "update/workers.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr std::string_view pipe_ending = ".pipe";

// User= of a unit is a name or a number.
Result<uid_t> user_of(bus::ServiceManager& manager, const std::string& unit) {
  const auto definition = manager.definition(unit);
  if (!definition) return base::pass(definition.error());
  // A unit without User= runs as the user of its service manager, which is this one.
  if (definition->user.empty()) return ::geteuid();
  const std::string& text = definition->user;
  uid_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size()) return number;
  const auto account = system_accounts().find(text);
  if (!account) return base::pass(account.error());
  if (*account) return (*account)->user;
  return base::fail(ErrorKind::not_found,
                    base::concat({"there is no user ", text, ", which User= of ", unit, " names"}));
}

// A killed run leaves its pipe. The caller holds the lock of its gateway, so no other run uses one of that
// gateway; those of others may be in use.
void remove_former_pipes(int folder_fd, const std::string& transaction) {
  const auto entries = fs::list_directory(folder_fd);
  if (!entries) return;
  const std::string gateway = contract::gateway_of(transaction);
  for (const auto& entry : *entries) {
    const std::string_view name = entry.name;
    if (!name.ends_with(pipe_ending) || contract::gateway_of(name.substr(0, name.find('.'))) != gateway)
      continue;
    ::unlinkat(folder_fd, entry.name.c_str(), 0);
  }
}

Result<void> make_pipe(int folder_fd, const contract::Task& task, uid_t user) {
  const std::string name = task.pipe_file();
  remove_former_pipes(folder_fd, task.transaction);
  if (::mkfifoat(folder_fd, name.c_str(), 0600) != 0) return fs::fail_at(errno, "make the pipe", name);
  if (::fchownat(folder_fd, name.c_str(), user, static_cast<gid_t>(-1), AT_SYMLINK_NOFOLLOW) != 0)
    return fs::fail_at(errno, "change the owner of the pipe", name);
  return {};
}

}  // namespace

Result<json> UnitWorkers::transfer(const contract::Task& task, const json& request, Transfer& transfer,
                                   const Watching& watching) {
  const auto user = user_of(manager_, task.unit());
  if (!user) return base::pass(user.error());
  const std::string& where = requests_of(task);
  const auto folder = fs::open_directory(where);
  if (!folder) return base::pass(folder.error());
  const std::string name = task.pipe_file();
  if (auto made = make_pipe(folder->get(), task, *user); !made) return base::pass(made.error());
  const auto pump = PipePump::start(folder->get(), name, transfer);
  if (!pump) return base::pass(pump.error());
  json with_pipe = request;
  with_pipe["pipe"] = base::concat({where, "/", name});
  auto answer = run(task, with_pipe, watching);
  const auto moved = (*pump)->finish();
  ::unlinkat(folder->get(), name.c_str(), 0);
  if (!moved) return base::pass(moved.error());
  return answer;
}

}  // namespace update
