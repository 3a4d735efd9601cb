// SPDX-License-Identifier: MIT
#include "update/adoption/home_move.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/list.hpp"
#include "openclaw/locations.hpp"
#include "openclaw/named_paths.hpp"
#include "update/adoption/command.hpp"
#include "update/adoption/obstacles.hpp"
#include "update/adoption/refusal.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;

std::string folder_above(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

std::string place_behind_links(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
  return real ? real.get() : "";
}

Result<bool> has_something_at(const std::string& path) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) == 0) return true;
  auto failure = fs::fail_at(errno, "look for", path);
  if (fs::is_answer(failure.value())) return false;
  return failure;
}

// --- the user

bool is_root(const std::string& user) {
  return user.empty() || user == "root" || user == "0";
}

// A name that is valid for a folder and for useradd(8).
bool is_user_name(std::string_view name) {
  constexpr std::string_view first = "abcdefghijklmnopqrstuvwxyz_", more = "0123456789-";
  if (name.empty() || name.size() > 31 || first.find(name.front()) == std::string_view::npos) return false;
  return std::ranges::all_of(name, [&](char c) {
    return first.find(c) != std::string_view::npos || more.find(c) != std::string_view::npos;
  });
}

// Refuses users of other programs, whose code must not get access to a gateway's secrets.
Result<void> require_user_for_a_gateway(const std::string& name, const std::optional<Account>& account) {
  constexpr std::array<std::string_view, 3> others{"nobody", "openclaw-fetch", "openclaw-finish"};
  constexpr uid_t nobody = 65534, first_dynamic = 61184, last_dynamic = 65519;
  const std::string next = "; name another user, such as openclaw, which is created if it does not exist";
  if (!is_user_name(name)) return refuse({"\"", name, "\" cannot be the name of the gateway's user", next});
  if (std::ranges::find(others, name) != others.end()) {
    return refuse({"the user ", name,
                   " is in use by other programs, which could then read the gateway's secrets", next});
  }
  if (!account) return {};
  const uid_t user = account->user;
  if (user == 0) return refuse({"the user ", name, " is another name of root", next});
  if (user == nobody || (user >= first_dynamic && user <= last_dynamic)) {
    return refuse({"the user ", name, " (", std::to_string(user), ") is a temporary user", next});
  }
  return {};
}

// --- its home

std::string roots_home() {
  const struct passwd* const root = ::getpwuid(0);
  return root == nullptr || root->pw_dir == nullptr ? "/root" : root->pw_dir;
}

base::Environment environment_of(const Installation& found) {
  base::Environment environment(found.definition.locations.begin(), found.definition.locations.end());
  // A service without User= has no HOME, and OpenClaw uses the user database.
  environment.try_emplace("HOME", roots_home());
  openclaw::apply_profile(openclaw::read_gateway_arguments(found.launch.arguments).profile, environment);
  return environment;
}

std::string drop_in_for(const Installation& found, const AdoptionPlaces& places) {
  return base::concat({places.units, "/", found.unit, ".d/40-user.conf"});
}

// If the state is not in root's home, it need not be moved for the user to access it.
std::string without_a_copy(const Installation& found, const AdoptionPlaces& places, const std::string& user,
                           const std::string& folder) {
  return base::concat({"a copy is not needed: systemctl stop ", found.unit, "; useradd -r ", user,
                       " (if the user does not exist); chown -R ", user, ": ", folder,
                       "; write the lines [Service], User=", user, " and Environment=HOME=", folder, " into ",
                       drop_in_for(found, places), "; systemctl daemon-reload; openclaw-update adopt ",
                       found.unit, "; systemctl start ", found.unit});
}

