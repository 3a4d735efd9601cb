// SPDX-License-Identifier: MIT
// A folder of a test's own, removed with all it contains when the test ends, whatever the test did to it.
//
// Helpers answer plain values and note a test failure when the set-up itself goes wrong: a test reads as what
// is there, what is done, what a person would then see.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace test_support {

class TemporaryDirectory {
 public:
  // `where` is any existing directory: /dev/shm or /var/tmp when a test needs another file system.
  explicit TemporaryDirectory(const std::string& where = default_place()) {
    std::string pattern = where + "/openclaw-test-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) {
      ADD_FAILURE() << "no temporary directory in " << where << ": " << std::strerror(errno);
      return;
    }
    path_ = pattern;
    fd_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }
  // A folder that is there already, and stays: what one process leaves to the next.
  struct Existing {
    std::string path;
  };
  explicit TemporaryDirectory(Existing existing) : path_(std::move(existing.path)), stays_(true) {
    fd_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd_ < 0) ADD_FAILURE() << "cannot open " << path_ << ": " << std::strerror(errno);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    if (fd_ >= 0) ::close(fd_);
    if (!path_.empty() && !stays_) remove(AT_FDCWD, path_);
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string path(std::string_view relative) const {
    return path_ + "/" + std::string(relative);
  }
  [[nodiscard]] int fd() const { return fd_; }

  // Parents are made as needed; an existing file is replaced. Answers the absolute path, as all below.
  std::string write(std::string_view relative, std::string_view content = "", mode_t mode = 0644) const {
    make_parents(relative);
    const std::string file = path(relative);
    ::unlink(file.c_str());
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
      ADD_FAILURE() << "cannot create " << file << ": " << std::strerror(errno);
      return file;
    }
    while (!content.empty()) {
      const ssize_t done = ::write(fd, content.data(), content.size());
      if (done < 0) {
        ADD_FAILURE() << "cannot write " << file << ": " << std::strerror(errno);
        break;
      }
      content.remove_prefix(static_cast<std::size_t>(done));
    }
    ::fchmod(fd, mode);  // exact, whatever the umask
    ::close(fd);
    return file;
  }

  std::string mkdir(std::string_view relative, mode_t mode = 0755) const {
    make_parents(relative);
    const std::string directory = path(relative);
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
      ADD_FAILURE() << "cannot make " << directory << ": " << std::strerror(errno);
    }
    ::chmod(directory.c_str(), mode);
    return directory;
  }

  std::string symlink(std::string_view target, std::string_view relative) const {
    make_parents(relative);
    const std::string link = path(relative);
    if (::symlink(std::string(target).c_str(), link.c_str()) != 0) {
      ADD_FAILURE() << "cannot link " << link << ": " << std::strerror(errno);
    }
    return link;
  }

  // What a person looking would find. Links are not followed by `exists`, `is_*` and `status`.
  [[nodiscard]] bool exists(std::string_view relative) const { return status(relative).st_mode != 0; }
  [[nodiscard]] bool is_directory(std::string_view relative) const {
    return S_ISDIR(status(relative).st_mode);
  }
  [[nodiscard]] bool is_symlink(std::string_view relative) const { return S_ISLNK(status(relative).st_mode); }
  [[nodiscard]] bool is_file(std::string_view relative) const { return S_ISREG(status(relative).st_mode); }
  // All zero when there is nothing of that name.
  [[nodiscard]] struct stat status(std::string_view relative) const {
    struct stat found = {};
    if (::lstat(path(relative).c_str(), &found) != 0) return {};
    return found;
  }
  // Permission bits, such as 0644.
  [[nodiscard]] mode_t mode(std::string_view relative) const { return status(relative).st_mode & 07777U; }

  // "" (and a test failure) when it cannot be read.
  [[nodiscard]] std::string read(std::string_view relative) const {
    const int fd = ::open(path(relative).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
      ADD_FAILURE() << "cannot read " << path(relative) << ": " << std::strerror(errno);
      return "";
    }
    std::string content;
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = ::read(fd, buffer.data(), buffer.size())) > 0;) {
      content.append(buffer.data(), static_cast<std::size_t>(got));
    }
    ::close(fd);
    return content;
  }

  [[nodiscard]] std::string read_link(std::string_view relative) const {
    std::array<char, 4096> buffer{};
    const ssize_t size = ::readlink(path(relative).c_str(), buffer.data(), buffer.size());
    return size < 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

  // Names in a directory, sorted, without "." and "..": leftovers show up here.
  [[nodiscard]] std::vector<std::string> names(std::string_view relative = ".") const {
    std::vector<std::string> found;
    if (DIR* directory = ::opendir(path(relative).c_str()); directory != nullptr) {
      while (const dirent* entry = ::readdir(directory)) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") found.emplace_back(name);
      }
      ::closedir(directory);
    }
    // Insertion sort: keeps <algorithm> out of every test, and the lists are short.
    for (std::size_t i = 1; i < found.size(); ++i) {
      for (std::size_t j = i; j > 0 && found[j] < found[j - 1]; --j) std::swap(found[j], found[j - 1]);
    }
    return found;
  }

  // In memory where there is some: for tests of many steps, which a busy disk would make last.
  [[nodiscard]] static std::string fast_place() {
    return ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : default_place();
  }
  [[nodiscard]] static std::string default_place() {
    const char* place = std::getenv("TMPDIR");
    return place != nullptr && *place == '/' ? place : "/tmp";
  }

 private:
  void make_parents(std::string_view relative) const {
    for (std::size_t slash = relative.find('/'); slash != std::string_view::npos;
         slash = relative.find('/', slash + 1)) {
      ::mkdir(path(relative.substr(0, slash)).c_str(), 0755);
    }
  }

  // Not fs::remove_tree: a test of it must not clean up with it.
  static void remove(int parent, const std::string& name) {
    if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return;
    int fd = ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == EACCES && ::fchmodat(parent, name.c_str(), 0700, 0) == 0) {
      fd = ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    if (fd < 0) return;
    ::fchmod(fd, 0700);
    if (DIR* directory = ::fdopendir(fd); directory != nullptr) {
      while (const dirent* entry = ::readdir(directory)) {
        const std::string child = entry->d_name;
        if (child != "." && child != "..") remove(fd, child);
      }
      ::closedir(directory);
    } else {
      ::close(fd);
    }
    ::unlinkat(parent, name.c_str(), AT_REMOVEDIR);
  }

  std::string path_;
  int fd_ = -1;
  bool stays_ = false;
};

}  // namespace test_support
