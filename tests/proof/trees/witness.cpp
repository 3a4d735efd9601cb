// SPDX-License-Identifier: MIT
#include "trees/witness.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.hpp"
#include "trees/plot.hpp"

namespace trees {
namespace {

constexpr std::uint32_t reads = IN_OPEN | IN_ACCESS;
constexpr std::uint32_t changes_of_any_kind = IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                              IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;

bool is_alias(const std::string& name) {
  return name.starts_with("linked");
}

bool is_mounted(const std::string& name) {
  return name.starts_with("mounted");
}

std::string time_of(const timespec& time) {
  return std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec);
}

std::string content_of(const std::string& path, mode_t mode) {
  if (S_ISLNK(mode)) return std::filesystem::read_symlink(path);
  std::string content;
  if (S_ISDIR(mode)) {
    for (const auto& entry : std::filesystem::directory_iterator(path)) content += entry.path().filename();
    return std::to_string(std::hash<std::string>{}(content));
  }
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> everything_in(const std::string& path) {
  std::vector<std::string> all{path};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) all.push_back(entry.path());
  return all;
}

std::string words_of(std::uint32_t mask) {
  constexpr std::array<std::pair<std::uint32_t, const char*>, 10> words{
      {{IN_OPEN, "opened"},
       {IN_ACCESS, "read"},
       {IN_MODIFY, "written to"},
       {IN_ATTRIB, "given other attributes"},
       {IN_CREATE, "given a new entry"},
       {IN_DELETE, "emptied of an entry"},
       {IN_MOVED_FROM, "emptied of an entry"},
       {IN_MOVED_TO, "given a new entry"},
       {IN_DELETE_SELF, "removed"},
       {IN_MOVE_SELF, "renamed"}}};
  std::vector<std::string> found;
  for (const auto& [bit, word] : words) {
    if ((mask & bit) != 0) found.emplace_back(word);
  }
  return base::join(found, ", ");
}

}  // namespace

Witness::Witness(std::string path) : path_(std::move(path)) {
  lay_out();
  inotify_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  require(inotify_ >= 0, "watch the sentinels");
  for (const std::string& sentinel : everything_in(path_)) watch(sentinel);
  known_ = look();
  (void)events();
}

Witness::~Witness() {
  ::close(inotify_);
}

// The names are those of the hostile trees: who is led here finds what it would have found there.
void Witness::lay_out() const {
  const auto at = [&](const char* relative) { return path_ + "/" + relative; };
  make_folder(path_, 0, 0777);
  make_file(at("secret"), "a secret of root's\n", 0, 0600);
  make_file(at("readable"), "for everybody to read\n", 0, 0644);
  make_file(at("open"), "for everybody to write\n", 0, 0666);
  make_file(at("theirs"), "of the lesser user, and not in the tree\n", lesser_user, 0600);
  make_file(at("program"), "#!/bin/true\n", 0, 04755);
  make_file(at("linked"), "a secret with a second name\n", 0, 0600);
  make_file(at("linked-readable"), "not secret, with a second name\n", 0, 0644);
  make_link("secret", at("link"), 0);
  for (const char* folder : {"folder", "folder/sub", "folder/sub/deeper", "folder/deeper",
                             "folder/node_modules", "folder/node_modules/dep"}) {
    make_folder(at(folder), 0, 0777);
  }
  for (const char* file :
       {"folder/entry", "folder/plain", "folder/inner", "folder/sub/inner", "folder/sub/deeper/leaf",
        "folder/deeper/leaf", "folder/entry.json", "folder/entry.sqlite", "folder/package.json",
        "folder/node_modules/dep/package.json", "folder/inventory.json", "folder/guard.json",
        "folder/owner.json"}) {
    make_file(at(file), "{\"name\":\"dep\",\"version\":\"1.0.0\",\"dependencies\":{\"secret-name\":\"1\"}}\n",
              0, 0666);
  }
  make_folder(at("theirs-folder"), lesser_user, 0700);
  for (const char* file : {"theirs-folder/entry", "theirs-folder/plain", "theirs-folder/package.json"})
    make_file(at(file), "{}\n", lesser_user, 0600);
  make_folder(at("mounted"), 0);
  make_folder(at("mounted/sub"), 0);
  make_file(at("mounted/plain"), "beneath a mount\n", 0, 0644);
  make_file(at("mounted/sub/inner"), "beneath a mount\n", 0, 0644);
  make_file(at("mounted/package.json"), "{}\n", 0, 0644);
}

