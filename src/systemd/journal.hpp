// SPDX-License-Identifier: MIT
// Events for operators and programs that read journals: a sentence, a priority, a MESSAGE_ID with a catalog
// entry, and fields.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spdlog {
class logger;
}

namespace systemd {

// syslog(3) levels.
enum class Priority { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

struct Event {
  Priority priority = Priority::info;
  std::string_view message_id;  // 32 hex digits, or empty
  std::string message;
  std::vector<std::pair<std::string, std::string>> fields;  // NAME (upper case), value
};

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void send(const Event& event) = 0;
};

// To the journal with all fields when stderr is connected to it ($JOURNAL_STREAM), else as a line on stderr
// through spdlog. `minimum` hides what is less important (a person's --quiet, --verbose).
//
// Construction costs one fstat, and nothing is loaded before the first line: a hook that has nothing to do
// prints nothing.
class JournalSink final : public EventSink {
 public:
  explicit JournalSink(Priority minimum = Priority::info);
  void send(const Event& event) override;

 private:
  void print(const Event& event);

  Priority minimum_;
  bool native_;
  std::shared_ptr<spdlog::logger> terminal_;  // made when first needed
};

// Whether `fd` is the stream that $JOURNAL_STREAM ("device:inode", systemd.exec(5)) names. It may be
// inherited by a program whose output was redirected since. `value` may be null.
[[nodiscard]] bool is_journal_stream(const char* value, int fd);

// "NAME=value" as sd_journal_sendv(3) takes them. Fields whose name the journal would refuse, along with the
// whole entry, are left out; line ends in values are kept, other control characters are not.
[[nodiscard]] std::vector<std::string> journal_fields(const Event& event, std::string_view identifier);

// The text of an event without the journal: "program: error: message", further lines indented, so that no
// line of a message that quotes npm can pass for one of ours.
[[nodiscard]] std::string terminal_text(const Event& event, std::string_view identifier);

// The catalog: one row an event (units/openclaw-systemd.catalog has the texts).
namespace message_id {
inline constexpr std::string_view staged = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c01";
inline constexpr std::string_view stage_failed = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c02";
inline constexpr std::string_view lock_reclaimed = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c03";
inline constexpr std::string_view lock_held = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c04";
inline constexpr std::string_view mirror_repaired = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c05";
inline constexpr std::string_view owned_root = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c06";
inline constexpr std::string_view plugin_skew = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c07";
inline constexpr std::string_view state_kept = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c08";
inline constexpr std::string_view state_refused = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c09";
inline constexpr std::string_view update_stage = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c10";
inline constexpr std::string_view update_done = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c11";
inline constexpr std::string_view update_refused = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c12";
inline constexpr std::string_view update_rolled_back = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c13";
inline constexpr std::string_view rollback_failed = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c14";
inline constexpr std::string_view update_recovered = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c15";
inline constexpr std::string_view update_rehearsed = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c16";
inline constexpr std::string_view gateway_restarted = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c20";
inline constexpr std::string_view remedy_applied = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c21";
inline constexpr std::string_view gateway_incident = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c22";
inline constexpr std::string_view watchdog_gave_up = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c23";
inline constexpr std::string_view rollback_started = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c24";
inline constexpr std::string_view loop_ended = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c25";
inline constexpr std::string_view recovery_started = "5a1d1c1fd7a84c1f8b5e2b0d8a2f6c26";
}  // namespace message_id

}  // namespace systemd
