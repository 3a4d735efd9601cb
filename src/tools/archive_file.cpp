// SPDX-License-Identifier: MIT
#include "tools/archive_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/text.hpp"

namespace tools {

using base::Result;

bool is_standard_stream(const std::string& archive) {
  return archive == "-";
}

int ArchiveOut::fd() const {
  return file ? file->fd() : STDOUT_FILENO;
}

Result<ArchiveOut> open_archive_to_write(const std::string& archive, bool json) {
  if (!is_standard_stream(archive)) {
    auto made = fs::NewFile::make(archive);
    if (!made) return base::pass(made.error());
    return ArchiveOut{std::move(*made)};
  }
  if (json)
    return base::fail(base::ErrorKind::usage, "--json uses standard output; specify a file for the archive");
  if (::isatty(STDOUT_FILENO) != 0)
    return base::fail(base::ErrorKind::usage,
                      "an archive cannot be written to a terminal; specify a file, or use a pipe");
  return ArchiveOut{};
}

Result<ArchiveIn> open_archive_to_read(const std::string& archive, const std::string& written_by) {
  ArchiveIn in;
  in.file.reset(is_standard_stream(archive) ? ::dup(STDIN_FILENO)
                                            : ::open(archive.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status = {};
  if (!in.file || ::fstat(in.file.get(), &status) != 0)
    return base::fail_errno(errno, "cannot open " + archive);
  if (S_ISDIR(status.st_mode) || ::isatty(in.file.get()) != 0) {
    return base::fail(
        base::ErrorKind::usage,
        base::concat({archive, " is not an archive; specify a file that ", written_by, " has written"}));
  }
  if (S_ISREG(status.st_mode)) in.bytes = static_cast<std::uint64_t>(status.st_size);
  return in;
}

}  // namespace tools
