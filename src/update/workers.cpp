#include "update/workers.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <utility>

#include "base/redaction.hpp"
#include "bus/job_limits.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "update/gateway.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto patience_with_preparation = 5s;
constexpr auto pause_for_preparation = 10ms;
constexpr auto pause_for_result = 1ms;
constexpr unsigned turns_between_looks = 50;
// What openclaw-state says then (workers/request.hpp).
constexpr const char* workers_waiting_status = "waiting for its request";
constexpr std::size_t result_limit = std::size_t{4} * 1024 * 1024;

// What systemd removes of an instance, whatever the instance itself did about it. The folder of
// openclaw-fetch has all that it was, the package clients' cache too, and openclaw-finish works in the same
// one, so that it must find it; that of the others is the gateway's.
struct Owned {
  std::string_view program;
  std::vector<std::string> before_a_start, at_the_end;
};
const Owned& owned_by(std::string_view program) {
  static const std::array<Owned, 3> rows{{{"openclaw-fetch", {"runtime", "state"}, {"runtime", "state"}},
                                          {"openclaw-finish", {"runtime"}, {"runtime", "state"}},
                                          {"", {"runtime"}, {"runtime"}}}};
  const auto row = std::find_if(rows.begin(), rows.end() - 1,
                                [&](const Owned& owned) { return owned.program == program; });
  return *row;
}

bool has_folder_of_its_own(const Task& task) {
  return owned_by(task.program).at_the_end.size() > 1;
}

constexpr std::array<std::pair<std::string_view, ErrorKind>, 7> kinds{{
    {"system", ErrorKind::system},
    {"bad_input", ErrorKind::bad_input},
    {"not_found", ErrorKind::not_found},
    {"busy", ErrorKind::busy},
    {"refused", ErrorKind::refused},
    {"unavailable", ErrorKind::unavailable},
    {"integrity", ErrorKind::integrity},
}};

ErrorKind kind_named(const std::string& name) {
  for (const auto& [known, kind] : kinds) {
    if (known == name) return kind;
  }
  return ErrorKind::unavailable;
}

std::string see_log(const std::string& unit) {
  return "; see journalctl -u " + unit;
}

// nlohmann's parser recurses: depth is bounded before it is let loose on what a worker wrote.
bool too_deep(std::string_view text) {
  constexpr int most = 64;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') ++i;
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > most) return true;
  }
  return false;
}

Result<json> members_of(const std::string& text, const std::string& unit) {
  json object = too_deep(text) ? json() : json::parse(text, nullptr, false);
  if (!object.is_object() || !object.contains("ok") || !object["ok"].is_boolean()) {
    return base::fail(ErrorKind::unavailable, unit + " left a result that is none" + see_log(unit));
  }
  if (object["ok"].get<bool>()) return object;
  const json error = object.value("error", json::object());
  const auto text_of = [&](const char* name) {
    return error.is_object() && error.contains(name) && error[name].is_string()
               ? base::redacted(error[name].get<std::string>())
               : std::string();
  };
  const std::string message = text_of("message");
  return base::fail(kind_named(text_of("kind")),
                    message.empty() ? unit + " failed" + see_log(unit) : message);
}

}  // namespace

std::string unit_of(const Task& task) {
  return task.program + "@" + task.text() + ".service";
}

Result<void> UnitWorkers::write_request(const Task& task, const json& request) const {
  const auto folder = fs::open_directory(places_.requests);
  if (!folder) return base::pass(folder.error());
  json whole = request;
  whole["action"] = task.action;
  whole["transaction"] = task.transaction;
  return fs::write_file_durably(folder->get(), task.text() + ".json",
                                whole.dump(2, ' ', false, json::error_handler_t::replace) + "\n", 0644);
}

Result<json> UnitWorkers::read_result(const Task& task) const {
  const std::string unit = unit_of(task);
  const auto folder = fs::open_directory(places_.results);
  if (!folder) return base::fail(ErrorKind::unavailable, unit + " left no result" + see_log(unit));
  const auto own = fs::open_directory_beneath(folder->get(), task.program + "@" + task.text());
  if (!own) return base::fail(ErrorKind::unavailable, unit + " left no result" + see_log(unit));
  const auto text = fs::read_file(own->get(), "result.json", result_limit);
  if (!text) return base::fail(ErrorKind::unavailable, unit + " left no result" + see_log(unit));
  return members_of(*text, unit);
}

