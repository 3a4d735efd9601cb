// SPDX-License-Identifier: MIT
#include "fs/list.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "fs/beneath.hpp"
#include "fs/directory_stream.hpp"
#include "fs/failure.hpp"

namespace fs {
namespace {

using base::Result;

DirectoryEntry::Type type_of(unsigned char type) {
  switch (type) {
    case DT_REG:
      return DirectoryEntry::Type::file;
    case DT_DIR:
      return DirectoryEntry::Type::directory;
    case DT_LNK:
      return DirectoryEntry::Type::symlink;
    default:
      return DirectoryEntry::Type::other;
  }
}

}  // namespace

Result<std::vector<DirectoryEntry>> list_directory(int dir_fd, std::string_view path) {
  auto folder = open_directory_beneath(dir_fd, path.empty() ? "." : path);
  if (!folder) return base::pass(std::move(folder.error()));
  DirectoryStream stream(std::move(*folder));
  const auto cannot_list = [&](int number) { return fail_at(number, "list", path_of(dir_fd, path)); };
  if (!stream.valid()) return cannot_list(errno);
  std::vector<DirectoryEntry> entries;
  while (const auto entry = stream.next()) entries.push_back({entry->name, type_of(entry->type)});
  if (stream.error() != 0) return cannot_list(stream.error());
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

}  // namespace fs
