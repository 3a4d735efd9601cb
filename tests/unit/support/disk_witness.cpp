// SPDX-License-Identifier: MIT
#include "support/disk_witness.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <mutex>
#include <sstream>

// The declarations of glibc say which of these throw nothing; a definition has to say the same. musl has no
// such macro.
#ifndef __THROW
#define __THROW
#endif

namespace test_support {
namespace {

using Kind = DiskEvent::Kind;

struct Notes {
  std::mutex lock;
  bool open = false;
  std::vector<DiskEvent> events;
  int failing = 0, number = 0;
};

// Never destroyed: a program may sync while it ends.
Notes& notes() {
  static Notes* const all = new Notes;
  return *all;
}

std::string path_behind(int fd) {
  std::array<char, 64> link{};
  (void)std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", fd);
  std::array<char, PATH_MAX> path{};
  const ssize_t length = ::readlink(link.data(), path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string();
}

std::string path_of(int dir_fd, const char* name) {
  if (*name == '/') return name;
  if (dir_fd != AT_FDCWD) return path_behind(dir_fd) + "/" + name;
  std::array<char, PATH_MAX> here{};
  return std::string(::getcwd(here.data(), here.size()) != nullptr ? here.data() : "") + "/" + name;
}

void note(DiskEvent event) {
  Notes& all = notes();
  const std::lock_guard guard(all.lock);
  if (all.open) all.events.push_back(std::move(event));
}

// The errno of the caller is the call's alone.
class ErrnoKept {
 public:
  ErrnoKept() : number_(errno) {}
  ErrnoKept(const ErrnoKept&) = delete;
  ErrnoKept& operator=(const ErrnoKept&) = delete;
  ~ErrnoKept() { errno = number_; }

 private:
  int number_;
};

bool fails() {
  Notes& all = notes();
  const std::lock_guard guard(all.lock);
  if (all.failing == 0) return false;
  --all.failing;
  errno = all.number;
  return true;
}

int sync_of(long call, int fd) {
  if (fails()) return -1;
  const int done = static_cast<int>(::syscall(call, fd));
  const ErrnoKept kept;
  if (done != 0) return done;
  struct stat status = {};
  const bool is_folder = ::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
  const Kind kind = call == SYS_syncfs ? Kind::file_system_synced
                    : is_folder        ? Kind::folder_synced
                                       : Kind::file_synced;
  note({kind, path_behind(fd), ""});
  return done;
}

int rename_of(int from_fd, const char* from, int to_fd, const char* to, unsigned flags) {
  const int done = static_cast<int>(::syscall(SYS_renameat2, from_fd, from, to_fd, to, flags));
  const ErrnoKept kept;
  if (done == 0) note({Kind::renamed, path_of(to_fd, to), path_of(from_fd, from)});
  return done;
}

int made_by(long done, int dir_fd, const char* name) {
  const ErrnoKept kept;
  if (done == 0) note({Kind::made, path_of(dir_fd, name), ""});
  return static_cast<int>(done);
}

int removal_of(int dir_fd, const char* name, int flags) {
  const int done = static_cast<int>(::syscall(SYS_unlinkat, dir_fd, name, flags));
  const ErrnoKept kept;
  if (done == 0) note({Kind::removed, path_of(dir_fd, name), ""});
  return done;
}

// Whole components: "dist" is no end of "x-dist".
bool ends_with(const std::string& path, std::string_view end) {
  if (end.empty() || !path.ends_with(end)) return false;
  return path.size() == end.size() || end.front() == '/' || path[path.size() - end.size() - 1] == '/';
}

std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::file_synced:
      return "file synced";
    case Kind::folder_synced:
      return "folder synced";
    case Kind::file_system_synced:
      return "file system synced";
    case Kind::made:
      return "made";
    case Kind::renamed:
      return "renamed";
    case Kind::removed:
      return "removed";
  }
  return "";
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const DiskEvent& event) {
  out << name_of(event.kind) << ": " << event.path;
  if (!event.from.empty()) out << " (before: " << event.from << ")";
  return out;
}

DiskWitness::DiskWitness() {
  Notes& all = notes();
  const std::lock_guard guard(all.lock);
  if (all.open) ADD_FAILURE() << "there is another witness already";
  all.open = true;
  all.events.clear();
  all.failing = 0;
}

DiskWitness::~DiskWitness() {
  Notes& all = notes();
  const std::lock_guard guard(all.lock);
  all.open = false;
  all.failing = 0;
}

std::vector<DiskEvent> DiskWitness::events() const {
  Notes& all = notes();
  const std::lock_guard guard(all.lock);
  return all.events;
}

std::size_t DiskWitness::syncs() const {
  std::size_t count = 0;
  for (const DiskEvent& event : events()) {
    const bool is_name =
        event.kind == Kind::made || event.kind == Kind::renamed || event.kind == Kind::removed;
    if (!is_name) ++count;
  }
  return count;
}

std::size_t DiskWitness::first(Kind kind, std::string_view path, std::size_t from) const {
  const auto all = events();
  for (std::size_t i = from; i < all.size(); ++i) {
    if (all[i].kind == kind && ends_with(all[i].path, path)) return i;
  }
  return never;
}

std::size_t DiskWitness::last(Kind kind, std::string_view path, std::size_t before) const {
  const auto all = events();
  for (std::size_t i = before < all.size() ? before : all.size(); i > 0; --i) {
    if (all[i - 1].kind == kind && ends_with(all[i - 1].path, path)) return i - 1;
  }
  return never;
}

bool DiskWitness::tree_was_named_durably(std::string_view path) const {
  const std::size_t named = last(Kind::renamed, path);
  if (named == never) return false;
  const auto all = events();
  const std::string& tree = all[named].from;
  bool is_on_disk = false;
  for (std::size_t i = 0; i < named; ++i) {
    if (all[i].kind == Kind::file_system_synced && all[i].path == tree) is_on_disk = true;
    const bool names = all[i].kind == Kind::made || all[i].kind == Kind::renamed;
    if (names && all[i].path.starts_with(tree + "/")) is_on_disk = false;
  }
  return is_on_disk && first(Kind::folder_synced, folder_of(all[named].path), named) != never;
}

std::size_t DiskWitness::durably_made(std::string_view path) const {
  return folder_synced_after(last(Kind::made, path));
}

std::size_t DiskWitness::durably_removed(std::string_view path) const {
  return folder_synced_after(last(Kind::removed, path));
}

std::size_t DiskWitness::folder_synced_after(std::size_t place) const {
  return place == never ? never : first(Kind::folder_synced, folder_of(events()[place].path), place);
}

std::string DiskWitness::story() const {
  std::ostringstream text;
  for (const DiskEvent& event : events()) text << "\n  " << event;
  return text.str();
}

void DiskWitness::fail_next_syncs(int number, int times) {
  Notes& all = notes();
  const std::lock_guard guard(all.lock);
  all.number = number;
  all.failing = times;
}

}  // namespace test_support