void Witness::watch(const std::string& path) {
  const std::uint32_t mask = reads | changes_of_any_kind | IN_DONT_FOLLOW;
  const int number = ::inotify_add_watch(inotify_, path.c_str(), mask);
  require(number >= 0, "watch " + path);
  watched_[number] = path == path_ ? "the folder of the sentinels" : path.substr(path_.size() + 1);
}

std::map<std::string, Witness::Record> Witness::look() const {
  std::map<std::string, Record> found;
  for (const std::string& path : everything_in(path_)) {
    struct stat status = {};
    require(::lstat(path.c_str(), &status) == 0, path);
    Record record;
    record.fixed = base::concat({std::to_string(status.st_ino), " mode ", std::to_string(status.st_mode),
                                 " of ", std::to_string(status.st_uid), ":", std::to_string(status.st_gid),
                                 ", ", std::to_string(status.st_size), " bytes, modified ",
                                 time_of(status.st_mtim), ": ", content_of(path, status.st_mode)});
    record.counted =
        base::concat({std::to_string(status.st_nlink), " names, changed ", time_of(status.st_ctim)});
    found[path == path_ ? "the folder of the sentinels" : path.substr(path_.size() + 1)] = record;
  }
  return found;
}

// Of each sentinel, what was done with it, in words.
std::map<std::string, std::string> Witness::events() {
  alignas(inotify_event) std::array<char, 65536> buffer{};
  std::map<std::string, std::uint32_t> masks;
  for (;;) {
    const ssize_t got = ::read(inotify_, buffer.data(), buffer.size());
    if (got <= 0) break;
    for (ssize_t at = 0; at < got;) {
      inotify_event event = {};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      // A folder reports what is done to the entries in it, too: each of them is watched itself.
      const bool of_entry = event.len > 0 && (event.mask & (reads | IN_ATTRIB | IN_MODIFY)) != 0;
      if (!of_entry) masks[watched_[event.wd]] |= event.mask;
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
  std::map<std::string, std::string> said;
  for (const auto& [name, mask] : masks) {
    if (std::string words = words_of(mask); !words.empty()) said[name] = std::move(words);
  }
  return said;
}

std::vector<std::string> Witness::changes(const Allowance& allowance) {
  const auto happened = events();
  auto now = look();
  std::vector<std::string> changes;
  for (const auto& [name, words] : happened) {
    const bool may_be_opened = allowance.aliases && is_alias(name);
    const bool is_read_only = words == "opened" || words == "read" || words == "opened, read";
    const bool may_be_read = (allowance.reads && is_read_only) ||
                             (may_be_opened && (allowance.reads_aliases || name == "linked-readable")) ||
                             (allowance.mounted && is_mounted(name));
    if (may_be_read) continue;
    // The owner of a file shows only when it is open.
    if (may_be_opened && words.find("read") == std::string::npos) continue;
    changes.push_back(base::concat({name, " was ", words}));
  }
  for (const auto& [name, record] : known_) {
    const auto found = now.find(name);
    if (found == now.end()) {
      changes.push_back(name + " is gone");
    } else if (found->second.fixed != record.fixed) {
      changes.push_back(base::concat({name, " was ", record.fixed, " and is ", found->second.fixed}));
    } else if (found->second.counted != record.counted && !(allowance.aliases && is_alias(name))) {
      changes.push_back(base::concat({name, " had ", record.counted, ", and has ", found->second.counted}));
    }
  }
  for (const auto& [name, record] : now) {
    if (!known_.contains(name)) changes.push_back(name + " is new");
  }
  known_ = std::move(now);
  (void)events();  // of this look itself
  return changes;
}

}  // namespace trees
