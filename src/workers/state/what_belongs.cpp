// SPDX-License-Identifier: MIT
#include "workers/state/what_belongs.hpp"

#include <dirent.h>
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <span>
#include <utility>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/list.hpp"
#include "fs/syscalls.hpp"
#include "fs/walk.hpp"
#include "openclaw/config_includes.hpp"
#include "workers/state/move.hpp"

namespace workers::state {
namespace {

using base::Result;

struct Row {
  std::string_view pattern;  // relative to the state; * within one component
  RestoreRule rule = RestoreRule::exact;
  bool aside_when_new = false;
};

// Newer releases move several of these into their database and rename or remove the file: after a rollback,
// the older release needs the file again. node_modules of plugins are not copied, because package.json and
// the lock file are sufficient to install them again.
constexpr std::array rows = {
    Row{".env", RestoreRule::exact, true},
    Row{"gateway.systemd.env", RestoreRule::exact, true},
    // OpenClaw returns to this file by itself if it does not accept openclaw.json (5.12).
    Row{"openclaw.json.last-good", RestoreRule::exact, true},
    Row{"exec-approvals.json"},
    Row{"cron/*.json"},
    Row{"plugins/*.json"},
    Row{"npm/package.json"},
    Row{"npm/package-lock.json"},
    Row{"npm/projects/*/package.json"},
    Row{"npm/projects/*/package-lock.json"},
    // Such a marker retires a plugin's older copy (5.28+), which an older release then does not load.
    Row{"npm/.openclaw-retained-npm-installs/*.json", RestoreRule::exact, true},
    Row{"extensions/*/package.json"},
    Row{"extensions/*/openclaw.plugin.json"},
    Row{"identity/*.json", RestoreRule::if_missing},
    Row{"devices/*.json", RestoreRule::if_missing},
    Row{"agents/*/agent/*.json", RestoreRule::if_missing},
    Row{"agents/*/sessions/sessions.json", RestoreRule::if_missing},
    // `openclaw doctor --fix` of 2026.8.2 and 2026.9.2 moves these into the database.
    Row{"acp/*.json", RestoreRule::if_missing},
    Row{"bindings/*.json", RestoreRule::if_missing},
    Row{"commitments/*.json", RestoreRule::if_missing},
    Row{"credentials/*-allowFrom.json", RestoreRule::if_missing},
    Row{"credentials/*-pairing.json", RestoreRule::if_missing},
    Row{"credentials/oauth.json", RestoreRule::if_missing},
    Row{"logs/config-health.json", RestoreRule::if_missing},
    Row{"push/*.json", RestoreRule::if_missing},
    Row{"sessions/sessions.json", RestoreRule::if_missing},
    Row{"settings/*.json", RestoreRule::if_missing},
    Row{"subagents/*.json", RestoreRule::if_missing},
    Row{"telegram/*.json", RestoreRule::if_missing},
    Row{"tui/*.json", RestoreRule::if_missing},
    Row{"update-check.json", RestoreRule::if_missing},
};

// An older release that returns may have appended to them since: only missing ones are restored.
constexpr std::array transcript_rows = {
    Row{"agents/*/sessions/*.jsonl", RestoreRule::if_missing},
    Row{"sessions/*.jsonl", RestoreRule::if_missing},
};

// Folders of the state without databases of OpenClaw: caches, files of users and browsers, locks (9.6 keeps
// its locks in SQLite files in tmp/), and what this suite can create again.
constexpr std::array<std::string_view, 17> without_databases = {
    "backups", "browser",     "cache",       "credentials",         "extensions", "logs",
    "media",   "npm",         "plugin-view", "plugin-runtime-deps", "sandboxes",  "snapshots",
    "spill",   "staged-deps", "tmp",         "workspace",           "workspaces",
};
constexpr std::size_t database_depth = 6;

bool is_pruned(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (name == "node_modules" || name == ".git") return true;
  if (static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) + 1 >= database_depth) return true;
  if (path.find('/') != std::string_view::npos) return false;
  return name.starts_with("workspace-") || name.starts_with(".") ||
         std::find(without_databases.begin(), without_databases.end(), name) != without_databases.end();
}

bool has_database_name(std::string_view name) {
  if (name.ends_with(".lock.sqlite")) return false;
  return name.ends_with(".sqlite") || name.ends_with(".sqlite3") || name.ends_with(".db");
}

// For SQLite, an empty file is a database as well, to which nothing was ever written.
Result<bool> is_database(int dir_fd, const char* name) {
  constexpr std::string_view magic{"SQLite format 3\0", 16};
  const auto fd = fs::open_beneath(dir_fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  std::array<char, magic.size()> head{};
  if (!fd && fs::is_absent(fd.error())) return false;  // removed since
  if (!fd) return base::pass(fd.error());
  const ssize_t size = fs::syscalls::retry([&] { return ::pread(fd->get(), head.data(), head.size(), 0); });
  if (size < 0) return fs::fail_at(errno, "read", name);
  return size == ssize_t{magic.size()} && std::string_view(head.data(), head.size()) == magic;
}

class DatabaseSearch final : public fs::Visitor {
 public:
  explicit DatabaseSearch(Belongings& found) : found_(found) {}

  Result<bool> enter(const fs::WalkEntry& entry) override { return !is_pruned(entry.path); }

  Result<void> visit(const fs::WalkEntry& entry) override {
    if (entry.type == DT_LNK) note_link(entry);
    if (entry.type != DT_REG || !has_database_name(entry.name)) return {};
    const auto found = is_database(entry.dir_fd, entry.name);
    if (!found && found.error().number == EACCES) return cannot_open(entry, EACCES);
    if (!found) return base::pass(found.error(), "looking for databases");
    if (*found) {
      found_.items.push_back(
          {Root::state, std::string(entry.path), Kind::database, RestoreRule::exact, true});
    }
    return {};
  }

  // What the gateway removes during the walk, or cannot access itself, is not needed.
  Result<void> cannot_open(const fs::WalkEntry& entry, int number) override {
    if (number == EACCES && entry.path.empty()) return fs::Visitor::cannot_open(entry, number);
    if (number == EACCES) found_.notes.push_back("not examined: " + base::printable(entry.path, 512));
    if (number == ENOENT || number == EACCES) return {};
    return fs::Visitor::cannot_open(entry, number);
  }

 private:
  // The new release follows it, and changes what no snapshot contains.
  void note_link(const fs::WalkEntry& entry) {
    struct stat target {};
    if (::fstatat(entry.dir_fd, entry.name, &target, 0) != 0 || is_pruned(entry.path)) return;
    if (!S_ISDIR(target.st_mode) && !has_database_name(entry.name)) return;
    found_.notes.push_back(
        base::concat({base::printable(entry.path, 512),
                      " is a link, and what it leads to is not in the snapshot: a rollback "
                      "does not restore it; use a bind mount instead"}));
  }

  Belongings& found_;
};

// The paths that match, in a folder that may be missing. Links to folders are not followed.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the pattern
Result<void> expand(int root_fd, const std::string& folder, std::string_view pattern, const Row& row,
                    Belongings& found) {
  const std::size_t slash = pattern.find('/');
  const std::string component(pattern.substr(0, slash));
  const auto entries = fs::list_directory(root_fd, folder);
  if (!entries) {
    const int number = entries.error().number;
    if (number == ENOENT || number == ENOTDIR || number == ELOOP) return {};
    return base::pass(entries.error());
  }
  for (const auto& entry : *entries) {
    if (::fnmatch(component.c_str(), entry.name.c_str(), FNM_PERIOD) != 0) continue;
    const std::string path = folder.empty() ? entry.name : base::concat({folder, "/", entry.name});
    if (slash != std::string_view::npos) {
      if (entry.type != fs::DirectoryEntry::Type::directory) continue;
      if (auto done = expand(root_fd, path, pattern.substr(slash + 1), row, found); !done) return done;
      continue;
    }
    const bool link = entry.type == fs::DirectoryEntry::Type::symlink;
    if (!link && entry.type != fs::DirectoryEntry::Type::file) continue;
    found.items.push_back({Root::state, path, link ? Kind::link : Kind::file, row.rule, row.aside_when_new});
  }
  return {};
}

Result<void> add_rows(const Roots& roots, std::span<const Row> table, Belongings& found) {
  for (const Row& row : table) {
    if (auto done = expand(roots.state.get(), "", row.pattern, row, found); !done) return done;
  }
  return {};
}

std::string config_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool is_below(const std::string& folder, const std::string& path) {
  return path.starts_with(folder + "/");
}

// If the config cannot be parsed as JSON5, only the config itself: a snapshot is needed for a broken config
// as well.
Result<std::vector<std::string>> config_files(const Place& place, Belongings& found) {
  const auto config = openclaw::read_config_with_includes(place.config, place.include_roots);
  if (config) return config->files;
  if (!fs::is_answer(config.error())) return base::pass(config.error());
  found.notes.emplace_back("the config's $include files are not in the snapshot: the config cannot be read");
  return std::vector<std::string>{place.config};
}

Result<void> add_config(const Place& place, const Roots& roots, Belongings& found) {
  const auto files = config_files(place, found);
  if (!files) return base::pass(files.error());
  for (const std::string& file : *files) {
    const Root root = roots.config_folder.empty() || is_below(place.state, file) ? Root::state : Root::config;
    const std::string& folder = root == Root::state ? place.state : roots.config_folder;
    if (!is_below(folder, file)) {
      found.notes.push_back(
          base::printable(file, 512) +
          " is included by the config from elsewhere, and is not in the snapshot: a rollback "
          "does not change it");
      continue;
    }
    if (roots.fd(root) < 0) continue;  // its folder is not there
    const std::string path = file.substr(folder.size() + 1);
    const auto status = fs::stat_beneath(roots.fd(root), path);
    if (!status && !fs::is_answer(status.error())) return base::pass(status.error());
    if (!status) continue;
    const bool link = S_ISLNK(status->st_mode);
    if (link)
      found.notes.push_back(base::printable(path, 512) +
                            " is a link: the snapshot contains the link, not its target");
    if (link || S_ISREG(status->st_mode)) {
      found.items.push_back({root, path, link ? Kind::link : Kind::file, RestoreRule::exact, false});
    }
  }
  return {};
}

// The inventory is JSON, which has text only: under another name nothing would be found again, and one such
// file or link would make the whole snapshot useless.
void leave_out_what_is_no_text(const Roots& roots, Belongings& found) {
  std::erase_if(found.items, [&](const Item& item) {
    const bool is_link = item.kind == Kind::link;
    const bool has_name = base::is_utf8(item.path);
    // A target that cannot be read is an error of the pass, which reads it again.
    if (has_name && (!is_link || base::is_utf8(link_target_of(roots.fd(item.root), item.path).value_or(""))))
      return false;
    found.notes.push_back(base::concat({base::printable(item.path, 512), " is not in the snapshot: its ",
                                        has_name ? "target" : "name", " is not UTF-8 text"}));
    return true;
  });
}

Result<base::UniqueFd> open_root(const std::string& path) {
  auto fd = fs::open_directory(path);
  if (fd || fd.error().number != ENOENT) return fd;
  return base::UniqueFd();
}

}  // namespace

std::string_view name_of(Root root) {
  return root == Root::state ? "state" : "config";
}

std::string_view name_of(Kind kind) {
  constexpr std::array<std::string_view, 3> names = {"file", "link", "database"};
  return names.at(static_cast<std::size_t>(kind));
}

Place place_of(const std::string& service_state, const openclaw::Locations& locations) {
  return {service_state, locations.state, locations.config, locations.include_roots};
}

Result<Roots> open_roots(const Place& place) {
  Roots roots;
  auto state = open_root(place.state);
  if (!state) return base::pass(state.error());
  roots.state = std::move(*state);
  if (is_below(place.state, place.config)) return roots;
  roots.config_folder = config_folder_of(place.config);
  auto config = open_root(roots.config_folder);
  if (!config) return base::pass(config.error());
  roots.config = std::move(*config);
  return roots;
}

Result<Belongings> find_belongings(const Place& place, const Roots& roots, Transcripts transcripts) {
  Belongings found;
  if (auto done = add_config(place, roots, found); !done) return base::pass(done.error());
  if (roots.state) {
    if (auto done = add_rows(roots, rows, found); !done) return base::pass(done.error());
    if (transcripts == Transcripts::included) {
      if (auto done = add_rows(roots, transcript_rows, found); !done) return base::pass(done.error());
    }
    DatabaseSearch search(found);
    if (auto done = fs::walk(roots.state.get(), search); !done) return base::pass(done.error());
    const auto has_credentials = fs::is_there_beneath(roots.state.get(), "credentials");
    if (!has_credentials) return base::pass(has_credentials.error());
    if (*has_credentials) {
      found.notes.emplace_back(
          "of credentials/, only files that releases move into a database are copied: a rollback keeps the "
          "tokens of "
          "today");
    }
  }
  leave_out_what_is_no_text(roots, found);
  std::stable_sort(found.items.begin(), found.items.end());
  const auto same = [](const Item& one, const Item& other) { return !(one < other) && !(other < one); };
  found.items.erase(std::unique(found.items.begin(), found.items.end(), same), found.items.end());
  return found;
}

}  // namespace workers::state
