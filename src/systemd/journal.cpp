// SPDX-License-Identifier: MIT
#include "systemd/journal.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/redaction.hpp"
#include "base/text.hpp"
#include "systemd/library.hpp"

namespace systemd {
namespace {

// Each line made printable and without secrets, empty lines at the end dropped.
std::vector<std::string> printable_lines(std::string_view text) {
  std::vector<std::string> lines;
  for (const std::string& line : base::split(text, '\n')) {
    std::string clean = base::redacted(line);
    clean.erase(clean.find_last_not_of(' ') + 1);
    lines.push_back(std::move(clean));
  }
  while (lines.size() > 1 && lines.back().empty()) lines.pop_back();
  return lines;
}

// journald's rule; names that begin with an underscore are its own.
bool is_field_name(std::string_view name) {
  constexpr std::size_t longest = 64;
  if (name.empty() || name.size() > longest) return false;
  if (name.front() == '_' || (name.front() >= '0' && name.front() <= '9')) return false;
  return name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos;
}

int syslog_level(Priority priority) {
  return static_cast<int>(priority);
}

struct Style {
  spdlog::level::level_enum level;
  std::string_view label;
};

Style style_of(Priority priority) {
  switch (priority) {
    case Priority::error:
      return {spdlog::level::err, "error: "};
    case Priority::warning:
      return {spdlog::level::warn, "warning: "};
    case Priority::debug:
      return {spdlog::level::debug, ""};
    case Priority::notice:
    case Priority::info:
      break;
  }
  return {spdlog::level::info, ""};
}

bool wants_color() {
  // https://no-color.org: set and not empty, whatever the value is.
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal != nullptr && std::string_view(terminal) == "dumb";
  return ::isatty(STDERR_FILENO) == 1 && !dumb && (no_color == nullptr || *no_color == '\0');
}

// Not spdlog::stderr_color_mt(): that keeps a registry, whose start costs more than the line.
std::shared_ptr<spdlog::logger> make_terminal_logger() {
  // The sink is always told what to do, since its own guess knows nothing of NO_COLOR.
  const auto mode = wants_color() ? spdlog::color_mode::always : spdlog::color_mode::never;
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(mode);
  sink->set_color(spdlog::level::info, "");  // what is fine needs no colour
  auto logger = std::make_shared<spdlog::logger>("", std::move(sink));
  logger->set_pattern("%^%v%$");
  logger->set_level(spdlog::level::debug);  // `minimum` has decided already
  return logger;
}

bool send_native(const Event& event) {
  // sd_journal_sendv() answers success where there is no journald (a chroot, RootDirectory=), and loses the
  // entry.
  if (::access("/run/systemd/journal/socket", W_OK) != 0) return false;
  const std::vector<std::string> fields = journal_fields(event, program_invocation_short_name);
  std::vector<iovec> parts;
  parts.reserve(fields.size());
  for (const std::string& field : fields) {
    // sendv(3) does not write to it; iovec has no const form.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    parts.push_back({const_cast<char*>(field.data()), field.size()});
  }
  if (library().journal_sendv == nullptr) return false;
  return library().journal_sendv(parts.data(), static_cast<int>(parts.size())) == 0;
}

}  // namespace

bool is_journal_stream(const char* value, int fd) {
  if (value == nullptr) return false;
  struct stat status {};
  if (::fstat(fd, &status) != 0) return false;
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) == value;
}

std::vector<std::string> journal_fields(const Event& event, std::string_view identifier) {
  std::vector<std::string> fields;
  fields.push_back("MESSAGE=" + base::join(printable_lines(event.message), "\n"));
  fields.push_back("PRIORITY=" + std::to_string(syslog_level(event.priority)));
  fields.push_back("SYSLOG_IDENTIFIER=" + std::string(identifier));
  if (!event.message_id.empty()) fields.push_back("MESSAGE_ID=" + std::string(event.message_id));
  for (const auto& [name, value] : event.fields) {
    if (is_field_name(name)) fields.push_back(name + "=" + base::join(printable_lines(value), "\n"));
  }
  return fields;
}

std::string terminal_text(const Event& event, std::string_view identifier) {
  std::string text = std::string(identifier) + ": " + std::string(style_of(event.priority).label);
  return text + base::join(printable_lines(event.message), "\n    ");
}

JournalSink::JournalSink(Priority minimum)
    : minimum_(minimum), native_(is_journal_stream(std::getenv("JOURNAL_STREAM"), STDERR_FILENO)) {}

void JournalSink::send(const Event& event) {
  if (syslog_level(event.priority) > syslog_level(minimum_)) return;
  if (native_ && send_native(event)) return;
  print(event);
}

void JournalSink::print(const Event& event) {
  if (!terminal_) terminal_ = make_terminal_logger();
  std::string text = terminal_text(event, program_invocation_short_name);
  if (native_) {
    // The socket is out of reach (RestrictAddressFamilies= without AF_UNIX) and the stream is not:
    // sd-daemon(3).
    text = "<" + std::to_string(syslog_level(event.priority)) + ">" + base::printable(text);
  }
  terminal_->log(style_of(event.priority).level, spdlog::string_view_t(text.data(), text.size()));
}

}  // namespace systemd