extern "C" {

int fsync(int fd) {
  return test_support::sync_of(SYS_fsync, fd);
}

int fdatasync(int fd) {
  return test_support::sync_of(SYS_fdatasync, fd);
}

int syncfs(int fd) __THROW {
  return test_support::sync_of(SYS_syncfs, fd);
}

int rename(const char* from, const char* to) __THROW {
  return test_support::rename_of(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat(int from_fd, const char* from, int to_fd, const char* to) __THROW {
  return test_support::rename_of(from_fd, from, to_fd, to, 0);
}

int renameat2(int from_fd, const char* from, int to_fd, const char* to, unsigned flags) __THROW {
  return test_support::rename_of(from_fd, from, to_fd, to, flags);
}

int mkdir(const char* path, mode_t mode) __THROW {
  return test_support::made_by(::syscall(SYS_mkdirat, AT_FDCWD, path, mode), AT_FDCWD, path);
}

int mkdirat(int dir_fd, const char* name, mode_t mode) __THROW {
  return test_support::made_by(::syscall(SYS_mkdirat, dir_fd, name, mode), dir_fd, name);
}

int symlink(const char* target, const char* path) __THROW {
  return test_support::made_by(::syscall(SYS_symlinkat, target, AT_FDCWD, path), AT_FDCWD, path);
}

int symlinkat(const char* target, int dir_fd, const char* name) __THROW {
  return test_support::made_by(::syscall(SYS_symlinkat, target, dir_fd, name), dir_fd, name);
}

int linkat(int from_fd, const char* from, int dir_fd, const char* name, int flags) __THROW {
  return test_support::made_by(::syscall(SYS_linkat, from_fd, from, dir_fd, name, flags), dir_fd, name);
}

int unlinkat(int dir_fd, const char* name, int flags) __THROW {
  return test_support::removal_of(dir_fd, name, flags);
}

int unlink(const char* path) __THROW {
  return test_support::removal_of(AT_FDCWD, path, 0);
}

}  // extern "C"
