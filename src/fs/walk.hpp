// SPDX-License-Identifier: MIT
// One walk for all that go through a whole tree: by descriptor, no link followed, a few descriptors open.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace fs {

// Node's deepest real trees have about 20 levels. Each level holds a descriptor or two, so there must be an
// end.
inline constexpr int max_depth = 128;

struct WalkEntry {
  int dir_fd;             // the directory it is in
  const char* name;       // its name there
  std::string_view path;  // relative to the root of the walk; until the call returns
  unsigned char type;     // DT_…
};

class Visitor {
 public:
  virtual ~Visitor() = default;
  // A directory, before it is opened: true walks it.
  virtual base::Result<bool> enter(const WalkEntry&) { return true; }
  // Anything else.
  virtual base::Result<void> visit(const WalkEntry& entry) = 0;
  // A directory that was entered, after all it contains.
  virtual base::Result<void> leave(int /*fd*/, std::string_view /*path*/) { return {}; }
  // A directory that could not be opened or read, with the errno: an error, unless a visitor can live with
  // it.
  virtual base::Result<void> cannot_open(const WalkEntry& entry, int number);
};

// `leave` is also called for the root, with an empty path.
[[nodiscard]] base::Result<void> walk(int root_fd, Visitor& visitor);

// The error for what is neither file, directory nor symlink.
[[nodiscard]] tl::unexpected<base::Error> fail_special(std::string_view operation, const WalkEntry& entry);

}  // namespace fs
