// SPDX-License-Identifier: MIT
#include "config/settings.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "config/ini_text.hpp"
#include "config/keys.hpp"
#include "config/overlay.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"

namespace config {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::size_t file_limit = std::size_t{1} * 1024 * 1024;
constexpr std::string_view extension = ".ini";

// The file does not exist. A dangling link is a mistake, and does not count as absent.
bool is_absent(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

tl::unexpected<base::Error> unreadable(const base::Error& error, const std::string& path) {
  base::Error known = error;
  known.kind = ErrorKind::bad_input;
  if (error.number == EACCES) {
    known.message += "; the user that runs this must be able to read " + path;
  } else if (error.number == ENOENT) {
    known.message += "; the target of the link does not exist";
  }
  return tl::make_unexpected(std::move(known));
}

Result<void> load_file(const std::string& path, Settings& settings) {
  const auto text = fs::read_trusted_file(path, file_limit);
  if (!text) return unreadable(text.error(), path);
  const auto assignments = read_ini(*text, path);
  if (!assignments) return base::pass(assignments.error());
  if (auto done = apply(*assignments, path, settings); !done) return done;
  settings.files.push_back(path);
  return {};
}

// *.ini by name bytes, so that 10-site.ini comes before 50-host.ini; hidden files are editors' leftovers.
bool is_drop_in(std::string_view name) {
  return name.size() > extension.size() && name.front() != '.' &&
         name.substr(name.size() - extension.size()) == extension;
}

Result<void> load_drop_ins(const std::string& folder, Settings& settings) {
  if (is_absent(folder)) return {};
  const auto fd = fs::open_directory(folder);
  if (!fd) return unreadable(fd.error(), folder);
  const auto entries = fs::list_directory(fd->get());
  if (!entries) return unreadable(entries.error(), folder);
  for (const fs::DirectoryEntry& entry : *entries) {
    if (!is_drop_in(entry.name)) continue;
    if (auto done = load_file(folder + "/" + entry.name, settings); !done) return done;
  }
  return {};
}

}  // namespace

Result<void> load_over(const std::string& path, Settings& settings) {
  if (!is_absent(path)) {
    if (auto done = load_file(path, settings); !done) return done;
  }
  return load_drop_ins(path + ".d", settings);
}

Result<Settings> load(const SettingsFiles& files) {
  Settings settings;
  if (!files.site.empty()) {
    if (auto done = load_over(files.site, settings); !done) return base::pass(done.error());
    settings.gateway = {};
    settings.gateway.state_directory = files.state_directory;
    settings.site_files = std::exchange(settings.files, {});
  }
  if (auto done = load_over(files.path, settings); !done) return base::pass(done.error());
  return settings;
}

}  // namespace config
