// SPDX-License-Identifier: MIT
// A line that a gateway prints, taken apart as OpenClaw puts it together (2026.4.20 to 2026.9.6):
//
//   [TIME ][[SUBSYSTEM] ]MESSAGE          or, with logging.consoleStyle=json, one JSON object
//
// It determines the source of a line, as far as possible: a message in a chat may have a line
// break in it, and continue as any line begins.
#pragma once

#include <string>
#include <string_view>

namespace openclaw {

struct LogLine {
  std::string subsystem;  // "gateway", "telegram"; empty where a line has none
  // The file of a plugin that could not be loaded, where the line is the loader's word about it.
  std::string plugin_source;
  std::string text;  // what is said, without what OpenClaw and Node put before an error ("Error: ")
};

[[nodiscard]] LogLine parse_log_line(std::string_view line);

// Of the gateway itself: not of a channel, an agent, a tool, or a plugin's own logger.
[[nodiscard]] bool is_of_gateway(const LogLine& line);

// Whether a file is of OpenClaw's own package, of its mirror of it, or of one of its own plugins.
[[nodiscard]] bool is_openclaws_file(std::string_view path);

}  // namespace openclaw
