// SPDX-License-Identifier: MIT
// Numbers the system calls of a program, and stops or fails it at one of them. Preloaded into a program as it
// is shipped:
//
//   RECORDER=FOLDER LD_PRELOAD=librecorder.so openclaw-install-deps ...
//
// FOLDER has
//   plan     read when a program starts, a line each:
//              program NAME     only in this program (as in /proc/PID/comm; several lines: in each of them)
//              calls changes    those that can change something (the default), or
//              calls all        those that read, too
//              without PATH     none of what is there or below (/proc: how often it is looked at depends on
//                               the time)
//              at N [N...]      there...
//              do kill          the process is killed before the call (the default)
//              do error NUMBER  the call fails with that errno, and is not made
//              do fail NUMBER   that one and each later one that can change something
//              do ask           at every call: whoever listens on FOLDER/ask is told "N PROGRAM CALL PATH"
//              and
//                               answers "go" or "kill"; the program waits
//              ignore CALL PATTERN
//                               that call on a path that matches is answered with success and not made; for
//                               fsync, fdatasync and syncfs
//   counter  8 bytes, the number of calls so far, shared by all programs that are recorded
//   log      if it exists, gets a line for each call: number, program, call, path
//   failed   the first call that was failed, as a line of the log: the order of two threads is not that of
//   the log of
//            another run
//
// The calls are made by the functions of the C library; those that a library makes by itself inside of the C
// library (the buffer of a stream) are not seen. tests/proof/recorder.sh compares with strace what is seen.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#ifndef __THROW
#define __THROW
#endif

