// SPDX-License-Identifier: MIT
// The file of an export or an import, as it is named on the command line: a path, or "-" for standard output
// and standard input.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "fs/new_file.hpp"

namespace tools {

[[nodiscard]] bool is_standard_stream(const std::string& archive);

// Where an archive goes: a new file (0600), or standard output.
struct ArchiveOut {
  std::optional<fs::NewFile> file;
  [[nodiscard]] int fd() const;
};
// `usage` if standard output is a terminal, or has the result as JSON.
[[nodiscard]] base::Result<ArchiveOut> open_archive_to_write(const std::string& archive, bool json);

struct ArchiveIn {
  base::UniqueFd file;
  std::uint64_t bytes = 0;  // 0: not known
};
// `usage` for a folder, a terminal or a compressed file. `command`: that has "export" and "import" of such
// archives, for these messages.
[[nodiscard]] base::Result<ArchiveIn> open_archive_to_read(const std::string& archive,
                                                           const std::string& command);

}  // namespace tools
