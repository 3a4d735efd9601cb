// SPDX-License-Identifier: MIT
#include "update/adoption/files.hpp"

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/sync.hpp"
#include "update/adoption/named_gateway.hpp"
#include "update/adoption/unit_switch.hpp"
#include "update/gateway.hpp"
#include "update/journal.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::size_t file_limit = std::size_t{1024} * 1024;

void say(const AdoptionSite& site, std::initializer_list<std::string_view> parts) {
  if (site.says) site.says(base::concat(parts));
}

template <class Element>
std::vector<Element> reversed(const std::vector<Element>& list) {
  return {list.rbegin(), list.rend()};
}

// --- one file

struct Place {
  std::string folder, name;
};

Place place_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return {path.substr(0, slash), path.substr(slash + 1)};
}

// Also if a file has replaced a folder of its path.
bool is_absent(const base::Error& error) {
  return error.kind == ErrorKind::not_found || error.number == ENOTDIR;
}

enum class Found { nothing, as_written, something_else };

// The digest in the record; for a link, that of its target.
std::string digest_of(const TextFile& file) {
  return base::sha256_hex(file.link_target.empty() ? file.text : "-> " + file.link_target);
}

// Empty if it is not a link.
Result<std::string> link_target(int folder_fd, const std::string& name) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlinkat(folder_fd, name.c_str(), target.data(), target.size());
  if (size >= 0) return std::string(target.data(), static_cast<std::size_t>(size));
  auto failure = fs::fail_at(errno, "read the link", fs::path_of(folder_fd, name));
  if (fs::is_answer(failure.value())) return std::string();
  return failure;
}

// The last component is not followed: a link to the same text was not written by the adoption.
Result<Found> look(const std::string& path, const std::string& sha256) {
  const Place place = place_of(path);
  const auto folder = fs::open_directory(place.folder);
  if (!folder && is_absent(folder.error())) return Found::nothing;
  if (!folder) return base::pass(folder.error());
  const auto target = link_target(folder->get(), place.name);
  if (!target) return base::pass(target.error());
  if (!target->empty())
    return base::sha256_hex("-> " + *target) == sha256 ? Found::as_written : Found::something_else;
  if (!fs::may_exist_beneath(folder->get(), place.name)) return Found::nothing;
  const auto text = fs::read_file(folder->get(), place.name, file_limit);
  // It may be as it was written, and then it is the adoption's.
  if (!text && !fs::is_answer(text.error())) return base::pass(text.error(), place.folder);
  return text && base::sha256_hex(*text) == sha256 ? Found::as_written : Found::something_else;
}

Result<void> write_link(int folder_fd, const std::string& name, const std::string& target) {
  if (::symlinkat(target.c_str(), folder_fd, name.c_str()) != 0) {
    const int number = errno;
    const auto former = number == EEXIST ? link_target(folder_fd, name) : Result<std::string>("");
    if (!former) return base::pass(former.error());
    if (*former != target) return fs::fail_at(number, "make the link", name);
  }
  return fs::sync_directory(folder_fd);
}

Result<void> write(const TextFile& file) {
  const Place place = place_of(file.path);
  const auto folder = fs::open_directory(place.folder);
  if (!folder) return base::pass(folder.error());
  if (!file.link_target.empty()) return write_link(folder->get(), place.name, file.link_target);
  auto written = fs::write_file_durably(folder->get(), place.name, file.text, 0644);
  if (!written) return base::pass(written.error(), file.path);
  return {};
}

// Includes a draft that a kill has left beside it. Success if it is absent.
Result<void> remove(const std::string& path) {
  const Place place = place_of(path);
  const auto folder = fs::open_directory(place.folder);
  if (!folder && is_absent(folder.error())) return {};
  if (!folder) return base::pass(folder.error());
  const auto entries = fs::list_directory(folder->get());
  if (!entries) return base::pass(entries.error());
  const std::string draft = base::concat({".", place.name, "."});
  for (const auto& entry : *entries) {
    if (entry.name != place.name && !entry.name.starts_with(draft)) continue;
    if (::unlinkat(folder->get(), entry.name.c_str(), 0) != 0 && errno != ENOENT) {
      return fs::fail_at(errno, "remove", place.folder + "/" + entry.name);
    }
  }
  return fs::sync_directory(folder->get());
}

// --- folders

// The missing folders on the way to the files, outer ones first.
std::vector<std::string> missing_folders(const std::vector<TextFile>& files) {
  std::vector<std::string> missing;
  for (const TextFile& file : files) {
    for (std::size_t slash = file.path.find('/', 1); slash != std::string::npos;
         slash = file.path.find('/', slash + 1)) {
      std::string folder = file.path.substr(0, slash);
      struct stat status = {};
      if (::stat(folder.c_str(), &status) == 0) continue;
      if (std::find(missing.begin(), missing.end(), folder) == missing.end()) missing.push_back(folder);
    }
  }
  return missing;
}

