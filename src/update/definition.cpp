// SPDX-License-Identifier: MIT
#include "update/definition.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/json_numbers.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/sync.hpp"
#include "systemd/environment_file.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr const char* definition_folder = "definition";
constexpr const char* index_name = "index.json";
constexpr std::size_t definition_file_limit = std::size_t{1024} * 1024;

struct KeptFile {
  std::string path;
  std::string sha256;  // name of the copy
  mode_t mode = 0644;
};

std::vector<std::string> files_of(const bus::ServiceStatus& unit) {
  std::vector<std::string> files;
  if (!unit.fragment_path.empty()) files.push_back(unit.fragment_path);
  files.insert(files.end(), unit.drop_in_paths.begin(), unit.drop_in_paths.end());
  return files;
}

Result<std::vector<KeptFile>> read_index(int folder_fd) {
  constexpr const char* what = "the kept definition of the unit";
  const auto kept = fs::open_directory_beneath(folder_fd, definition_folder);
  if (!kept && !fs::is_answer(kept.error())) return base::pass(kept.error(), what);
  if (!kept) return std::vector<KeptFile>{};
  const auto text = fs::read_file(kept->get(), index_name);
  if (!text && !fs::is_answer(text.error())) return base::pass(text.error(), what);
  if (!text) return std::vector<KeptFile>{};
  const json index = base::json_or_null(*text);
  std::vector<KeptFile> files;
  try {
    for (const json& entry : index.at("files")) {
      const auto mode = base::as_whole<mode_t>(entry.at("mode"));
      if (!mode)
        return base::fail(ErrorKind::integrity, "the kept definition of the unit has a mode that is none");
      files.push_back({entry.at("path").get<std::string>(), entry.at("sha256").get<std::string>(), *mode});
    }
  } catch (const json::exception& error) {
    return base::fail(ErrorKind::integrity,
                      std::string("the kept definition of the unit cannot be read: ") + error.what());
  }
  return files;
}

struct Now {
  std::string text;
  mode_t mode = 0;
};

Result<Now> now_at(const std::string& path) {
  struct stat status = {};
  auto text = fs::read_trusted_file(path, definition_file_limit);
  if (!text) return base::pass(text.error());
  if (::stat(path.c_str(), &status) != 0) return base::fail_errno(errno, "cannot read " + path);
  return Now{std::move(*text), status.st_mode & 07777};
}

Result<bool> is_as_kept(const KeptFile& file) {
  const auto now = now_at(file.path);
  if (now) return base::sha256_hex(now->text) == file.sha256;
  if (fs::is_answer(now.error())) return false;
  return base::pass(now.error(), "comparing the definition of the unit with the kept one");
}

// Folder and name of an absolute path; the folder is created if it is gone together with the file (UNIT.d).
Result<std::pair<base::UniqueFd, std::string>> parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = path.substr(0, slash);
  if (::mkdir(folder.c_str(), 0755) == 0) {
    if (auto synced = fs::sync_parent(folder); !synced) return base::pass(synced.error());
  } else if (errno != EEXIST && errno != EROFS) {
    return base::fail_errno(errno, "cannot make " + folder);
  }
  auto opened = fs::open_directory(folder);
  if (!opened) return base::pass(opened.error());
  return std::pair{std::move(*opened), path.substr(slash + 1)};
}

Result<std::string> kept_text(int kept_fd, const KeptFile& file) {
  auto text = fs::read_file(kept_fd, file.sha256, definition_file_limit);
  if (!text) return base::pass(text.error(), "the kept copy of " + file.path);
  if (base::sha256_hex(*text) != file.sha256) {
    return base::fail(ErrorKind::integrity, "the kept copy of " + file.path + " is damaged");
  }
  return text;
}

// Keeps the present content of `path`; its digest is part of the name, so no copy replaces another one.
// Empty: there is no such file.
Result<std::string> set_aside(int folder_fd, const std::string& path) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0 && errno == ENOENT) return std::string();
  const auto text = fs::read_trusted_file(path, definition_file_limit);
  if (!text) return base::pass(text.error());
  const auto aside = fs::make_directories_durably(folder_fd, "set-aside", 0700);
  if (!aside) return base::pass(aside.error());
  std::string name = path + "." + base::sha256_hex(*text).substr(0, 12);
  std::replace(name.begin(), name.end(), '/', '-');
  if (auto kept = fs::write_file_durably(aside->get(), name, *text, 0600); !kept) {
    return base::pass(kept.error());
  }
  return name;
}

Result<std::string> take_away(int folder_fd, const std::string& path) {
  auto aside = set_aside(folder_fd, path);
  // By its path, as systemd names it: only root can write to the folders from which it reads units.
  if (aside && ::unlink(path.c_str()) != 0) return base::fail_errno(errno, "cannot remove " + path);
  // A drop-in that came back would change how the restored gateway starts.
  if (aside) {
    if (auto synced = fs::sync_parent(path); !synced) return base::pass(synced.error());
  }
  return aside;
}

std::vector<std::string> added_drop_ins(const std::vector<KeptFile>& kept, const bus::ServiceStatus& unit) {
  std::vector<std::string> added;
  for (const std::string& path : unit.drop_in_paths) {
    const bool known =
        std::any_of(kept.begin(), kept.end(), [&](const KeptFile& file) { return file.path == path; });
    if (!known) added.push_back(path);
  }
  return added;
}