void UnitWorkers::prepare(const Task& task) {
  const std::string unit = unit_of(task);
  end(unit);
  (void)manager_.reset_failed(unit);
  (void)manager_.clean(unit, owned_by(task.program).before_a_start);
  remove_request(task);
  if (!manager_.start_without_waiting(unit)) return;
  const auto deadline = Clock::now() + patience_with_preparation;
  while (Clock::now() < deadline) {
    const auto now = manager_.status(unit);
    if (now && now->status_text == workers_waiting_status) prepared_ = unit;
    // Until its job runs, the unit is as it was: down.
    if (!prepared_.empty() || (now && is_down(*now) && !now->job_pending)) return;
    std::this_thread::sleep_for(pause_for_preparation);
  }
}

// Nothing when it has ended without a result: then it is asked again in the ordinary way. It stays until it
// is dismissed, and what it leaves is cleaned later, since the gateway is down meanwhile.
std::optional<Result<json>> UnitWorkers::run_prepared(const Task& task, const json& request) {
  const std::string unit = std::exchange(prepared_, {});
  if (unit != unit_of(task)) return std::nullopt;
  if (auto written = write_request(task, request); !written) return base::pass(written.error());
  const std::string path = places_.results + "/" + task.program + "@" + task.text() + "/result.json";
  const auto has_result = [&] { return ::access(path.c_str(), F_OK) == 0; };
  const auto begun = Clock::now();
  for (unsigned turn = 1; !has_result(); ++turn) {
    std::this_thread::sleep_for(pause_for_result);
    if (turn % turns_between_looks != 0) continue;
    const auto now = manager_.status(unit);
    if (now && is_down(*now) && !has_result()) return std::nullopt;
    const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun);
    const auto late = now ? bus::overdue(bus::JobKind::start, unit, *now, waited) : std::nullopt;
    if (!late) continue;
    end(unit);
    return base::pass(*late);
  }
  auto result = read_result(task);
  // It may have failed before it was asked; asked again in the ordinary way, it says so again.
  if (!result) return std::nullopt;
  return result;
}

Result<json> UnitWorkers::run(const Task& task, const json& request, const Watching& watching) {
  if (auto answer = run_prepared(task, request)) return std::move(*answer);
  const std::string unit = unit_of(task);
  // What an earlier try of the same transaction has left must not pass for an answer, and neither must what
  // one that is still at work will say: it was asked something else.
  end(unit);
  (void)manager_.reset_failed(unit);
  (void)manager_.clean(unit, owned_by(task.program).before_a_start);
  if (auto written = write_request(task, request); !written) return base::pass(written.error());
  bool ended = false;
  const auto job = manager_.start(unit, [&] {
    const auto status = manager_.status(unit);
    ended = watching && !watching(status ? status->status_text : "");
    return !ended;
  });
  remove_request(task);
  if (!job) {
    // What still writes to the gateway's state must not be at it when the gateway starts.
    end(unit);
    return ended ? base::fail(ErrorKind::busy, unit + " was ended") : base::pass(job.error());
  }
  auto result = read_result(task);
  (void)manager_.reset_failed(unit);
  (void)manager_.clean(unit, {"runtime"});
  if (!result && *job != "done" && result.error().kind == ErrorKind::unavailable) {
    return base::pass(result.error(), "the job of " + unit + " ended with \"" + *job + "\"");
  }
  return result;
}

void UnitWorkers::dismiss(const Task& task) {
  remove_request(task);
}

void UnitWorkers::remove_request(const Task& task) const {
  if (const auto folder = fs::open_directory(places_.requests)) {
    ::unlinkat(folder->get(), (task.text() + ".json").c_str(), 0);
  }
}

void UnitWorkers::end(const std::string& unit) {
  const auto now = manager_.status(unit);
  if (!now || now->active_state == "inactive" || now->active_state == "failed") return;
  (void)manager_.stop(unit, {});
}

bool UnitWorkers::has_left_something(const Task& task) const {
  const auto exists = [](const std::string& folder, const std::string& name) {
    const auto opened = fs::open_directory(folder);
    return opened && fs::exists_beneath(opened->get(), name);
  };
  return exists(places_.requests, task.text() + ".json") ||
         exists(places_.results, task.program + "@" + task.text()) ||
         (has_folder_of_its_own(task) && exists(places_.fetched, task.text()));
}

void UnitWorkers::clean(const Task& task) {
  if (!has_left_something(task)) return;
  const std::string unit = unit_of(task);
  remove_request(task);
  end(unit);
  (void)manager_.reset_failed(unit);
  (void)manager_.clean(unit, owned_by(task.program).at_the_end);
}

}  // namespace update