Result<void> require_in_home(const Installation& found, const AdoptionPlaces& places, const MovedHome& moved,
                             const std::string& what, const std::string& folder) {
  for (const std::string& name : found.definition.state_directories) {
    if (!is_beneath("/var/lib/" + name, folder)) continue;
    return refuse({what, " of ", found.unit, " is in its StateDirectory=, ", folder,
                   ", which systemd assigns to the unit's User=; ",
                   without_a_copy(found, places, moved.user, "/var/lib/" + name)});
  }
  if (folder == moved.home || !is_beneath(moved.home, folder)) {
    return refuse({what, " of ", found.unit, " is in ", folder, ", not in a folder of ", moved.home, "; ",
                   folder == moved.home
                       ? "set OPENCLAW_STATE_DIR or OPENCLAW_CONFIG_PATH so that it is in one"
                       : without_a_copy(found, places, moved.user, folder)});
  }
  const std::string real = place_behind_links(folder);
  if (real.empty()) {
    return base::fail(
        ErrorKind::not_found,
        base::concat({what, " of ", found.unit, " would be in ", folder, ", which does not exist; ",
                      "start the gateway once, or set its location (Environment=HOME=)"}));
  }
  const std::string expected = place_behind_links(moved.home) + folder.substr(moved.home.size());
  if (real == expected) return {};
  return refuse({folder, " is a link to ", real, ", where ", moved.user,
                 " has no access; replace the link by the folder: systemctl stop ", found.unit, "; rm ",
                 folder, "; mv ", real, " ", folder, "; then repeat the command"});
}

// --- the parts that are copied

void add_item(std::vector<std::string>& items, const std::string& item) {
  for (const std::string& known : items) {
    if (is_beneath(known, item)) return;
  }
  std::erase_if(items, [&](const std::string& known) { return is_beneath(item, known); });
  items.push_back(item);
}

using openclaw::NamedPaths;
using openclaw::without_dots;

// Folders in which the gateway works, and files that its config includes by an absolute path.
Result<NamedPaths> named_paths(const Installation& found, const openclaw::Locations& locations,
                               const std::string& home) {
  auto read = openclaw::read_named_paths(locations);
  if (!read) return base::pass(read.error());
  NamedPaths paths = std::move(*read);
  paths.known.push_back(home + "/.config/openclaw");
  if (locations.state.ends_with("/.clawdbot")) paths.known.push_back(locations.home + "/clawd");
  const std::string& desk = found.definition.working_directory;
  if (desk.starts_with('/') && without_dots(desk) != home) paths.known.push_back(without_dots(desk));
  return paths;
}

Result<void> add_items(MovedHome& moved, const openclaw::Locations& locations, const NamedPaths& paths) {
  const auto item_of = [&](const std::string& path) { return path.substr(moved.home.size() + 1); };
  add_item(moved.items, item_of(locations.state));
  add_item(moved.items, item_of(folder_above(locations.config)));
  for (const std::string& path : paths.known) {
    if (path == moved.home) {
      return refuse(
          {locations.config, " makes an agent work in ", moved.home,
           " itself, with all files of root; give the agent a separate folder there ",
           "(agents.defaults.workspace or agents.list[].workspace), and then the same command again"});
    }
    if (!is_beneath(moved.home, path)) continue;
    const auto is_there = has_something_at(path);
    if (!is_there) return base::pass(is_there.error());
    if (*is_there) add_item(moved.items, item_of(path));
  }
  return {};
}

// Other files that the gateway could use as root, or that its tools look for: not copied automatically. One
// of which the disk does not say whether it is there is named as well.
std::vector<std::string> what_stays(const MovedHome& moved) {
  constexpr std::array<std::string_view, 14> used_by_tools{
      ".ssh",    ".gitconfig",   ".git-credentials", ".config/gh", ".netrc",  ".npmrc", ".aws",
      ".claude", ".claude.json", ".codex",           ".gemini",    ".docker", ".kube",  ".gnupg"};
  std::vector<std::string> left;
  for (const std::string_view name : used_by_tools) {
    if (!is_carried(moved, name) && has_something_at(base::concat({moved.home, "/", name})).value_or(true))
      left.emplace_back(name);
  }
  return left;
}

