// SPDX-License-Identifier: MIT
// The syntax of the files, by inih, and what it leaves open: nothing is cut off, joined or passed over in
// silence.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace config {

struct Assignment {
  std::string section;
  std::string key;
  std::string value;
  unsigned line = 0;
};

// Every "key = value" of `text` in its order; `file` is for messages. Lines may end in CR LF and the text may
// begin with a byte order mark. A comment begins with # or ; at the start of a line, or with ; after a blank.
// A value ends with its line.
[[nodiscard]] base::Result<std::vector<Assignment>> read_ini(std::string_view text, const std::string& file);

// "FILE:LINE: what", the form that editors and people can jump to.
[[nodiscard]] tl::unexpected<base::Error> fail_at_line(const std::string& file, unsigned line,
                                                       const std::string& what);

}  // namespace config
