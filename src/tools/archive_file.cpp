// SPDX-License-Identifier: MIT
#include "tools/archive_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "base/text.hpp"

namespace tools {
namespace {

using base::Result;

// The first bytes of a compressed file. No tar archive begins so, because that begins with a name.
struct Compression {
  std::string_view begins, program;
};
constexpr std::array compressions{Compression{"\x1f\x8b", "gzip"}, Compression{"\x28\xb5\x2f\xfd", "zstd"},
                                  Compression{"\xfd\x37zXZ", "xz"}, Compression{"BZh", "bzip2"},
                                  Compression{"\x04\x22\x4d\x18", "lz4"}};

std::string_view compressed_by(int file) {
  std::array<char, 8> start{};
  const ssize_t size = ::pread(file, start.data(), start.size(), 0);
  const std::string_view read(start.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const auto found = std::ranges::find_if(
      compressions, [&](const Compression& each) { return read.starts_with(each.begins); });
  return found == compressions.end() ? std::string_view{} : found->program;
}

}  // namespace

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

Result<ArchiveIn> open_archive_to_read(const std::string& archive, const std::string& command) {
  ArchiveIn in;
  in.file.reset(is_standard_stream(archive) ? ::dup(STDIN_FILENO)
                                            : ::open(archive.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status = {};
  if (!in.file || ::fstat(in.file.get(), &status) != 0)
    return base::fail_errno(errno, "cannot open " + archive);
  if (S_ISDIR(status.st_mode) || ::isatty(in.file.get()) != 0) {
    return base::fail(
        base::ErrorKind::usage,
        base::concat({archive, " is not an archive; specify a file that ", command, " export has written"}));
  }
  if (!S_ISREG(status.st_mode)) return in;
  in.bytes = static_cast<std::uint64_t>(status.st_size);
  if (const auto program = compressed_by(in.file.get()); !program.empty()) {
    return base::fail(base::ErrorKind::usage, base::concat({archive, " is compressed; run: ", program,
                                                            " -dc ", archive, " | ", command, " import -"}));
  }
  return in;
}

}  // namespace tools