Result<void> make_folders(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    if (::mkdir(folder.c_str(), 0755) != 0) {
      if (errno == EEXIST) continue;
      return base::fail_errno(errno, "cannot make " + folder);
    }
    // Independent of the umask: systemd could read the folder anyway, but operators should be able to as
    // well.
    const auto made = fs::open_directory(folder);
    if (!made) return base::pass(made.error());
    if (auto changed = fs::change_mode_tolerantly(made->get(), ".", 0755); !changed) {
      return base::pass(changed.error());
    }
    if (auto synced = fs::sync_parent(folder); !synced) return synced;
  }
  return {};
}

// A folder is kept if other files were put into it.
void remove_empty(const std::vector<std::string>& folders) {
  for (const std::string& folder : reversed(folders)) static_cast<void>(::rmdir(folder.c_str()));
}

// --- the record

Result<void> write_record(const AdoptionSite& site, const AdoptionRecord& record) {
  return fs::write_file_durably(site.state_fd, adoption_record_file, to_json(record), 0644);
}

Result<void> remove_record(const AdoptionSite& site) {
  if (::unlinkat(site.state_fd, adoption_record_file, 0) != 0 && errno != ENOENT) {
    return fs::fail_at(errno, "remove", adoption_record_file);
  }
  return fs::sync_directory(site.state_fd);
}

// --- the home of a gateway that ran as root

// The gateway was stopped at the beginning; if it was started since, it has written to what was copied.
Result<void> require_still_stopped(const AdoptionSite& site, const AdoptionRecord& record) {
  if (!record.moved_home) return {};
  const auto status = site.manager.status(record.unit);
  if (!status) return base::pass(status.error());
  if (is_down(*status)) return {};
  return base::fail(ErrorKind::busy,
                    base::concat({record.unit, " was started while its state was copied; systemctl stop ",
                                  record.unit, ", then repeat the command"}));
}

Result<void> copy_its_home(const AdoptionSite& site, const AdoptionRecord& record) {
  if (!record.moved_home) return {};
  return copy_home(*record.moved_home, site.accounts, site.says);
}

// When the gateway's drop-in is on disk, the next start writes to the copy, so the copy is kept from then on.
// This includes a repeated reversal that has already removed the drop-in.
Result<bool> may_have_served(const AdoptionRecord& record) {
  if (!record.moved_home) return false;
  if (record.moved_home->served || record.complete || record.files.empty()) return true;
  const auto found = look(record.files.back().path, record.files.back().sha256);
  if (!found) return base::pass(found.error());
  return *found != Found::nothing;
}

// --- steps of adoption and reversal

Result<void> change_over(const AdoptionSite& site, const AdoptionRecord& record,
                         const std::function<Result<void>()>& serves) {
  if (!record.moved_unit) return {};
  auto moved = move_to_system(site.manager, site.places, *record.moved_unit, record.unit, site.says);
  return moved && serves ? serves() : moved;
}

Result<void> carry_out(const AdoptionSite& site, AdoptionRecord& record, const std::vector<TextFile>& files,
                       const std::function<Result<void>()>& serves) {
  if (auto done = write_record(site, record); !done) return done;
  say(site, {"recorded the files to write"});
  if (auto done = site.releases.point(release::Store::Pointer::current, record.release); !done) return done;
  say(site, {"current points to ", record.release});
  if (auto done = copy_its_home(site, record); !done) return done;
  if (auto done = make_folders(record.folders); !done) return done;
  for (const TextFile& file : files) {
    if (auto done = write(file); !done) return done;
    say(site, {"wrote ", file.path});
  }
  if (auto done = require_still_stopped(site, record); !done) return done;
  if (auto done = site.manager.reload(); !done) return done;
  say(site, {"reloaded systemd"});
  if (auto done = change_over(site, record, serves); !done) return done;
  record.complete = true;
  return write_record(site, record);
}

bool starts_from(const std::string& current, const bus::ServiceDefinition& definition) {
  return std::ranges::any_of(definition.exec_start, [&](const std::string& argument) {
    return argument == current || argument.starts_with(current + "/");
  });
}

Result<bool> still_starts_current(const AdoptionSite& site, const std::string& unit) {
  const auto status = site.manager.status(unit);
  if (!status) return base::pass(status.error());
  if (status->load_state != "loaded") return false;
  const auto definition = site.manager.definition(unit);
  if (!definition) return base::pass(definition.error());
  return starts_from(site.places.current, *definition);
}

