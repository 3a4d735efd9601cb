#include "update/context.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace update {
namespace {

using nlohmann::json;

// One row a member, so that reading and writing cannot disagree.
template <class Subject, class Visitor>
void visit(Subject& context, Visitor&& visitor) {
  visitor("id", context.id);
  visitor("unit", context.unit);
  visitor("wanted", context.wanted);
  visitor("requested_by", context.requested_by);
  visitor("force", context.force);
  visitor("returning", context.returning);
  visitor("from_release", context.from_release);
  visitor("from_version", context.from_version);
  visitor("to_release", context.to_release);
  visitor("to_version", context.to_version);
  visitor("integrity", context.integrity);
  visitor("fetched_client", context.fetched_client);
  visitor("fetched_node", context.fetched_node);
  visitor("canary", context.canary);
  visitor("was_running", context.was_running);
  visitor("start_wanted", context.start_wanted);
  visitor("baseline", context.baseline);
  visitor("environment_keys", context.environment_keys);
  visitor("schemas", context.schemas);
  visitor("snapshot_digest", context.snapshot_digest);
  visitor("has_snapshot", context.has_snapshot);
  visitor("restore_from", context.restore_from);
  visitor("restore_digest", context.restore_digest);
  visitor("state_replaced", context.state_replaced);
  visitor("started", context.started);
  visitor("became_ready", context.became_ready);
  visitor("release_failed", context.release_failed);
  visitor("invocation_id", context.invocation_id);
  visitor("reason", context.reason);
  visitor("notes", context.notes);
  visitor("interruptions", context.interruptions);
  visitor("began_at_ms", context.began_at_ms);
  visitor("stopped_at_ms", context.stopped_at_ms);
  visitor("ready_at_ms", context.ready_at_ms);
}

// Members that journals of earlier versions do not have: they must stay readable, since what they say decides
// which snapshots are kept.
constexpr std::array<std::string_view, 1> added_later{"canary"};

bool may_be_missing(std::string_view name) {
  return std::find(added_later.begin(), added_later.end(), name) != added_later.end();
}

}  // namespace

std::string to_json(const Context& context) {
  json object = json::object();
  visit(context, [&](const char* name, const auto& value) { object[name] = value; });
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

base::Result<Context> context_from_json(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return base::fail(base::ErrorKind::integrity, "a record is not a JSON object");
  Context context;
  try {
    visit(context, [&](const char* name, auto& value) {
      if (object.contains(name) || !may_be_missing(name)) object.at(name).get_to(value);
    });
  } catch (const json::exception& error) {
    return base::fail(base::ErrorKind::integrity, std::string("a record is incomplete: ") + error.what());
  }
  return context;
}

}  // namespace update
