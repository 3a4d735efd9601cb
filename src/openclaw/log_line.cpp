// SPDX-License-Identifier: MIT
#include "openclaw/log_line.hpp"

#include <algorithm>
#include <array>

#include "base/json.hpp"

namespace openclaw {
namespace {

// PKG 2026.9.6 logging/subsystem.ts: of "gateway/ws" only "[ws]" is shown.
constexpr std::array<std::string_view, 3> prefixes_to_drop{"gateway/", "channels/", "providers/"};

constexpr std::array<std::string_view, 6> subsystems_of_gateway{"",        "gateway", "openclaw",
                                                                "plugins", "secrets", "ws"};

// What stands before an error that ends a gateway, or before the error of a plugin.
constexpr std::array<std::string_view, 7> introductions{
    "Gateway failed to start: ",  // 2026.4.20-9.6
    "Startup failed: ",           // 2026.4.26-9.6
    "Reason: ",                   // 2026.5.12-9.6, behind [openclaw]
    "Uncaught exception: ",       // 2026.4.20-4.30, behind [openclaw]
    "Unhandled promise rejection: ",
    "Failed to start CLI: ",
    "failed to load plugin: ",  // 2026.4.26-9.6, behind [plugins]
};

// Where what Node says of a module lies in what is OpenClaw's.
constexpr std::array<std::string_view, 6> openclaws_folders{
    "/openclaw/dist/",                 // npm -g, a clone
    "/openclaw-update/releases/",      // ours
    "/openclaw-update/current/dist/",  // ours, before the link is resolved
    "/plugin-runtime-deps/openclaw-",  // 2026.4.22-4.30: OpenClaw's mirror of its package
    "/plugin-view/dist/extensions/",   // ours, for 2026.4.15-4.21
    "/node_modules/@openclaw/",        // 2026.5.2 and later: plugins with packages of their own
};

bool is_decimal(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// "2026-11-27T19:37:16.650+00:00 " or, with logging.consoleStyle=pretty, "19:37:16 ".
std::string_view without_time(std::string_view line) {
  const std::size_t space = line.find(' ');
  const std::string_view word = line.substr(0, space);
  if (space == std::string_view::npos || word.size() < 8 || !is_decimal(word.front())) return line;
  const bool is_time = std::ranges::all_of(word, [](char c) {
    return is_decimal(c) || c == '-' || c == ':' || c == '.' || c == '+' || c == 'T' || c == 'Z';
  });
  return is_time && word.find(':') != std::string_view::npos ? line.substr(space + 1) : line;
}

// Takes "[TAG] " from the front of `text`; empty where there is none.
std::string_view take_tag(std::string_view& text) {
  const std::size_t end = text.find("] ");
  if (!text.starts_with('[') || end == std::string_view::npos) return "";
  const std::string_view tag = text.substr(1, end - 1);
  if (tag.find_first_of(" [") != std::string_view::npos) return "";
  text.remove_prefix(end + 2);
  return tag;
}

std::string_view shown(std::string_view subsystem) {
  for (const std::string_view prefix : prefixes_to_drop) {
    if (subsystem.starts_with(prefix)) return subsystem.substr(prefix.size());
  }
  return subsystem;
}

// "Error: ", "SqliteError: ", "Error [ERR_MODULE_NOT_FOUND]: "
std::string_view without_name_of_error(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_letter(text[end])) ++end;
  if (!text.substr(0, end).ends_with("Error")) return text;
  if (text.substr(end).starts_with(" [")) {
    end = text.find(']', end);
    if (end == std::string_view::npos) return text;
    ++end;
  }
  return text.substr(end).starts_with(": ") ? text.substr(end + 2) : text;
}

std::string_view without_introduction(std::string_view text) {
  for (bool more = true; more;) {
    const std::size_t before = text.size();
    for (const std::string_view introduction : introductions) {
      if (text.starts_with(introduction)) text.remove_prefix(introduction.size());
    }
    text = without_name_of_error(text);
    more = text.size() < before;
  }
  return text;
}

// "slack failed to load from /x/index.js: Error: ..." of 2026.4.20 and later, "slack failed during register
// from /x/index.js: ...": the file, and `text` is the error. As a diagnostic: "failed to load plugin: Error:
// ... (plugin=slack, source=/x/index.js)".
std::string take_plugin_source(std::string_view& text) {
  constexpr std::string_view failed = " failed ", from = " from ", source = ", source=";
  const std::size_t word = text.find(' ');
  if (word != std::string_view::npos && text.substr(word).starts_with(failed)) {
    const std::size_t at = text.find(from, word + failed.size() - 1);
    const std::size_t end = at == std::string_view::npos ? at : text.find(": ", at);
    if (end == std::string_view::npos) return "";
    const std::size_t begin = at + from.size();
    std::string path(text.substr(begin, end - begin));
    text.remove_prefix(end + 2);
    return path;
  }
  const std::size_t at = text.rfind(source);
  if (at == std::string_view::npos || !text.ends_with(')')) return "";
  return std::string(text.substr(at + source.size(), text.size() - at - source.size() - 1));
}

LogLine taken_apart(std::string_view subsystem, std::string_view text) {
  LogLine line;
  line.subsystem = shown(subsystem);
  // "[gateway] [plugins] failed to stage ...", and with JSON "[plugins] ..." of the plugins' own logger.
  std::string_view rest = text;
  const std::string_view tag = take_tag(rest);
  const bool is_plugins = tag == "plugins" && (line.subsystem == "gateway" || line.subsystem == tag);
  if (is_plugins) {
    line.subsystem = tag;
    text = rest;
  }
  if (line.subsystem == "plugins") line.plugin_source = take_plugin_source(text);
  line.text = without_introduction(text);
  return line;
}

}  // namespace

LogLine parse_log_line(std::string_view line) {
  if (line.starts_with('{')) {
    const auto object = base::json_or_null(line);
    if (object.is_object()) {
      return taken_apart(base::as_text(base::member(object, "subsystem")),
                         base::as_text(base::member(object, "message")));
    }
    // Truncated by its reader: its source is in the missing part, and cannot be determined.
    return LogLine{.subsystem = "json", .plugin_source = "", .text = std::string(line)};
  }
  std::string_view rest = without_time(line);
  const std::string_view tag = take_tag(rest);
  return taken_apart(tag, rest);
}

bool is_of_gateway(const LogLine& line) {
  return std::ranges::find(subsystems_of_gateway, line.subsystem) != subsystems_of_gateway.end();
}

bool is_openclaws_file(std::string_view path) {
  return std::ranges::any_of(openclaws_folders, [&](std::string_view folder) {
    return path.find(folder) != std::string_view::npos;
  });
}

}  // namespace openclaw