Result<void> remove_files(const AdoptionSite& site, const AdoptionRecord& record, UndoneAdoption& undone) {
  // In the reverse order: the gateway's unit is restored before anything that its updates need is removed.
  for (const auto& file : reversed(record.files)) {
    const auto found = look(file.path, file.sha256);
    if (!found) return base::pass(found.error());
    if (*found == Found::something_else) {
      undone.kept.push_back(file.path);
      continue;
    }
    if (auto gone = remove(file.path); !gone) return gone;
    if (*found == Found::nothing) continue;
    undone.removed.push_back(file.path);
    say(site, {"removed ", file.path});
  }
  remove_empty(record.folders);
  return {};
}

Result<void> remove_links(const AdoptionSite& site) {
  for (const auto pointer : {release::Store::Pointer::current, release::Store::Pointer::previous}) {
    if (auto gone = site.releases.remove_pointer(pointer); !gone) return gone;
  }
  say(site, {"removed current"});
  return {};
}

}  // namespace

Result<void> require_adoptable(const AdoptionSite& site, const std::vector<TextFile>& files) {
  const auto adopted = read_adoption(site.state_fd);
  if (!adopted) return base::pass(adopted.error());
  if (*adopted) {
    return base::fail(
        ErrorKind::refused,
        base::concat({(*adopted)->unit,
                      " is adopted already; openclaw-update adopt --undo reverses this, and ",
                      "another gateway of this host is adopted with a name, using ", "--gateway NAME"}));
  }
  const auto open = Journal(site.state_fd).open_transaction();
  if (!open) return base::pass(open.error());
  if (*open) {
    return base::fail(ErrorKind::refused,
                      base::concat({"the update ", **open, " is not finished; openclaw-update recover"}));
  }
  const auto current = site.releases.target(release::Store::Pointer::current);
  if (!current) return base::pass(current.error());
  if (*current) {
    return base::fail(ErrorKind::refused, base::concat({site.places.current, " points to ", **current,
                                                        ", which openclaw-update has installed; if no unit ",
                                                        "starts it, remove the link, and adopt again"}));
  }
  for (const TextFile& file : files) {
    const auto found = look(file.path, digest_of(file));
    if (!found) return base::pass(found.error());
    if (*found != Found::something_else) continue;
    return base::fail(
        ErrorKind::refused,
        base::concat({file.path, " already exists with other content; move it ", "away, or rename it"}));
  }
  return {};
}

Result<AdoptionRecord> apply_adoption(const AdoptionSite& site, const AdoptionRecord& begun,
                                      const std::vector<TextFile>& files,
                                      const std::function<Result<void>()>& serves) {
  AdoptionRecord record = begun;
  record.complete = false;
  record.folders = missing_folders(files);
  for (const TextFile& file : files) record.files.push_back({file.path, digest_of(file)});
  auto done = carry_out(site, record, files, serves);
  if (done) return record;
  const auto undone = undo_adoption(site, record);
  if (undone && !undone->still_starts_current) {
    return base::pass(std::move(done.error()), not_adopted(*undone));
  }
  return base::pass(std::move(done.error()),
                    "not adopted; openclaw-update adopt --undo removes the remaining files");
}

std::string not_adopted(const UndoneAdoption& undone) {
  const std::string& kept = undone.home.kept;
  return base::concat({"not adopted, and no file of it is left", kept.empty() ? "" : " except ", kept});
}

Result<UndoneAdoption> undo_adoption(const AdoptionSite& site, AdoptionRecord record) {
  const auto served = may_have_served(record);
  if (!served) return base::pass(served.error());
  if (record.complete || (record.moved_home && *served != record.moved_home->served)) {
    record.complete = false;
    if (record.moved_home) record.moved_home->served = *served;
    if (auto begun = write_record(site, record); !begun) return base::pass(begun.error());
    say(site, {"recorded that the adoption is undone"});
  }
  UndoneAdoption undone;
  if (record.moved_unit) {
    auto back = give_unit_back(site.manager, site.places, *record.moved_unit, record.unit, site.says);
    if (!back) return base::pass(back.error());
  }
  if (auto gone = remove_files(site, record, undone); !gone) return base::pass(gone.error());
  if (auto reloaded = site.manager.reload(); !reloaded) return base::pass(reloaded.error());
  say(site, {"reloaded systemd"});
  if (record.moved_unit && site.workers != nullptr) reload_user_manager(*site.workers, *record.moved_unit);
  // The shipped unit always names `current`, and asserts that it exists.
  const auto still = record.moved_unit ? Result<bool>(false) : still_starts_current(site, record.unit);
  if (!still) return base::pass(still.error());
  undone.still_starts_current = *still;
  if (*still) return undone;
  if (record.moved_home) {
    auto home = give_home_back(*record.moved_home, site.accounts, site.says);
    if (!home) return base::pass(home.error());
    undone.home = std::move(*home);
  }
  if (auto gone = remove_links(site); !gone) return base::pass(gone.error());
  if (auto gone = remove_record(site); !gone) return base::pass(gone.error());
  remove_gateway_folders(site.places);
  return undone;
}