namespace {

using Syscall = long (*)(long, ...);

// The real one: `syscall` is one of the functions that are defined below.
Syscall real() {
  static const auto function = reinterpret_cast<Syscall>(::dlsym(RTLD_NEXT, "syscall"));
  return function;
}

enum class Action { kill, error, fail, ask };

struct Plan {
  bool on = false, reads_too = false;
  Action action = Action::kill;
  int number = 0;  // the errno
  std::vector<std::uint64_t> at;
  std::vector<std::pair<std::string, std::string>> ignored;  // call, pattern
  std::string folder, without;
  std::atomic<std::uint64_t>* counter = nullptr;
  int log = -1;
};

std::string content_of(const std::string& path) {
  const long fd = real()(SYS_openat, AT_FDCWD, path.c_str(), O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return {};
  std::array<char, 8192> content{};
  const long size = real()(SYS_read, fd, content.data(), content.size());
  real()(SYS_close, fd);
  return std::string(content.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
}

void read_numbers(const std::string& line, std::vector<std::uint64_t>& numbers) {
  const char* next = line.c_str();
  for (char* end = nullptr; *next != '\0'; next = end) {
    const std::uint64_t number = std::strtoull(next, &end, 10);
    if (end == next) return;
    numbers.push_back(number);
  }
}

void read_action(const std::string& what, Plan& plan) {
  if (what == "ask") plan.action = Action::ask;
  for (const auto& [word, action] : {std::pair("error ", Action::error), std::pair("fail ", Action::fail)}) {
    if (what.rfind(word, 0) != 0) continue;
    plan.action = action;
    plan.number = std::atoi(what.c_str() + std::strlen(word));
  }
}

Plan read_plan(const char* folder) {
  Plan plan;
  plan.folder = folder;
  const std::string text = content_of(plan.folder + "/plan");
  bool named = false, is_ours = false;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t space = line.find(' ');
    if (space == std::string::npos) continue;
    const std::string key = line.substr(0, space), value = line.substr(space + 1);
    if (key == "program") {
      named = true;
      // comm has 15 characters.
      is_ours = is_ours || value.substr(0, 15) == std::string(program_invocation_short_name).substr(0, 15);
    } else if (key == "calls") {
      plan.reads_too = value == "all";
    } else if (key == "without") {
      plan.without = value + "/";
    } else if (key == "at") {
      read_numbers(value, plan.at);
    } else if (key == "ignore") {
      const std::size_t end_of_call = std::min(value.find(' '), value.size() - 1);
      plan.ignored.emplace_back(value.substr(0, end_of_call), value.substr(end_of_call + 1));
    } else if (key == "do") {
      read_action(value, plan);
    }
  }
  const long counter =
      real()(SYS_openat, AT_FDCWD, (plan.folder + "/counter").c_str(), O_RDWR | O_CLOEXEC, 0);
  if (counter < 0 || (named && !is_ours)) return plan;
  void* place = ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED,
                       static_cast<int>(counter), 0);
  real()(SYS_close, counter);
  if (place == MAP_FAILED) return plan;
  plan.counter = static_cast<std::atomic<std::uint64_t>*>(place);
  // High: programs of ours expect what they were handed at 3.
  const long log =
      real()(SYS_openat, AT_FDCWD, (plan.folder + "/log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC, 0);
  if (log >= 0) {
    plan.log = static_cast<int>(real()(SYS_fcntl, log, F_DUPFD_CLOEXEC, 900));
    real()(SYS_close, log);
  }
  plan.on = true;
  return plan;
}

// Never destroyed: a program makes calls while it ends.
Plan& plan() {
  static Plan* const read = [] {
    const char* folder = std::getenv("RECORDER");
    return new Plan(folder == nullptr ? Plan{} : read_plan(folder));
  }();
  return *read;
}

std::string path_behind(int fd) {
  std::array<char, 64> link{};
  (void)std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", fd);
  std::array<char, PATH_MAX> path{};
  const long length = real()(SYS_readlinkat, AT_FDCWD, link.data(), path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string();
}

// name nullptr: fd is what the call is about.
std::string path_of(int fd, const char* name) {
  if (name == nullptr) return path_behind(fd);
  if (*name == '/' || fd == AT_FDCWD) return name;
  return path_behind(fd) + "/" + name;
}

void ask(const Plan& by, const std::string& line) {
  const long fd = real()(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (void)std::snprintf(address.sun_path, sizeof address.sun_path, "%s/ask", by.folder.c_str());
  std::array<char, 16> answer{};
  // Without somebody who listens, nothing is proven: the program must not go on as if it were.
  if (real()(SYS_connect, fd, &address, sizeof address) != 0 ||
      real()(SYS_write, fd, line.data(), line.size()) != static_cast<long>(line.size()) ||
      real()(SYS_read, fd, answer.data(), answer.size() - 1) <= 0) {
    std::abort();
  }
  real()(SYS_close, fd);
  if (std::strncmp(answer.data(), "kill", 4) == 0) real()(SYS_kill, ::getpid(), SIGKILL);
}

enum Kind { changes, reads };

// Tells which call it is, once.
int failed_as_planned(const Plan& now, std::uint64_t number, const char* call, Kind kind, int fd,
                      const char* name) {
  const long file = real()(SYS_openat, AT_FDCWD, (now.folder + "/failed").c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return now.number;
  const std::string line = std::to_string(number) + "\t" + program_invocation_short_name + "\t" + call +
                           "\t" + path_of(fd, name) + (kind == changes ? "\tchanges\n" : "\treads\n");
  (void)real()(SYS_write, file, line.data(), line.size());
  real()(SYS_close, file);
  return now.number;
}

// The errno that the call is to fail with, or 0.
int point(const char* call, Kind kind, int fd, const char* name) {
  Plan& now = plan();
  if (!now.on || (kind == reads && !now.reads_too)) return 0;
  const int before = errno;
  std::string path;
  if (now.log >= 0 || now.action == Action::ask || !now.without.empty()) path = path_of(fd, name);
  if (!now.without.empty() && (path + "/").rfind(now.without, 0) == 0) {
    errno = before;
    return 0;
  }
  const std::uint64_t number = ++*now.counter;
  if (now.log >= 0 || now.action == Action::ask) {
    const std::string line =
        std::to_string(number) + "\t" + program_invocation_short_name + "\t" + call + "\t" + path + "\n";
    if (now.log >= 0) (void)real()(SYS_write, now.log, line.data(), line.size());
    if (now.action == Action::ask) ask(now, line);
  }
  const bool hit = std::find(now.at.begin(), now.at.end(), number) != now.at.end();
  if (hit && now.action == Action::kill) real()(SYS_kill, ::getpid(), SIGKILL);
  const bool later =
      now.action == Action::fail && kind == changes && !now.at.empty() && number >= now.at.front();
  const bool fails = later || (hit && (now.action == Action::error || now.action == Action::fail));
  const int failure = fails ? failed_as_planned(now, number, call, kind, fd, name) : 0;
  errno = before;
  return failure;
}

// A sync that the program believes to be made.
bool is_ignored(const char* call, int fd) {
  const Plan& now = plan();
  if (!now.on || now.ignored.empty()) return false;
  const int before = errno;
  const std::string path = path_behind(fd);
  errno = before;
  return std::any_of(now.ignored.begin(), now.ignored.end(), [&](const auto& one) {
    return one.first == call && ::fnmatch(one.second.c_str(), path.c_str(), FNM_PATHNAME) == 0;
  });
}

struct Subject {
  const char* call;
  Kind kind;
  int fd = AT_FDCWD;
  const char* name = nullptr;
};

template <typename... Arguments>
long made(const Subject& subject, long call, Arguments... arguments) {
  if (const int number = point(subject.call, subject.kind, subject.fd, subject.name); number != 0) {
    errno = number;
    return -1;
  }
  return real()(call, arguments...);
}

int synced(const char* name, long call, int fd) {
  if (const int number = point(name, changes, fd, nullptr); number != 0) {
    errno = number;
    return -1;
  }
  return is_ignored(name, fd) ? 0 : static_cast<int>(real()(call, fd));
}

// For what the library does with more than one call, or keeps something of: its own function does it.
template <typename Function, typename... Arguments>
auto made_by(const char* name, const Subject& subject, Function failed, Arguments... arguments) {
  using Answer = Function;
  static const auto function = reinterpret_cast<Answer (*)(Arguments...)>(::dlsym(RTLD_NEXT, name));
  if (const int number = point(subject.call, subject.kind, subject.fd, subject.name); number != 0) {
    errno = number;
    return failed;
  }
  return function(arguments...);
}

// A folder that is opened, and a file for reading, change nothing.
Kind of_open(int flags) {
  return (flags & O_PATH) == 0 && ((flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0)
             ? changes
             : reads;
}

long opened(int dir, const char* name, int flags, mode_t mode) {
  return made({"openat", of_open(flags), dir, name}, SYS_openat, dir, name, flags, mode);
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

#define OPEN_OF(function)                                         \
  int function(const char* name, int flags, ...) {                \
    va_list arguments;                                            \
    va_start(arguments, flags);                                   \
    const mode_t mode = mode_of(flags, arguments);                \
    va_end(arguments);                                            \
    return static_cast<int>(opened(AT_FDCWD, name, flags, mode)); \
  }
#define OPENAT_OF(function)                                  \
  int function(int dir, const char* name, int flags, ...) {  \
    va_list arguments;                                       \
    va_start(arguments, flags);                              \
    const mode_t mode = mode_of(flags, arguments);           \
    va_end(arguments);                                       \
    return static_cast<int>(opened(dir, name, flags, mode)); \
  }
#define INT_OF(...) return static_cast<int>(made(__VA_ARGS__))

extern "C" {

OPEN_OF(open)
OPEN_OF(open64)
OPENAT_OF(openat)
OPENAT_OF(openat64)
// What a program calls that was compiled with _FORTIFY_SOURCE, where the flags are no constant.
OPEN_OF(__open_2)
OPEN_OF(__open64_2)
OPENAT_OF(__openat_2)
OPENAT_OF(__openat64_2)

// What the suite itself asks for by number.
long syscall(long number, ...) __THROW {
  va_list arguments;
  va_start(arguments, number);
  std::array<long, 6> all{};
  for (long& one : all) one = va_arg(arguments, long);
  va_end(arguments);
  Subject subject{nullptr, reads};
  if (number == SYS_openat2) {
    // struct open_how begins with the flags.
    const auto flags = *reinterpret_cast<const std::uint64_t*>(all[2]);
    subject = {"openat2", of_open(static_cast<int>(flags)), static_cast<int>(all[0]),
               reinterpret_cast<const char*>(all[1])};
  }
  if (subject.call == nullptr) return real()(number, all[0], all[1], all[2], all[3], all[4], all[5]);
  return made(subject, number, all[0], all[1], all[2], all[3], all[4], all[5]);
}

int mkdir(const char* name, mode_t mode) __THROW {
  INT_OF({"mkdirat", changes, AT_FDCWD, name}, SYS_mkdirat, AT_FDCWD, name, mode);
}
int mkdirat(int dir, const char* name, mode_t mode) __THROW {
  INT_OF({"mkdirat", changes, dir, name}, SYS_mkdirat, dir, name, mode);
}
int mkfifoat(int dir, const char* name, mode_t mode) __THROW {
  INT_OF({"mknodat", changes, dir, name}, SYS_mknodat, dir, name, mode | S_IFIFO, 0);
}
int rmdir(const char* name) __THROW {
  INT_OF({"unlinkat", changes, AT_FDCWD, name}, SYS_unlinkat, AT_FDCWD, name, AT_REMOVEDIR);
}
int unlink(const char* name) __THROW {
  INT_OF({"unlinkat", changes, AT_FDCWD, name}, SYS_unlinkat, AT_FDCWD, name, 0);
}
int unlinkat(int dir, const char* name, int flags) __THROW {
  INT_OF({"unlinkat", changes, dir, name}, SYS_unlinkat, dir, name, flags);
}
int rename(const char* from, const char* to) __THROW {
  INT_OF({"renameat2", changes, AT_FDCWD, to}, SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}
int renameat(int from_dir, const char* from, int to_dir, const char* to) __THROW {
  INT_OF({"renameat2", changes, to_dir, to}, SYS_renameat2, from_dir, from, to_dir, to, 0);
}
int renameat2(int from_dir, const char* from, int to_dir, const char* to, unsigned flags) __THROW {
  INT_OF({"renameat2", changes, to_dir, to}, SYS_renameat2, from_dir, from, to_dir, to, flags);
}
int link(const char* from, const char* to) __THROW {
  INT_OF({"linkat", changes, AT_FDCWD, to}, SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}
int linkat(int from_dir, const char* from, int to_dir, const char* to, int flags) __THROW {
  INT_OF({"linkat", changes, to_dir, to}, SYS_linkat, from_dir, from, to_dir, to, flags);
}
int symlink(const char* target, const char* name) __THROW {
  INT_OF({"symlinkat", changes, AT_FDCWD, name}, SYS_symlinkat, target, AT_FDCWD, name);
}
int symlinkat(const char* target, int dir, const char* name) __THROW {
  INT_OF({"symlinkat", changes, dir, name}, SYS_symlinkat, target, dir, name);
}
int chmod(const char* name, mode_t mode) __THROW {
  INT_OF({"fchmodat", changes, AT_FDCWD, name}, SYS_fchmodat, AT_FDCWD, name, mode);
}
int fchmod(int fd, mode_t mode) __THROW {
  INT_OF({"fchmod", changes, fd}, SYS_fchmod, fd, mode);
}
int fchown(int fd, uid_t user, gid_t group) __THROW {
  INT_OF({"fchown", changes, fd}, SYS_fchown, fd, user, group);
}
int fchownat(int dir, const char* name, uid_t user, gid_t group, int flags) __THROW {
  INT_OF({"fchownat", changes, dir, name}, SYS_fchownat, dir, name, user, group, flags);
}
int ftruncate(int fd, off_t size) __THROW {
  INT_OF({"ftruncate", changes, fd}, SYS_ftruncate, fd, size);
}
int ftruncate64(int fd, off64_t size) __THROW {
  INT_OF({"ftruncate", changes, fd}, SYS_ftruncate, fd, size);
}
int futimens(int fd, const struct timespec* times) __THROW {
  INT_OF({"utimensat", changes, fd}, SYS_utimensat, fd, nullptr, times, 0);
}
int fsync(int fd) {
  return synced("fsync", SYS_fsync, fd);
}
int fdatasync(int fd) {
  return synced("fdatasync", SYS_fdatasync, fd);
}
int syncfs(int fd) __THROW {
  return synced("syncfs", SYS_syncfs, fd);
}

ssize_t write(int fd, const void* from, size_t size) {
  return made({"write", changes, fd}, SYS_write, fd, from, size);
}
ssize_t pwrite(int fd, const void* from, size_t size, off_t place) {
  return made({"pwrite64", changes, fd}, SYS_pwrite64, fd, from, size, place);
}
ssize_t pwrite64(int fd, const void* from, size_t size, off64_t place) {
  return made({"pwrite64", changes, fd}, SYS_pwrite64, fd, from, size, place);
}
ssize_t copy_file_range(int in, off64_t* in_place, int out, off64_t* out_place, size_t size, unsigned flags) {
  return made({"copy_file_range", changes, out}, SYS_copy_file_range, in, in_place, out, out_place, size,
              flags);
}
int ioctl(int fd, unsigned long request, ...) __THROW {
  va_list arguments;
  va_start(arguments, request);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  // FICLONE and the flags of inodes; a terminal is asked for its size by the same call.
  const bool of_files = ((request >> 8) & 0xff) == 0x94 || ((request >> 8) & 0xff) == 'f';
  INT_OF({"ioctl", of_files ? changes : reads, fd}, SYS_ioctl, fd, request, argument);
}

ssize_t read(int fd, void* to, size_t size) {
  return made({"read", reads, fd}, SYS_read, fd, to, size);
}
ssize_t pread(int fd, void* to, size_t size, off_t place) {
  return made({"pread64", reads, fd}, SYS_pread64, fd, to, size, place);
}
ssize_t pread64(int fd, void* to, size_t size, off64_t place) {
  return made({"pread64", reads, fd}, SYS_pread64, fd, to, size, place);
}
ssize_t readlink(const char* name, char* to, size_t size) __THROW {
  return made({"readlinkat", reads, AT_FDCWD, name}, SYS_readlinkat, AT_FDCWD, name, to, size);
}
ssize_t readlinkat(int dir, const char* name, char* to, size_t size) __THROW {
  return made({"readlinkat", reads, dir, name}, SYS_readlinkat, dir, name, to, size);
}
int statx(int dir, const char* name, int flags, unsigned mask, struct statx* to) __THROW {
  INT_OF({"statx", reads, dir, name}, SYS_statx, dir, name, flags, mask, to);
}
int fstat(int fd, struct stat* to) __THROW {
  INT_OF({"newfstatat", reads, fd}, SYS_newfstatat, fd, "", to, AT_EMPTY_PATH);
}
int fstatat(int dir, const char* name, struct stat* to, int flags) __THROW {
  INT_OF({"newfstatat", reads, dir, name}, SYS_newfstatat, dir, name, to, flags);
}
int stat(const char* name, struct stat* to) __THROW {
  INT_OF({"newfstatat", reads, AT_FDCWD, name}, SYS_newfstatat, AT_FDCWD, name, to, 0);
}
int lstat(const char* name, struct stat* to) __THROW {
  INT_OF({"newfstatat", reads, AT_FDCWD, name}, SYS_newfstatat, AT_FDCWD, name, to, AT_SYMLINK_NOFOLLOW);
}

// SQLite and libsystemd are compiled for large files, and call these.
int fstat64(int fd, struct stat64* to) __THROW {
  INT_OF({"newfstatat", reads, fd}, SYS_newfstatat, fd, "", to, AT_EMPTY_PATH);
}
int fstatat64(int dir, const char* name, struct stat64* to, int flags) __THROW {
  INT_OF({"newfstatat", reads, dir, name}, SYS_newfstatat, dir, name, to, flags);
}
int stat64(const char* name, struct stat64* to) __THROW {
  INT_OF({"newfstatat", reads, AT_FDCWD, name}, SYS_newfstatat, AT_FDCWD, name, to, 0);
}
int lstat64(const char* name, struct stat64* to) __THROW {
  INT_OF({"newfstatat", reads, AT_FDCWD, name}, SYS_newfstatat, AT_FDCWD, name, to, AT_SYMLINK_NOFOLLOW);
}
int access(const char* name, int mode) __THROW {
  INT_OF({"faccessat", reads, AT_FDCWD, name}, SYS_faccessat, AT_FDCWD, name, mode);
}
int faccessat(int dir, const char* name, int mode, int flags) __THROW {
  return made_by("faccessat", {"faccessat", reads, dir, name}, -1, dir, name, mode, flags);
}
// Without a link in the last place, which kernels before 6.6 cannot: through /proc, then.
int fchmodat(int dir, const char* name, mode_t mode, int flags) __THROW {
  return made_by("fchmodat", {"fchmodat", changes, dir, name}, -1, dir, name, mode, flags);
}
char* realpath(const char* name, char* to) __THROW {
  return made_by("realpath", {"realpath", reads, AT_FDCWD, name}, static_cast<char*>(nullptr), name, to);
}
int statvfs(const char* name, struct statvfs* to) __THROW {
  return made_by("statvfs", {"statfs", reads, AT_FDCWD, name}, -1, name, to);
}
int fstatvfs(int fd, struct statvfs* to) __THROW {
  return made_by("fstatvfs", {"fstatfs", reads, fd}, -1, fd, to);
}
DIR* opendir(const char* name) {
  return made_by("opendir", {"openat", reads, AT_FDCWD, name}, static_cast<DIR*>(nullptr), name);
}
DIR* fdopendir(int fd) {
  return made_by("fdopendir", {"fdopendir", reads, fd}, static_cast<DIR*>(nullptr), fd);
}
struct dirent* readdir(DIR* stream) {
  return made_by("readdir", {"getdents64", reads, ::dirfd(stream)}, static_cast<dirent*>(nullptr), stream);
}
struct dirent64* readdir64(DIR* stream) {
  return made_by("readdir64", {"getdents64", reads, ::dirfd(stream)}, static_cast<dirent64*>(nullptr),
                 stream);
}
FILE* fopen(const char* name, const char* mode) {
  return made_by(
      "fopen",
      {"openat", *mode == 'r' && std::strchr(mode, '+') == nullptr ? reads : changes, AT_FDCWD, name},
      static_cast<FILE*>(nullptr), name, mode);
}

int fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  INT_OF({"fcntl", reads, fd}, SYS_fcntl, fd, command, argument);
}
int fcntl64(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  INT_OF({"fcntl", reads, fd}, SYS_fcntl, fd, command, argument);
}
int dup(int fd) __THROW {
  INT_OF({"dup", reads, fd}, SYS_dup, fd);
}
int pipe2(int* ends, int flags) __THROW {
  INT_OF({"pipe2", reads}, SYS_pipe2, ends, flags);
}
void* mmap64(void* place, size_t size, int protection, int flags, int fd, off64_t from) __THROW {
  return reinterpret_cast<void*>(
      made({"mmap", reads, fd}, SYS_mmap, place, size, protection, flags, fd, from));
}
int socket(int domain, int type, int protocol) __THROW {
  INT_OF({"socket", reads}, SYS_socket, domain, type, protocol);
}
int connect(int fd, const struct sockaddr* to, socklen_t size) {
  INT_OF({"connect", reads, fd}, SYS_connect, fd, to, size);
}
int poll(struct pollfd* list, nfds_t count, int timeout) {
  INT_OF({"poll", reads}, SYS_poll, list, count, timeout);
}
pid_t waitpid(pid_t pid, int* status, int flags) {
  INT_OF({"wait4", reads}, SYS_wait4, pid, status, flags, nullptr);
}
// The child gets a number, too, and comes back here: what the library does around it, it has to do.
pid_t fork() __THROW {
  return made_by("fork", {"fork", reads}, static_cast<pid_t>(-1));
}
int execve(const char* program, char* const* arguments, char* const* environment) __THROW {
  INT_OF({"execve", reads, AT_FDCWD, program}, SYS_execve, program, arguments, environment);
}
int execv(const char* program, char* const* arguments) __THROW {
  INT_OF({"execve", reads, AT_FDCWD, program}, SYS_execve, program, arguments, environ);
}

}  // extern "C"
