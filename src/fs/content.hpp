// SPDX-License-Identifier: MIT
// The content of a file, into another one.
#pragma once

#include <sys/stat.h>

namespace fs {

// Copies what `source` has up to the size in `status` into the empty file `target`; answers an errno value,
// or 0. What is a hole in it stays one: a less trusted user can make a file of a tebibyte in no time, and
// must not fill the disk with a copy of it. What another process appends meanwhile is left out, so that there
// is an end; of a file that was cut off meanwhile the rest is copied. `by_kernel` becomes false where
// copy_file_range(2) does not work: the next file need not try it.
[[nodiscard]] int copy_content(int source, const struct stat& status, int target, bool& by_kernel);

}  // namespace fs
