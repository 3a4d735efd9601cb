// SPDX-License-Identifier: MIT
#include "systemd/control_group.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <charconv>
#include <fstream>
#include <memory>
#include <string_view>

namespace systemd {
namespace {

// A service has a handful of groups below it, unless it is a container's.
constexpr std::size_t most_groups = 1000;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

void add_folders_below(const std::string& folder, std::vector<std::string>& folders) {
  const std::unique_ptr<DIR, CloseFolder> entries(::opendir(folder.c_str()));
  // One thread reads it.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  for (const dirent* entry = nullptr; entries && (entry = ::readdir(entries.get())) != nullptr;) {
    const std::string_view name = entry->d_name;
    if (entry->d_type == DT_DIR && name != "." && name != "..") {
      folders.push_back(folder + "/" + std::string(name));
    }
  }
}

}  // namespace

std::vector<std::string> control_group_folders(const std::string& control_group,
                                               const ControlGroupRoots& roots) {
  // "/" is everybody's.
  if (control_group.size() < 2) return {};
  std::vector<std::string> folders;
  for (const std::string& root : roots) {
    struct stat status {};
    const std::string folder = root + control_group;
    if (::lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) folders.push_back(folder);
  }
  for (std::size_t i = 0; i < folders.size() && folders.size() < most_groups; ++i) {
    add_folders_below(std::string(folders[i]), folders);
  }
  return folders;
}

std::vector<std::int64_t> processes_of(const std::string& control_group, const ControlGroupRoots& roots) {
  std::vector<std::int64_t> processes;
  for (const std::string& folder : control_group_folders(control_group, roots)) {
    std::ifstream file(folder + "/cgroup.procs");
    for (std::string line; std::getline(file, line);) {
      std::int64_t process = 0;
      const char* end = line.data() + line.size();
      // One of another PID namespace reads as 0.
      if (std::from_chars(line.data(), end, process).ptr == end && process > 0) processes.push_back(process);
    }
  }
  return processes;
}

}  // namespace systemd
