// SPDX-License-Identifier: MIT
#include "update/adoption/unit_switch.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/text.hpp"
#include "contract/tasks.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/sync.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;

void tell_step(const TellStep& says, std::initializer_list<std::string_view> parts) {
  if (says) says(base::concat(parts));
}

// Readable for all, because both managers read it.
Result<base::UniqueFd> folder_of_marks(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) == 0) {
    if (auto synced = fs::sync_parent(path); !synced) return base::pass(synced.error());
  } else if (errno != EEXIST) {
    return base::fail_errno(errno, "cannot make " + path);
  }
  auto folder = fs::open_directory(path);
  if (!folder) return folder;
  if (auto mode = fs::change_mode_tolerantly(folder->get(), ".", 0755); !mode)
    return base::pass(mode.error());
  return folder;
}

Result<void> write_mark(const std::string& path, const std::string& mark, std::string_view text) {
  const auto folder = folder_of_marks(path);
  if (!folder) return base::pass(folder.error());
  return fs::write_file_durably(folder->get(), mark, text, 0644);
}

Result<bool> has_mark(const std::string& folder, const std::string& mark) {
  const auto opened = folder_of_marks(folder);
  if (!opened) return base::pass(opened.error());
  return fs::is_there_beneath(opened->get(), mark);
}

Result<void> remove_mark(const std::string& folder, const std::string& mark) {
  const auto opened = folder_of_marks(folder);
  if (!opened) return base::pass(opened.error());
  if (::unlinkat(opened->get(), mark.c_str(), 0) != 0 && errno != ENOENT) {
    return fs::fail_at(errno, "remove", mark);
  }
  return fs::sync_directory(opened->get());
}

// Before the system unit starts, the user unit must no longer be requested.
Result<void> call_off_return(const AdoptionPlaces& places, const std::string& mark) {
  if (auto gone = remove_mark(places.marks.to_return, mark); !gone) return gone;
  if (auto back = write_mark(places.marks.moved, mark, ""); !back) return back;
  return remove_mark(places.marks.returned, mark);
}

Result<void> start_and_wait(bus::ServiceManager& manager, const std::string& unit) {
  (void)manager.reset_failed(unit);
  const auto job = manager.start(unit, {});
  if (!job) return base::pass(job.error());
  if (*job == "done") return {};
  return base::fail(ErrorKind::unavailable, base::concat({"the start of ", unit, " ended with \"", *job,
                                                          "\"; journalctl -u ", unit, " has the reason"}));
}

std::string way_back(const MovedUnit& moved) {
  return base::concat({"openclaw-user-unit-start@", std::to_string(moved.uid), ".service"});
}

}  // namespace

Result<void> move_to_system(bus::ServiceManager& manager, const AdoptionPlaces& places,
                            const MovedUnit& moved, const std::string& unit, const TellStep& says) {
  if (auto folder = folder_of_marks(places.marks.moved); !folder) return base::pass(folder.error());
  const std::string text = base::concat({unit, " is this gateway now (openclaw-update adopt)\n"});
  if (auto wished = write_mark(places.marks.to_move, moved.mark(), text); !wished) return wished;
  tell_step(says, {moved.user, "'s ", moved.unit, " will be stopped"});
  if (auto started = start_and_wait(manager, unit); !started) return started;
  tell_step(says, {"started ", unit});
  return {};
}

Result<void> give_unit_back(bus::ServiceManager& manager, const AdoptionPlaces& places,
                            const MovedUnit& moved, const std::string& unit, const TellStep& says) {
  const std::string mark = moved.mark();
  const auto is_moved = has_mark(places.marks.moved, mark);
  if (!is_moved) return base::pass(is_moved.error());
  const auto is_returned = has_mark(places.marks.returned, mark);
  if (!is_returned) return base::pass(is_returned.error());
  // A request that had no effect.
  if (auto gone = remove_mark(places.marks.to_move, mark); !gone) return gone;
  if (!*is_moved && !*is_returned) return remove_mark(places.marks.to_return, mark);
  if (auto folder = folder_of_marks(places.marks.returned); !folder) return base::pass(folder.error());
  if (auto wished = write_mark(places.marks.to_return, mark, ""); !wished) return wished;
  tell_step(says, {unit, " will be stopped"});
  if (auto started = start_and_wait(manager, way_back(moved)); !started) {
    const auto back = call_off_return(places, mark);
    const auto again = back ? start_and_wait(manager, unit) : back;
    return base::pass(std::move(started.error()),
                      base::concat({"the user unit ", moved.unit, " of ", moved.user, " does not start, and ",
                                    unit, again ? " continues to run" : " is stopped, too"}));
  }
  tell_step(says, {"started the user unit ", moved.unit, " of ", moved.user});
  return remove_mark(places.marks.returned, mark);
}

void reload_user_manager(Workers& workers, const MovedUnit& moved) {
  const contract::UserUnitRequest request{"reload", moved.unit};
  static_cast<void>(
      workers.run({contract::tasks::user_unit, std::to_string(moved.uid)}, contract::to_json(request), {}));
}

}  // namespace update