// Returns the name of the copy of the replaced file.
Result<std::string> put_back(int folder_fd, const KeptFile& file, const std::string& text) {
  auto aside = set_aside(folder_fd, file.path);
  if (!aside) return aside;
  const auto place = parent_of(file.path);
  if (!place) return base::pass(place.error());
  auto written = fs::write_file_durably(place->first.get(), place->second, text, file.mode);
  if (!written) return base::pass(written.error(), "cannot restore " + file.path);
  return aside;
}

bool is_restorable(const std::string& path, const UnitFiles& files) {
  const std::string own = files.folder + "/" + files.unit;
  const std::string drop_ins = own + ".d/";
  const bool is_drop_in = path.starts_with(drop_ins) && path.find('/', drop_ins.size()) == std::string::npos;
  return path == own || is_drop_in;
}

void note(Restored& restored, const std::string& path, const Result<std::string>& aside) {
  if (aside) {
    restored.files.push_back({path, *aside});
  } else {
    restored.left.push_back(base::concat({path, " (", aside.error().message, ")"}));
  }
}

}  // namespace

Result<void> keep_definition(int folder_fd, const bus::ServiceStatus& unit) {
  const auto kept = fs::make_directories_durably(folder_fd, definition_folder, 0700);
  if (!kept) return base::pass(kept.error());
  if (fs::may_exist_beneath(kept->get(), index_name)) return {};
  json files = json::array();
  for (const std::string& path : files_of(unit)) {
    const auto now = now_at(path);
    if (!now) return base::pass(now.error(), "the unit file " + path + " cannot be read");
    const std::string digest = base::sha256_hex(now->text);
    if (auto written = fs::write_file_durably(kept->get(), digest, now->text, 0600); !written) return written;
    files.push_back({{"path", path}, {"sha256", digest}, {"mode", now->mode}});
  }
  return fs::write_file_durably(kept->get(), index_name, json{{"files", files}}.dump(2) + "\n", 0600);
}

Result<std::vector<ChangedFile>> changed_definition(int folder_fd, const bus::ServiceStatus& unit,
                                                    const UnitFiles& files) {
  using enum ChangedFile::How;
  const auto kept = read_index(folder_fd);
  if (!kept) return base::pass(kept.error());
  std::vector<ChangedFile> changed;
  if (kept->empty()) return changed;
  for (const KeptFile& file : *kept) {
    const auto same = is_as_kept(file);
    if (!same) return base::pass(same.error());
    if (*same) continue;
    const bool is_gone = ::access(file.path.c_str(), F_OK) != 0 && errno == ENOENT;
    changed.push_back({file.path, is_gone ? gone : edited, is_restorable(file.path, files)});
  }
  for (const std::string& path : added_drop_ins(*kept, unit)) {
    // The file was removed again, and the manager has not reloaded since.
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) continue;
    changed.push_back({path, added, is_restorable(path, files)});
  }
  return changed;
}

std::string paths_of(const std::vector<ChangedFile>& files) {
  std::vector<std::string> paths;
  paths.reserve(files.size());
  for (const ChangedFile& file : files) paths.push_back(file.path);
  return base::join(paths, ", ");
}

Result<Restored> restore_definition(int folder_fd, const bus::ServiceStatus& unit, const UnitFiles& files) {
  const auto changed = changed_definition(folder_fd, unit, files);
  if (!changed) return base::pass(changed.error());
  Restored restored;
  if (changed->empty()) return restored;
  const auto kept = read_index(folder_fd);
  if (!kept) return base::pass(kept.error());
  const auto copies = fs::open_directory_beneath(folder_fd, definition_folder);
  if (!copies) return base::pass(copies.error());
  for (const ChangedFile& file : *changed) {
    if (!file.may_be_restored) {
      restored.left.push_back(file.path);
      continue;
    }
    if (file.how == ChangedFile::How::added) {
      note(restored, file.path, take_away(folder_fd, file.path));
      continue;
    }
    const auto was = std::find_if(kept->begin(), kept->end(),
                                  [&](const KeptFile& candidate) { return candidate.path == file.path; });
    if (was == kept->end()) continue;
    const auto text = kept_text(copies->get(), *was);
    if (!text) return base::pass(text.error());
    note(restored, file.path, put_back(folder_fd, *was, *text));
  }
  return restored;
}

std::string describe(const std::vector<RestoredFile>& restored, const std::string& folder) {
  std::vector<std::string> texts;
  texts.reserve(restored.size());
  for (const RestoredFile& file : restored) {
    texts.push_back(file.set_aside.empty() ? file.path
                                           : base::concat({file.path, " (the replaced file is in ", folder,
                                                           "/set-aside/", file.set_aside, ")"}));
  }
  return base::join(texts, ", ");
}

Result<std::vector<std::string>> environment_keys_of(const bus::ServiceDefinition& definition) {
  std::vector<std::string> keys = definition.environment_keys;
  for (const auto& file : definition.environment_files) {
    keys.push_back("EnvironmentFile=" + file.path);
    const auto text = fs::read_trusted_file(file.path, definition_file_limit);
    if (!text && !fs::is_answer(text.error()))
      return base::pass(text.error(), "reading an EnvironmentFile= of the unit");
    if (!text) continue;
    const auto more = systemd::environment_file_keys(*text);
    keys.insert(keys.end(), more.begin(), more.end());
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace update
