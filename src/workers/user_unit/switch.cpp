// SPDX-License-Identifier: MIT
#include "workers/user_unit/switch.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>

#include "base/text.hpp"
#include "contract/envelope.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/sync.hpp"
#include "workers/user_unit/actions.hpp"

namespace workers::user_unit {
namespace {

using base::ErrorKind;
using base::Result;

bool is_down(const bus::ServiceStatus& unit) {
  return unit.active_state == "inactive" || unit.active_state == "failed";
}

tl::unexpected<base::Error> is_still(const std::string& unit, const bus::ServiceStatus& now,
                                     std::string_view job) {
  return base::fail(ErrorKind::unavailable,
                    base::concat({"the user unit ", unit, " is ", now.active_state, " (", now.sub_state,
                                  ") after its job ended with \"", job, "\"; journalctl --user -u ", unit}));
}

}  // namespace

Result<void> stop_unit(bus::ServiceManager& manager, const std::string& unit) {
  const auto before = manager.status(unit);
  if (!before) return base::pass(before.error());
  if (before->load_state == "not-found" && is_down(*before)) return {};
  const auto job = manager.stop(unit, {});
  if (!job) return base::pass(job.error());
  const auto now = manager.status(unit);
  if (!now) return base::pass(now.error());
  if (!is_down(*now)) return is_still(unit, *now, *job);
  return manager.reset_failed(unit);
}

Result<void> start_unit(bus::ServiceManager& manager, const std::string& unit) {
  if (auto reset = manager.reset_failed(unit); !reset) return reset;
  const auto job = manager.start(unit, {});
  if (!job) return base::pass(job.error());
  const auto now = manager.status(unit);
  if (!now) return base::pass(now.error());
  return is_down(*now) ? is_still(unit, *now, *job) : Result<void>();
}

Result<std::vector<std::string>> units_of(const std::string& folder, unsigned user) {
  std::vector<std::string> units;
  const auto opened = fs::open_directory(folder);
  if (!opened && opened.error().kind == ErrorKind::not_found) return units;
  const auto entries = opened ? fs::list_directory(opened->get()) : base::pass(opened.error());
  if (!entries) return base::pass(entries.error(), "looking for the user's units");
  const std::string prefix = std::to_string(user) + "-";
  for (const auto& entry : *entries) {
    const bool is_unit = entry.name.starts_with(prefix) && entry.name.ends_with(".service");
    if (is_unit) units.push_back(entry.name.substr(prefix.size()));
  }
  std::ranges::sort(units);
  return units;
}

Result<void> settle_marks(Switch what, unsigned user, const contract::UserUnitMarks& marks) {
  const bool stops = what == Switch::stop_moved;
  const std::string& wishes = stops ? marks.to_move : marks.to_return;
  const auto units = units_of(wishes, user);
  if (!units) return base::pass(units.error());
  if (units->empty()) return {};
  const auto from = fs::open_directory(wishes);
  const auto to = fs::open_directory(stops ? marks.moved : marks.returned);
  const auto moved = fs::open_directory(marks.moved);
  for (const auto* folder : {&from, &to, &moved}) {
    if (!*folder) return base::pass(folder->error());
  }
  for (const std::string& unit : *units) {
    const std::string mark = base::concat({std::to_string(user), "-", unit});
    if (!stops && ::unlinkat(moved->get(), mark.c_str(), 0) != 0 && errno != ENOENT) {
      return fs::fail_at(errno, "remove the mark", mark);
    }
    if (::renameat(from->get(), mark.c_str(), to->get(), mark.c_str()) != 0)
      return fs::fail_at(errno, "move the mark", mark);
  }
  for (const auto* folder : {&moved, &to, &from}) {
    if (auto synced = fs::sync_directory((*folder)->get()); !synced) return synced;
  }
  return {};
}

Result<void> switch_units(Switch what) {
  const bool stops = what == Switch::stop_moved;
  const contract::UserUnitMarks marks;
  const auto units = units_of(stops ? marks.moved : marks.returned, ::getuid());
  if (!units) return base::pass(units.error());
  if (units->empty()) return {};
  const auto manager = bus::connect_to_user_manager(runtime_directory());
  // Without a manager, none of its units runs, and the mark prevents a later start.
  if (!manager && stops && manager.error().kind == ErrorKind::not_found) return {};
  if (!manager) return base::pass(manager.error());
  if (auto done = (*manager)->reload(); !done) return done;
  for (const std::string& unit : *units) {
    if (auto done = stops ? stop_unit(**manager, unit) : start_unit(**manager, unit); !done) return done;
  }
  return {};
}

}  // namespace workers::user_unit
