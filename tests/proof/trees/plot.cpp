// SPDX-License-Identifier: MIT
#include "trees/plot.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

extern char** environ;

namespace trees {

void require(bool done, std::string_view what) {
  if (done) return;
  (void)std::fprintf(stderr, "cannot lay out a tree: %.*s: %s\n", static_cast<int>(what.size()), what.data(),
                     std::strerror(errno));
  std::_Exit(70);
}

void give(const std::string& path, uid_t owner, mode_t mode) {
  require(::lchown(path.c_str(), owner, owner) == 0, path);
  require(::chmod(path.c_str(), mode) == 0, path);
}

void make_folder(const std::string& path, uid_t owner, mode_t mode) {
  require(::mkdir(path.c_str(), 0700) == 0, path);
  give(path, owner, mode);
}

void make_folders(const std::string& path, uid_t owner) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (::mkdir(folder.c_str(), 0700) == 0) {
      give(folder, owner, 0755);
    } else {
      require(errno == EEXIST, folder);
    }
    if (slash == std::string::npos) return;
  }
}

void make_file(const std::string& path, std::string_view content, uid_t owner, mode_t mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  require(fd >= 0, path);
  require(::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()), path);
  require(::fchown(fd, owner, owner) == 0 && ::fchmod(fd, mode) == 0, path);
  ::close(fd);
}

void make_sparse(const std::string& path, off_t size, uid_t owner) {
  make_file(path, "", owner);
  require(::truncate(path.c_str(), size) == 0, path);
}

void make_link(const std::string& target, const std::string& path, uid_t owner) {
  require(::symlink(target.c_str(), path.c_str()) == 0 && ::lchown(path.c_str(), owner, owner) == 0, path);
}

void make_node(const std::string& path, mode_t type, dev_t device, uid_t owner) {
  require(::mknod(path.c_str(), type | 0600U, device) == 0, path);
  give(path, owner, 0666);
}

void make_socket(const std::string& path, uid_t owner) {
  // Made under a short name: an address has room for 108 bytes.
  const std::size_t slash = path.rfind('/');
  const int folder = ::open(path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  (void)std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder,
                      path.substr(slash + 1).c_str());
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  require(folder >= 0 && fd >= 0 && ::bind(fd, generic, sizeof address) == 0, path);
  ::close(fd);
  ::close(folder);
  give(path, owner, 0777);
}

bool run_program(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int output : {STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&files, output, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  const int failed = ::posix_spawnp(&child, arguments[0], &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  int status = 0;
  if (failed != 0 || ::waitpid(child, &status, 0) != child) return false;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

namespace {

// The last mounted first. The program has a mount namespace of its own, so none of them is seen elsewhere.
void unmount_below(const std::string& path) {
  std::ifstream table("/proc/self/mounts");
  std::vector<std::string> below;
  for (std::string device, place, rest; table >> device >> place && std::getline(table, rest);) {
    if (place.starts_with(path + "/")) below.push_back(place);
  }
  while (!below.empty()) {
    ::umount2(below.back().c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
    below.pop_back();
  }
}

}  // namespace

void clear_away(const std::string& path) {
  unmount_below(path);
  const std::vector<std::string> removal{"rm", "-rf", "--one-file-system", "--", path};
  if (run_program(removal)) return;
  run_program({"chattr", "-R", "-f", "-i", "-a", "--", path});
  require(run_program(removal), "remove " + path);
}

void make_ordinary_tree(const Plot& plot) {
  make_folder(plot.tree, plot.owner);
  make_file(plot.in_tree("plain"), "an ordinary file\n", plot.owner);
  make_folder(plot.in_tree("sub"), plot.owner);
  make_file(plot.in_tree("sub/inner"), "inside\n", plot.owner, 0755);
  make_folder(plot.in_tree("sub/deeper"), plot.owner);
  make_file(plot.in_tree("sub/deeper/leaf"), "a leaf\n", plot.owner);
}

}  // namespace trees
