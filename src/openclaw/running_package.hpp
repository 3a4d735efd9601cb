// SPDX-License-Identifier: MIT
// Which OpenClaw a process of Node has its code from, as far as the kernel tells. All but its program is what
// the process wants it to be: it confirms, and alone decides nothing that would harm another user.
//
// `process_fd`: a descriptor of /proc/PID, which refers to that process only, even if its PID is reused.
#pragma once

#include <string>
#include <vector>

namespace openclaw {

// What its links "exe" and "cwd" say; empty: not to be seen.
[[nodiscard]] std::string link_of_process(int process_fd, const char* name);

// Its arguments; one word where it has given itself a title, as OpenClaw and npm do.
[[nodiscard]] std::vector<std::string> arguments_of_process(int process_fd);

// The value of a variable that it was started with; empty: none.
[[nodiscard]] std::string variable_of_process(int process_fd, const char* name);

// The package of its script, or of the native modules that it has mapped, links resolved; empty: not told, or
// several.
[[nodiscard]] std::string package_of_process(int process_fd);

// What `openclaw` was for the user who started it: the command that the shell noted, else what PATH has by
// that name. For a process whose title has taken the place of its arguments.
[[nodiscard]] std::string package_by_name(int process_fd);

// The same file is there for the process: what has the path in another file system, as in a container, is
// another one.
[[nodiscard]] bool is_seen_by_process(int process_fd, const std::string& path);

}  // namespace openclaw
