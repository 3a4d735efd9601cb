// SPDX-License-Identifier: MIT
// Opening and creating names beneath a directory, never outside it.
//
// A staged root is writable by the gateway's user, so any component of a path in it can be a symlink, and can
// become one between two calls. Every function here resolves with openat2(RESOLVE_BENEATH |
// RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS) where links are not wanted; kernels or sandboxes without
// openat2 (ENOSYS, EPERM by seccomp) get a walk component by component with O_NOFOLLOW that gives the same
// guarantee.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace fs {

// A directory named by path, for the trusted start of a walk (follows links: the administrator may have
// placed one).
[[nodiscard]] base::Result<base::UniqueFd> open_directory(const std::string& path);

// mkdir -p of a path that no less trusted user can write to, links followed: `mode` less the umask,
// for the created folders, whose names are on the disk then.
[[nodiscard]] base::Result<void> make_folders(const std::string& path, mode_t mode = 0755);

// `path` is relative, without "..", and no component may be a symlink, the last one included: otherwise the
// error is `refused`, with ELOOP (a symlink) or EXDEV (leaves the root). "." is the directory itself. A name
// that does not exist is `not_found`.
[[nodiscard]] base::Result<base::UniqueFd> open_beneath(int dir_fd, std::string_view path, int flags,
                                                        mode_t mode = 0);
[[nodiscard]] base::Result<base::UniqueFd> open_directory_beneath(int dir_fd, std::string_view path);

// mkdir -p beneath, `mode` less the umask; existing real directories are kept as they are; a symlink or file
// in the way is an error. Answers the last directory opened.
[[nodiscard]] base::Result<base::UniqueFd> make_directories_beneath(int dir_fd, std::string_view path,
                                                                    mode_t mode = 0755);

// The same, and the names of the created folders are on the disk: for what is written durably in them, which
// would be lost together with its folder.
[[nodiscard]] base::Result<base::UniqueFd> make_directories_durably(int dir_fd, std::string_view path,
                                                                    mode_t mode = 0755);

// The folder that holds the last component of `path`, for calls that take (directory fd, name): unlinkat,
// renameat… `path` must be safe (is_safe_relative). The descriptor is an O_PATH one.
struct Parent {
  base::UniqueFd owned;  // none where `path` is a single name: then `fd` is the caller's own
  int fd = -1;
  std::string name;
};
[[nodiscard]] base::Result<Parent> open_parent_beneath(int dir_fd, std::string_view path);

// lstat beneath: never follows the last component either.
[[nodiscard]] base::Result<struct stat> stat_beneath(int dir_fd, std::string_view path);
// Of an error of these functions: the path leads to nothing beneath, also because it goes through a file or a
// link. Another error (EIO, EMFILE, EACCES) says nothing about what is there.
[[nodiscard]] bool is_absent(const base::Error& error);
// The kernel has said what is there: nothing, no folder, not for this user. After any other error (EIO,
// EMFILE, ENOMEM, ESTALE) it is not known, which is no reason to leave out, replace or remove anything.
[[nodiscard]] bool is_answer(const base::Error& error);
[[nodiscard]] base::Result<bool> is_there_beneath(int dir_fd, std::string_view path);
// Any other error counts as absent, for what is only told or made again; or as present, where the absence of
// a hold, a record, a -wal would be acted upon: what is done next with it reports the error.
[[nodiscard]] bool exists_beneath(int dir_fd, std::string_view path);
[[nodiscard]] bool may_exist_beneath(int dir_fd, std::string_view path);

// Where the folder is, or `path` in it, for a message; only `path` ("." for the folder itself) where /proc
// cannot tell.
[[nodiscard]] std::string path_of(int dir_fd, std::string_view path = ".");

// A folder with a random name "<prefix>XXXXXX" in `dir_fd`, private unless `mode` says otherwise; answers its
// name.
[[nodiscard]] base::Result<std::string> make_temporary_directory(int dir_fd, std::string_view prefix,
                                                                 mode_t mode = 0700);
// Such a name, not yet taken by anything: for O_EXCL, mkdirat and the like.
[[nodiscard]] std::string temporary_name(std::string_view prefix);

// Relative, no empty, "." or ".." component, no NUL: what may be used as a path beneath a root.
[[nodiscard]] bool is_safe_relative(std::string_view path);

}  // namespace fs
