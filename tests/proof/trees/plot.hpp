// SPDX-License-Identifier: MIT
// The ground on which one shape of a tree meets one operation: a folder of its own, with a hostile tree in it
// and the sentinels beside it.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace trees {

// The less trusted user whose trees these are, and another one. Neither is in the user database.
inline constexpr uid_t lesser_user = 64'111;
inline constexpr uid_t other_user = 64'222;

struct Plot {
  std::string root;     // root's: everything of this pair is in it
  std::string outside;  // the sentinels: another tree on the same file system
  std::string tree;     // where the hostile tree is, which the operation's place decides
  std::string entry =
      "entry";  // the name of what is hostile in it: some operations look at certain names only
  uid_t owner = lesser_user;

  [[nodiscard]] std::string path(std::string_view relative) const {
    return root + "/" + std::string(relative);
  }
  [[nodiscard]] std::string in_tree(std::string_view relative) const {
    return tree + "/" + std::string(relative);
  }
  [[nodiscard]] std::string hostile() const { return in_tree(entry); }
};

// All of these act as root while a tree is laid out, and end the program when they fail: a shape that was not
// made proves nothing. `owner` becomes the owner; parents must exist.
void make_folder(const std::string& path, uid_t owner, mode_t mode = 0755);
void make_folders(const std::string& path, uid_t owner);  // also what is missing above
void make_file(const std::string& path, std::string_view content, uid_t owner, mode_t mode = 0644);
void make_sparse(const std::string& path, off_t size, uid_t owner);
void make_link(const std::string& target, const std::string& path, uid_t owner);
void make_node(const std::string& path, mode_t type, dev_t device, uid_t owner);
void make_socket(const std::string& path, uid_t owner);
void give(const std::string& path, uid_t owner, mode_t mode);
void require(bool done, std::string_view what);

// A program, without a shell; true when it succeeds.
bool run_program(const std::vector<std::string>& words);

// Removes all of it, whatever it is: flags are cleared, and mounts below it are taken away.
void clear_away(const std::string& path);

// Folders with a few files, as a package or a state has them. `hostile` is what the entry is beside.
void make_ordinary_tree(const Plot& plot);

}  // namespace trees
