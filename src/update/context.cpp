// SPDX-License-Identifier: MIT
#include "update/context.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <type_traits>

#include "base/json.hpp"
#include "base/json_numbers.hpp"
#include "base/text.hpp"

namespace update {
namespace {

using nlohmann::json;

// One list of members, so that reading and writing cannot differ.
template <class Subject, class Visitor>
void visit(Subject& context, Visitor&& visitor) {
  visitor("id", context.id);
  visitor("unit", context.unit);
  visitor("wanted", context.asked.wanted);
  visitor("requested_by", context.asked.requested_by);
  visitor("force", context.asked.force);
  visitor("returning", context.asked.returning);
  visitor("rehearses", context.asked.rehearses);
  visitor("restores", context.asked.restores);
  visitor("from_release", context.from.release);
  visitor("from_version", context.from.version);
  visitor("to_release", context.to.release);
  visitor("to_version", context.to.version);
  visitor("integrity", context.to.integrity);
  visitor("fetched_client", context.to.client);
  visitor("fetched_node", context.to.node);
  visitor("canary", context.to.canary);
  visitor("migrate", context.to.migrate);
  visitor("transcripts", context.snapshot.transcripts);
  visitor("request", context.asked.request);
  visitor("was_running", context.from.was_running);
  visitor("stopped_run", context.from.stopped_run);
  visitor("start_wanted", context.to.start_wanted);
  visitor("port", context.from.port);
  visitor("snapshot_digest", context.snapshot.digest);
  visitor("has_snapshot", context.snapshot.taken);
  visitor("restore_from", context.snapshot.restore_from);
  visitor("restore_digest", context.snapshot.restore_digest);
  visitor("state_replaced", context.snapshot.state_replaced);
  visitor("started", context.judged.started);
  visitor("became_ready", context.judged.became_ready);
  visitor("release_failed", context.judged.release_failed);
  visitor("not_blamed", context.judged.not_blamed);
  visitor("invocation_id", context.judged.invocation_id);
  visitor("reason", context.reason);
  visitor("held", context.held);
  visitor("notes", context.notes);
  visitor("notes_left_out", context.notes_left_out);
  visitor("lost", context.lost);
  visitor("interruptions", context.interruptions);
  visitor("began_at_ms", context.times.began_at_ms);
  visitor("stopped_at_ms", context.times.stopped_at_ms);
  visitor("ready_at_ms", context.times.ready_at_ms);
}

// Members with their own files. Journals of earlier versions have them in every record.
template <class Subject, class Visitor>
void visit_large(Subject& context, Visitor&& visitor) {
  visitor("baseline", context.from.baseline);
  visitor("environment_keys", context.from.environment_keys);
  visitor("schemas", context.snapshot.schemas);
  visitor("rehearsal", context.rehearsal);
}

// Members that journals of earlier versions lack. Such journals must remain readable, because they determine
// which snapshots are kept.
constexpr std::array<std::string_view, 12> added_later{
    "restores", "canary", "request",     "notes_left_out", "lost", "not_blamed",
    "migrate",  "port",   "transcripts", "rehearses",      "held", "stopped_run"};

bool may_be_missing(std::string_view name) {
  return std::find(added_later.begin(), added_later.end(), name) != added_later.end();
}

// Limits of single texts, in bytes. They bound the texts and notes of a context in total, and thus its record
// (longest_record).
constexpr std::size_t longest_text = 512, longest_reason = 4096, longest_canary = 1024;
constexpr std::size_t longest_notes = 8192, longest_note = 2048;
constexpr std::size_t most_notes = 64;
constexpr std::size_t most_lost = 16;  // four have files of their own

std::size_t limit_of(std::string_view name) {
  if (name == "reason") return longest_reason;
  return name == "canary" ? longest_canary : longest_text;
}

void cut(std::string& text, std::size_t limit) {
  if (text.size() > limit) text = base::printable(text, limit);
}

// How many elements, from `first` on, fit into one half of the available space.
template <class Iterator>
std::size_t fitting(Iterator first, Iterator last) {
  std::size_t count = 0, size = 0;
  for (; first != last && count < most_notes / 2; ++first, ++count) {
    size += first->size();
    if (size > longest_notes / 2) break;
  }
  return count;
}

// The first notes tell how the update began, the last ones how it ended.
void thin_out(std::vector<std::string>& notes, unsigned& left_out) {
  for (std::string& note : notes) cut(note, longest_note);
  const std::size_t head = fitting(notes.begin(), notes.end());
  const std::size_t tail = fitting(notes.rbegin(), notes.rend());
  if (head + tail >= notes.size()) return;
  left_out += static_cast<unsigned>(notes.size() - head - tail);
  notes.erase(notes.begin() + static_cast<std::ptrdiff_t>(head),
              notes.end() - static_cast<std::ptrdiff_t>(tail));
}

}  // namespace

Baseline::Baseline(std::string text) : text_(std::move(text)) {
  if (auto report = contract::parse_gateway_report(text_)) report_ = std::move(*report);
}

// For the journal: the original text.
void to_json(json& value, const Baseline& baseline) {
  value = baseline.text();
}

void from_json(const json& value, Baseline& baseline) {
  baseline = Baseline(value.get<std::string>());
}

void add_note(Context& context, const std::string& note) {
  if (std::find(context.notes.begin(), context.notes.end(), note) == context.notes.end())
    context.notes.push_back(note);
}

std::string to_json(const Context& context) {
  json object = json::object();
  visit(context, [&](const char* name, const auto& value) { object[name] = value; });
  // The records of an update are byte for byte those of earlier versions.
  if (!context.asked.rehearses) object.erase("rehearses");
  if (context.asked.restores.empty()) object.erase("restores");
  if (!context.held) object.erase("held");
  if (context.from.stopped_run.empty()) object.erase("stopped_run");
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

// Whether `member` can be read as such a value. Every 64-bit number is a time, or a schema.
template <class Value>
bool fits(const json& member, const Value& /*value*/) {
  if constexpr (std::is_same_v<Value, std::int64_t>) return base::as_milliseconds(member).has_value();
  if constexpr (std::is_integral_v<Value> && !std::is_same_v<Value, bool>) {
    return base::as_whole<Value>(member).has_value();
  }
  if constexpr (std::is_same_v<Value, std::map<std::string, std::int64_t>>) {
    return std::all_of(member.begin(), member.end(),
                       [](const json& each) { return base::as_integer(each).has_value(); });
  }
  return true;
}

base::Result<Context> context_from_json(std::string_view text) {
  const json object = base::json_or_null(text);
  if (!object.is_object()) return base::fail(base::ErrorKind::integrity, "a record is not a JSON object");
  Context context;
  std::string misfit;
  const auto take = [&](const char* name, auto& value) {
    const json& member = object.at(name);
    if (fits(member, value)) {
      member.get_to(value);
    } else {
      misfit = name;
    }
  };
  try {
    visit(context, [&](const char* name, auto& value) {
      if (object.contains(name) || !may_be_missing(name)) take(name, value);
    });
    visit_large(context, [&](const char* name, auto& value) {
      if (object.contains(name)) take(name, value);
    });
  } catch (const json::exception& error) {
    return base::fail(base::ErrorKind::integrity, std::string("a record is incomplete: ") + error.what());
  }
  if (misfit.empty()) return context;
  return base::fail(base::ErrorKind::integrity, "a record has no number as " + misfit);
}

Context within_bounds(Context context) {
  visit(context, [](std::string_view name, auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) cut(value, limit_of(name));
  });
  thin_out(context.notes, context.notes_left_out);
  if (context.lost.size() > most_lost) context.lost.resize(most_lost);
  for (std::string& name : context.lost) cut(name, longest_text);
  return context;
}

std::map<std::string, std::string> large_members(const Context& context) {
  std::map<std::string, std::string> members;
  visit_large(context, [&](const char* name, const auto& value) {
    if (!value.empty()) members[name] = json(value).dump(-1, ' ', false, json::error_handler_t::replace);
  });
  return members;
}

base::Result<void> set_large_member(Context& context, std::string_view name, std::string_view text) {
  const json content = base::json_or_null(text);
  bool is_valid = true;
  try {
    visit_large(context, [&](std::string_view member, auto& value) {
      if (member != name) return;
      is_valid = fits(content, value);
      if (is_valid) content.get_to(value);
    });
  } catch (const json::exception& error) {
    return base::fail(base::ErrorKind::integrity, std::string(name) + " is not valid: " + error.what());
  }
  if (is_valid) return {};
  return base::fail(base::ErrorKind::integrity, std::string(name) + " is not valid: it has no whole numbers");
}

std::optional<std::int64_t> downtime_ms(const Context& context) {
  if (!context.from.was_running || context.times.stopped_at_ms == 0 ||
      context.times.ready_at_ms < context.times.stopped_at_ms) {
    return std::nullopt;
  }
  return context.times.ready_at_ms - context.times.stopped_at_ms;
}

std::vector<std::string> all_notes(const Context& context) {
  std::vector<std::string> notes = context.notes;
  if (context.notes_left_out > 0) {
    notes.push_back(base::count(context.notes_left_out, "more note was", "more notes were") + " left out");
  }
  return notes;
}

bool is_lost(const Context& context, std::string_view member) {
  return std::find(context.lost.begin(), context.lost.end(), member) != context.lost.end();
}

}  // namespace update