// --- programs that would not run

// A Node, or another program, in the home that the command names: only root can access it.
Result<void> require_programs_outside(const Installation& found, const AdoptionPlaces& places,
                                      const MovedHome& moved) {
  const std::string& node = found.resolved_node.empty() ? found.launch.node : found.resolved_node;
  if (is_beneath(moved.home, node) || is_beneath(moved.home, found.launch.node)) {
    const std::string prefix = folder_above(folder_above(node));
    const std::string copy = "/opt/node-" + prefix.substr(prefix.rfind('/') + 1);
    return refuse({found.unit, " runs ", found.launch.node, ", a Node in ", moved.home, ", where ",
                   moved.user, " has no access; copy it to a place that all users can access, cp -a ", prefix,
                   " ", copy, ", and ", command_to_write_with(found, places, copy + "/bin/node")});
  }
  for (std::size_t i = 0; i < found.definition.exec_start.size(); ++i) {
    const std::string& word = found.definition.exec_start[i];
    const bool is_package = i < found.resolved_command.size() && !found.package_root.empty() &&
                            is_beneath(found.package_root, found.resolved_command[i]);
    if (is_package || !is_beneath(moved.home, word)) continue;
    const auto is_there = has_something_at(word);
    if (!is_there) return base::pass(is_there.error());
    if (!*is_there) continue;
    if (is_carried(moved, word.substr(std::min(word.size(), moved.home.size() + 1)))) continue;
    return refuse({"the command of ", found.unit, " names ", word, ", which is not copied for ", moved.user,
                   "; move it to a place that all users can access, such as /usr/local, change ExecStart=, ",
                   "systemctl daemon-reload, and then the same command again"});
  }
  return {};
}

Result<void> require_free(const MovedHome& moved) {
  const auto is_there = has_something_at(moved.place);
  if (!is_there) return base::pass(is_there.error());
  if (!*is_there) return {};
  const auto folder = fs::open_directory(moved.place);
  const auto entries = folder ? fs::list_directory(folder->get()) : tl::unexpected(folder.error());
  if (entries && entries->empty()) return {};
  return refuse({moved.place, " already exists, and is the place for the copy of ", moved.home,
                 "; move it away (mv ", moved.place, " ", moved.place, ".old), or name another user"});
}

// --- notes

void note_folders_elsewhere(const std::vector<std::string>& folders, const MovedHome& moved,
                            std::vector<std::string>& notes) {
  for (const std::string& folder : folders) {
    struct stat status = {};
    if (!folder.starts_with('/') || is_beneath(moved.home, folder) || ::stat(folder.c_str(), &status) != 0)
      continue;
    if (is_hidden_by_protect_home(folder)) {
      notes.push_back(base::concat(
          {folder, ", which the config names, is no longer visible to the gateway; add BindPaths=", folder,
           " to its unit, and change its owner to ", moved.user, " (chown -R)"}));
    } else if (status.st_uid == 0) {
      notes.push_back(base::concat(
          {folder,
           ", which the config names, belongs to root: the gateway cannot write there until chown -R ",
           moved.user, ": ", folder}));
    }
  }
}

