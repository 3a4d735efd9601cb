// SPDX-License-Identifier: MIT
#include "fs/beneath.hpp"

#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <utility>
#include <vector>

#include "fs/failure.hpp"
#include "fs/sync.hpp"
#include "fs/syscalls.hpp"

namespace fs {
namespace {

using base::ErrorKind;
using base::Result;
using base::UniqueFd;

constexpr int folder_flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// "a//b/./c/" as the kernel reads it: a, b, c.
std::vector<std::string> components_of(std::string_view path) {
  std::vector<std::string> components = base::split(path, '/');
  std::erase_if(components, [](const std::string& name) { return name.empty() || name == "."; });
  return components;
}

// The kernel returns EXDEV for a path that would leave the root.
int objection_to(std::string_view path) {
  if (path.empty()) return ENOENT;
  if (path.find('\0') != std::string_view::npos) return EINVAL;
  if (path.front() == '/') return EXDEV;
  for (const std::string& name : components_of(path)) {
    if (name == "..") return EXDEV;
  }
  return 0;
}

tl::unexpected<base::Error> cannot(std::string_view operation, std::string_view path, int number) {
  const bool unsafe = number == ELOOP || number == EXDEV;
  return fail_at(unsafe ? ErrorKind::refused : kind_of(number), number, operation, path);
}

bool is_symlink(int dir_fd, const std::string& name) {
  struct stat status = {};
  return ::fstatat(dir_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

// One component; answers a descriptor or a negative errno, ELOOP for any symlink as openat2 does.
int open_component(int dir_fd, const std::string& name, int flags, mode_t mode) {
  UniqueFd fd(
      syscalls::retry([&] { return ::openat(dir_fd, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode); }));
  if (!fd) {
    const int number = errno;
    return number == ENOTDIR && is_symlink(dir_fd, name) ? -ELOOP : -number;
  }
  if ((flags & O_PATH) != 0 && (flags & O_DIRECTORY) == 0) {  // O_PATH opens a link itself
    struct stat status = {};
    if (::fstat(fd.get(), &status) != 0) return -errno;
    if (S_ISLNK(status.st_mode)) return -ELOOP;
  }
  return fd.release();
}

int open_by_walk(int dir_fd, std::string_view path, int flags, mode_t mode) {
  std::vector<std::string> components = components_of(path);
  if (components.empty()) components.emplace_back(".");
  if (path.back() == '/' && (flags & O_CREAT) == 0) flags |= O_DIRECTORY;
  UniqueFd folder;
  int at = dir_fd;
  for (std::size_t i = 0; i + 1 < components.size(); ++i) {
    const int next = open_component(at, components[i], folder_flags, 0);
    if (next < 0) return next;
    folder.reset(next);
    at = folder.get();
  }
  return open_component(at, components.back(), flags, mode);
}

// A sandbox that filters openat2 answers ENOSYS or, in older container runtimes, EPERM; but EPERM is also a
// genuine answer (an immutable file). The current directory can always be named by path, so it tells the two
// apart.
bool openat2_is_blocked(int number) {
  if (number == ENOSYS) return true;
  return number == EPERM && [] {
    const UniqueFd probe(syscalls::open_beneath(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0));
    return !probe && errno == EPERM;
  }();
}

int open_without_links(int dir_fd, std::string_view path, int flags, mode_t mode) {
  const std::string text(path);
  const int fd = syscalls::open_beneath(dir_fd, text.c_str(), flags, mode);
  if (fd >= 0) return fd;
  const int number = errno;
  return openat2_is_blocked(number) ? open_by_walk(dir_fd, path, flags, mode) : -number;
}

std::string random_suffix() {
  static constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::array<unsigned char, 6> bytes{};
  // Up to 256 bytes getrandom is never interrupted; should it be missing, O_EXCL and EEXIST still keep names
  // apart.
  static std::atomic<unsigned char> without_random{0};
  if (::getrandom(bytes.data(), bytes.size(), 0) < 0) bytes[0] = ++without_random;
  std::string suffix;
  for (const unsigned char byte : bytes) suffix.push_back(alphabet[byte % alphabet.size()]);
  return suffix;
}

enum class Durable { no, yes };

Result<UniqueFd> make_directories(int dir_fd, std::string_view path, mode_t mode, Durable durable) {
  auto existing = open_directory_beneath(dir_fd, path);
  if (existing || existing.error().number != ENOENT || path.empty()) return existing;
  const std::vector<std::string> components = components_of(path);
  UniqueFd folder;
  int at = dir_fd;
  for (std::size_t i = 0; i < components.size(); ++i) {
    const bool is_new = ::mkdirat(at, components[i].c_str(), mode) == 0;
    if (!is_new && errno != EEXIST) return cannot("make directory", path, errno);
    if (is_new && durable == Durable::yes) {
      if (auto done = sync_directory(at); !done) return base::pass(std::move(done.error()));
    }
    const bool last = i + 1 == components.size();
    const int next = open_component(at, components[i], last ? O_RDONLY | O_DIRECTORY : folder_flags, 0);
    if (next < 0) return cannot("make directory", path, -next);
    folder.reset(next);
    at = folder.get();
  }
  return folder;
}

}  // namespace

Result<UniqueFd> open_directory(const std::string& path) {
  UniqueFd fd(syscalls::retry([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd) return fail_at(errno, "open directory", path);
  return fd;
}

Result<UniqueFd> open_beneath(int dir_fd, std::string_view path, int flags, mode_t mode) {
  if (const int number = objection_to(path); number != 0) return cannot("open", path, number);
  const int fd = open_without_links(dir_fd, path, flags, mode);
  if (fd < 0) return path == "." ? cannot("open", path_of(dir_fd), -fd) : cannot("open", path, -fd);
  return UniqueFd(fd);
}

Result<UniqueFd> open_directory_beneath(int dir_fd, std::string_view path) {
  return open_beneath(dir_fd, path, O_RDONLY | O_DIRECTORY);
}

Result<void> make_folders(const std::string& path, mode_t mode) {
  for (std::size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
    const std::string folder = path.substr(0, at);
    struct stat status = {};
    if (::mkdir(folder.c_str(), mode) != 0) {
      // What is there need not be writable.
      const int number = errno;
      if (::stat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
        return base::fail_errno(number, "cannot make " + folder);
    } else if (auto done = sync_parent(folder); !done) {
      return done;
    }
    if (at == std::string::npos) return {};
  }
}

Result<UniqueFd> make_directories_beneath(int dir_fd, std::string_view path, mode_t mode) {
  return make_directories(dir_fd, path, mode, Durable::no);
}

Result<UniqueFd> make_directories_durably(int dir_fd, std::string_view path, mode_t mode) {
  return make_directories(dir_fd, path, mode, Durable::yes);
}

Result<Parent> open_parent_beneath(int dir_fd, std::string_view path) {
  if (!is_safe_relative(path)) return cannot("use", path, path.empty() ? ENOENT : EXDEV);
  const std::size_t slash = path.rfind('/');
  Parent parent;
  parent.fd = dir_fd;
  parent.name = std::string(path.substr(slash == std::string_view::npos ? 0 : slash + 1));
  if (slash == std::string_view::npos) return parent;
  auto folder = open_beneath(dir_fd, path.substr(0, slash), O_PATH | O_DIRECTORY);
  if (!folder) return base::pass(std::move(folder.error()));
  parent.owned = std::move(*folder);
  parent.fd = parent.owned.get();
  return parent;
}

Result<struct stat> stat_beneath(int dir_fd, std::string_view path) {
  const bool itself = path == ".";
  auto parent = itself ? Result<Parent>(Parent{{}, dir_fd, "."}) : open_parent_beneath(dir_fd, path);
  if (!parent) return base::pass(std::move(parent.error()));
  struct stat status = {};
  if (::fstatat(parent->fd, parent->name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return cannot("stat", path, errno);
  }
  return status;
}

bool is_absent(const base::Error& error) {
  const auto leads_nowhere = {ENOENT, ENOTDIR, ELOOP, EXDEV, ENAMETOOLONG};
  return std::ranges::find(leads_nowhere, error.number) != leads_nowhere.end();
}

bool is_answer(const base::Error& error) {
  const auto others = {0, EACCES, EPERM, EISDIR, EINVAL, ENXIO, ENODEV, ESRCH, ENOEXEC};
  return is_absent(error) || std::ranges::find(others, error.number) != others.end();
}

Result<bool> is_there_beneath(int dir_fd, std::string_view path) {
  const auto status = stat_beneath(dir_fd, path);
  if (status) return true;
  if (is_absent(status.error())) return false;
  return base::pass(status.error());
}

bool exists_beneath(int dir_fd, std::string_view path) {
  return is_there_beneath(dir_fd, path).value_or(false);
}

bool may_exist_beneath(int dir_fd, std::string_view path) {
  return is_there_beneath(dir_fd, path).value_or(true);
}

Result<std::string> make_temporary_directory(int dir_fd, std::string_view prefix, mode_t mode) {
  if (prefix.find('/') != std::string_view::npos) return cannot("make directory", prefix, EXDEV);
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::string name = temporary_name(prefix);
    if (::mkdirat(dir_fd, name.c_str(), mode) == 0) return name;
    if (errno != EEXIST) return cannot("make directory", name, errno);
  }
  return cannot("make directory", prefix, EEXIST);
}

std::string path_of(int dir_fd, std::string_view path) {
  const bool itself = path.empty() || path == ".";
  std::array<char, PATH_MAX> folder{};
  const std::string link = "/proc/self/fd/" + std::to_string(dir_fd);
  const ssize_t length = path.starts_with('/') ? -1 : ::readlink(link.c_str(), folder.data(), folder.size());
  if (length <= 0) return std::string(itself ? "." : path);
  std::string whole(folder.data(), static_cast<std::size_t>(length));
  return itself ? whole : base::concat({whole, "/", path});
}

std::string temporary_name(std::string_view prefix) {
  return std::string(prefix) + random_suffix();
}

bool is_safe_relative(std::string_view path) {
  if (path.empty() || path.find('\0') != std::string_view::npos) return false;
  for (const std::string& name : base::split(path, '/')) {
    if (name.empty() || name == "." || name == "..") return false;
  }
  return true;
}

}  // namespace fs
