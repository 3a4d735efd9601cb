// SPDX-License-Identifier: MIT
#include "lib/folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "lib/target.hpp"

namespace target {

Folder::Folder() {
  const char* const temporary = std::getenv("TMPDIR");
  path_ = std::string(temporary == nullptr ? "/tmp" : temporary) + "/fuzz-XXXXXX";
  require(::mkdtemp(path_.data()) != nullptr, "a temporary folder can be made");
  // What realpath(3) makes of it is what it is called.
  path_ = std::filesystem::canonical(path_).string();
  fd_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

Folder::~Folder() {
  ::close(fd_);
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void Folder::write(const std::string& name, std::string_view content) const {
  for (std::size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
    (void)::mkdirat(fd_, name.substr(0, slash).c_str(), 0755);
  }
  const int file = ::openat(fd_, name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  require(file >= 0, "a file can be made");
  while (!content.empty()) {
    const ssize_t size = ::write(file, content.data(), content.size());
    require(size > 0, "a file can be written");
    content.remove_prefix(static_cast<std::size_t>(size));
  }
  ::close(file);
}

void Folder::remove(const std::string& name) const {
  std::error_code ignored;
  std::filesystem::remove_all(path(name), ignored);
}

}  // namespace target