std::vector<std::string> notes_of_move(const Installation& found, const MovedHome& moved,
                                       const NamedPaths& paths) {
  std::vector<std::string> notes;
  const std::string items = base::join(moved.items, ", ");
  notes.push_back(base::concat(
      {"the originals (", items, ") stay in ", moved.home,
       " for adopt --undo, with the same secrets as the copy; when the gateway works, remove them",
       " there: adopt --undo is then no longer possible"}));
  if (const auto left = what_stays(moved); !left.empty()) {
    notes.push_back(
        base::concat({"not copied, although the gateway could read these as root: ", base::join(left, ", "),
                      "; copy those that its agents need (cp -a) from ", moved.home, " to ", moved.place,
                      " and chown -R ", moved.user, ": them there"}));
  }
  for (const auto& file : found.definition.environment_files) {
    if (!is_beneath(moved.home, file.path)) continue;
    notes.push_back(base::concat({"EnvironmentFile=", file.path, " is read by systemd, and therefore from ",
                                  moved.home, " and not from the copy: edit it there, and keep it"}));
  }
  note_folders_elsewhere(paths.known, moved, notes);
  for (const std::string& path : paths.unknown) {
    notes.push_back(
        base::concat({"which folder the config means by ", path, " is not known; if it is in ", moved.home,
                      ", copy it to ", moved.place, ", too, and chown -R ", moved.user, ": them there"}));
  }
  if (paths.of_sandbox) {
    notes.push_back(base::concat({"agents work in containers (sandbox.mode of the config), and ", moved.user,
                                  " has no access to Docker; usermod -aG docker ", moved.user,
                                  " grants it, which is equivalent to root access"}));
  }
  if (sets_other_commands(found)) {
    notes.push_back(base::concat(
        {"the other commands of ", found.unit, " (ExecStartPre= and similar) run as ", moved.user, ", too"}));
  }
  return notes;
}

}  // namespace

bool is_carried(const MovedHome& moved, std::string_view path) {
  return std::ranges::any_of(
      moved.items, [&](const std::string& item) { return is_beneath(item, path) || is_beneath(path, item); });
}

Result<HomeMove> plan_home_move(const Installation& found, const std::string& user, Accounts& accounts,
                                const AdoptionPlaces& places) {
  if (!is_root(found.definition.user)) {
    return refuse(
        {found.unit, " runs as ", found.definition.user, ", not as root; adopt it without --to-user"});
  }
  const auto account = accounts.find(user);
  if (!account) return base::pass(account.error());
  if (auto fits = require_user_for_a_gateway(user, *account); !fits) return base::pass(fits.error());
  Installation as_user = found;
  as_user.definition.user = user;
  if (auto fits = require_adoptable_unit(as_user); !fits) return base::pass(fits.error());
  const base::Environment environment = environment_of(found);
  const openclaw::Locations locations = openclaw::locations_of(environment);
  HomeMove move;
  MovedHome& moved = move.moved;
  moved.user = user;
  moved.makes_account = !*account;
  if (moved.makes_account && !places.gateway.empty()) {
    return refuse({"there is no user ", user,
                   ", and the folders of a gateway with a name belong to its user's group; ", "useradd -r ",
                   user, ", and then repeat the command"});
  }
  moved.home = without_dots(environment.find("HOME")->second);
  moved.place = places.homes + "/" + user;
  const std::pair<const char*, std::string> wanted[] = {{"the state", locations.state},
                                                        {"the config", folder_above(locations.config)}};
  for (const auto& [what, folder] : wanted) {
    if (auto in = require_in_home(found, places, moved, what, folder); !in) return base::pass(in.error());
  }
  const auto paths = named_paths(found, locations, moved.home);
  if (!paths) return base::pass(paths.error());
  if (auto added = add_items(moved, locations, *paths); !added) return base::pass(added.error());
  if (auto outside = require_programs_outside(found, places, moved); !outside) {
    return base::pass(outside.error());
  }
  if (auto free = require_free(moved); !free) return base::pass(free.error());
  move.notes = notes_of_move(found, moved, *paths);
  return move;
}

void run_as_its_user(Installation& found, const MovedHome& moved) {
  found.definition.user = moved.user;
  found.definition.group.clear();
  found.definition.locations.insert_or_assign("HOME", moved.home);
  found.account_home = moved.home;
  found.moved_home = moved;
}

std::string command_line_of(const MovedHome& moved, const std::string& node, const std::string& current) {
  return base::concat({"systemd-run -qtG --wait -p User=", moved.user, " -E HOME=", moved.home,
                       " -p BindPaths=", moved.place, ":", moved.home, " ", node.empty() ? "node" : node, " ",
                       current, "/openclaw.mjs"});
}

}  // namespace update