Result<void> require_stopped_for_home(const AdoptionSite& site, const std::string& unit,
                                      const std::optional<MovedHome>& moved) {
  if (!moved) return {};
  const auto status = site.manager.status(unit);
  if (!status) return base::pass(status.error());
  if (is_down(*status)) return {};
  return base::fail(
      ErrorKind::refused,
      base::concat(
          {unit,
           " runs, and the owner of the state can change only while no process writes to it: systemctl stop ",
           unit, ", then repeat the command, then systemctl start ", unit}));
}

// --- text form of the record

namespace {

nlohmann::json json_of(const std::optional<MovedHome>& moved) {
  if (!moved) return nullptr;
  return {{"user", moved->user},
          {"home", moved->home},
          {"place", moved->place},
          {"items", moved->items},
          {"makes_account", moved->makes_account},
          {"served", moved->served}};
}

nlohmann::json json_of(const std::optional<MovedUnit>& moved) {
  if (!moved) return nullptr;
  return {{"user", moved->user}, {"uid", moved->uid}, {"unit", moved->unit}};
}

std::optional<MovedUnit> moved_unit_from(const nlohmann::json& whole) {
  const auto found = whole.find("moved_unit");
  if (found == whole.end() || found->is_null()) return std::nullopt;
  // A reference there is only to a whole number.
  return MovedUnit{.user = found->at("user").get<std::string>(),
                   .uid = found->at("uid").get_ref<const nlohmann::json::number_integer_t&>(),
                   .unit = found->at("unit").get<std::string>()};
}

std::optional<MovedHome> moved_home_from(const nlohmann::json& whole) {
  const auto found = whole.find("moved_home");
  if (found == whole.end() || found->is_null()) return std::nullopt;
  MovedHome moved;
  moved.user = found->at("user").get<std::string>();
  moved.home = found->at("home").get<std::string>();
  moved.place = found->at("place").get<std::string>();
  moved.items = found->at("items").get<std::vector<std::string>>();
  moved.makes_account = found->at("makes_account").get<bool>();
  moved.served = found->at("served").get<bool>();
  return moved;
}

}  // namespace

std::string to_json(const AdoptionRecord& record) {
  nlohmann::json files = nlohmann::json::array();
  for (const auto& file : record.files) files.push_back({{"path", file.path}, {"sha256", file.sha256}});
  const nlohmann::json whole = {{"schema", 1},
                                {"unit", record.unit},
                                {"package_root", record.package_root},
                                {"release", record.release},
                                {"complete", record.complete},
                                {"files", std::move(files)},
                                {"folders", record.folders},
                                {"moved_home", json_of(record.moved_home)},
                                {"moved_unit", json_of(record.moved_unit)}};
  return whole.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<AdoptionRecord> adoption_from_json(std::string_view text) {
  const auto whole = base::json_or_null(text);
  AdoptionRecord record;
  try {
    record.unit = whole.at("unit").get<std::string>();
    record.package_root = whole.at("package_root").get<std::string>();
    record.release = whole.at("release").get<std::string>();
    record.complete = whole.at("complete").get<bool>();
    for (const auto& file : whole.at("files")) {
      record.files.push_back({file.at("path").get<std::string>(), file.at("sha256").get<std::string>()});
    }
    record.folders = whole.at("folders").get<std::vector<std::string>>();
    record.moved_home = moved_home_from(whole);
    record.moved_unit = moved_unit_from(whole);
  } catch (const nlohmann::json::exception& error) {
    return base::fail(
        ErrorKind::integrity,
        base::concat({adoption_record_file, " cannot be read (", error.what(),
                      "); remove it, each 50-openclaw-update.conf in /etc/systemd/system, and ",
                      "50-adopted.ini in /etc/openclaw/helpers.ini.d, then systemctl daemon-reload"}));
  }
  return record;
}

Result<std::optional<AdoptionRecord>> read_adoption(int state_fd) {
  if (!fs::may_exist_beneath(state_fd, adoption_record_file)) return std::optional<AdoptionRecord>();
  const auto text = fs::read_file(state_fd, adoption_record_file, file_limit);
  if (!text) return base::pass(text.error());
  auto record = adoption_from_json(*text);
  if (!record) return base::pass(record.error());
  return std::optional(std::move(*record));
}

}  // namespace update
