// SPDX-License-Identifier: MIT
#include "update/workers.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <utility>

#include "bus/job_limits.hpp"
#include "contract/tasks.hpp"
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
constexpr auto pause_for_begun_work = 50ms;
// The bus may be restarted meanwhile. Without it, nothing is known about a worker.
constexpr auto patience_with_bus = 60s;
constexpr unsigned turns_between_looks = 50;

// What systemd removes of an instance, independent of what the instance itself removes. openclaw-fetch has
// its own folder (for user units in the cache, because the place of their state depends on the version of
// systemd) with everything it made, including the cache of the package clients. openclaw-finish works in the
// same folder, and must find it. The folder of the other workers is the gateway's.
struct Owned {
  std::string_view program;
  std::vector<std::string> before_a_start, at_the_end;
};
const Owned& owned_by(std::string_view program) {
  static const std::array<Owned, 3> rows{
      {{contract::tasks::fetch.program, {"runtime", "state", "cache"}, {"runtime", "state", "cache"}},
       {contract::tasks::finish.program, {"runtime"}, {"runtime", "state", "cache"}},
       {"", {"runtime"}, {"runtime"}}}};
  const auto row = std::find_if(rows.begin(), rows.end() - 1,
                                [&](const Owned& owned) { return owned.program == program; });
  return *row;
}

bool has_folder_of_its_own(const contract::Task& task) {
  return owned_by(task.program).at_the_end.size() > 1;
}

// For how long the service manager has not answered.
class Silence {
 public:
  // Whether a look that failed was one too many.
  [[nodiscard]] bool is_too_long_after(bool answered) {
    if (answered) since_ = Clock::now();
    return Clock::now() - since_ > patience_with_bus;
  }

 private:
  Clock::time_point since_ = Clock::now();
};

tl::unexpected<base::Error> no_result(const std::string& unit, const base::Error& why) {
  // It may have left one.
  if (!fs::is_answer(why)) return base::pass(why, "reading the result of " + unit);
  return base::fail(ErrorKind::unavailable, unit + " left no result" + contract::see_log(unit));
}

}  // namespace

const std::string& UnitWorkers::requests_of(const contract::Task& task) const {
  return task.gateway.empty() ? places_.requests : places_.gateway_requests;
}

const std::string& UnitWorkers::results_of(const contract::Task& task) const {
  return task.gateway.empty() ? places_.results : places_.gateway_results;
}

Result<void> UnitWorkers::write_request(const contract::Task& task, const json& request) const {
  const auto folder = fs::open_directory(requests_of(task));
  if (!folder) return base::pass(folder.error());
  return fs::write_file_durably(folder->get(), task.request_file(), contract::request_text(task, request),
                                0644);
}

Result<json> UnitWorkers::read_result(const contract::Task& task) const {
  const std::string unit = task.unit();
  const auto folder = fs::open_directory(results_of(task));
  if (!folder) return no_result(unit, folder.error());
  const auto own = fs::open_directory_beneath(folder->get(), task.result_folder());
  if (!own) return no_result(unit, own.error());
  const auto text = fs::read_file(own->get(), contract::result_file, contract::result_limits.bytes);
  if (!text) return no_result(unit, text.error());
  return contract::read_result(*text, unit);
}

void UnitWorkers::make_room_for(const contract::Task& task) {
  const std::string unit = task.unit();
  end(unit);
  (void)manager_.reset_failed(unit);
  (void)manager_.clean(unit, owned_by(task.program).before_a_start);
}

void UnitWorkers::begin(const contract::Task& task, const json& request) {
  make_room_for(task);
  if (!write_request(task, request)) return;
  if (manager_.start_without_waiting(task.unit())) begun_ = task.unit();
}

// Its job is not waited for, because it may have ended already: a second start job would start it again.
Result<json> UnitWorkers::run_begun(const contract::Task& task, const Watching& watching) {
  const std::string unit = task.unit();
  const auto begun = Clock::now();
  Silence silence;
  for (;;) {
    const auto now = manager_.status(unit);
    if (silence.is_too_long_after(now.has_value())) return base::pass(now.error(), unit);
    if (now && is_down(*now) && !now->job_pending) break;
    const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun);
    const auto late = now ? bus::overdue(bus::JobKind::start, unit, *now, waited) : std::nullopt;
    const bool unwanted = watching && !watching(now ? now->status_text : "");
    if (late || unwanted) {
      end(unit);
      remove_request(task);
      return unwanted ? base::fail(ErrorKind::busy, unit + " was ended") : base::pass(*late);
    }
    manager_.idle(pause_for_begun_work);
  }
  remove_request(task);
  auto result = read_result(task);
  (void)manager_.reset_failed(unit);
  (void)manager_.clean(unit, {"runtime"});
  return result;
}

void UnitWorkers::prepare(const contract::Task& task) {
  const std::string unit = task.unit();
  make_room_for(task);
  remove_request(task);
  if (!manager_.start_without_waiting(unit)) return;
  const auto deadline = Clock::now() + patience_with_preparation;
  while (Clock::now() < deadline) {
    const auto now = manager_.status(unit);
    if (now && now->status_text == contract::waiting_status) prepared_ = unit;
    // Until its job runs, the unit still appears to be down.
    if (!prepared_.empty() || (now && is_down(*now) && !now->job_pending)) return;
    std::this_thread::sleep_for(pause_for_preparation);
  }
}

// Nothing if the worker has ended without a result: the task is then run again in the ordinary way. The
// worker stays until it is dismissed, and its files are cleaned up later, because the gateway is down
// meanwhile.
std::optional<Result<json>> UnitWorkers::run_prepared(const contract::Task& task, const json& request) {
  const std::string unit = std::exchange(prepared_, {});
  if (unit != task.unit()) return std::nullopt;
  if (auto written = write_request(task, request); !written) return base::pass(written.error());
  const std::string path = results_of(task) + "/" + task.result_folder() + "/" + contract::result_file;
  const auto has_result = [&] { return ::access(path.c_str(), F_OK) == 0; };
  const auto begun = Clock::now();
  Silence silence;
  for (unsigned turn = 1; !has_result(); ++turn) {
    std::this_thread::sleep_for(pause_for_result);
    if (turn % turns_between_looks != 0) continue;
    const auto now = manager_.status(unit);
    if (silence.is_too_long_after(now.has_value())) return base::pass(now.error(), unit);
    if (now && is_down(*now) && !has_result()) return std::nullopt;
    const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun);
    const auto late = now ? bus::overdue(bus::JobKind::start, unit, *now, waited) : std::nullopt;
    if (!late) continue;
    end(unit);
    return base::pass(*late);
  }
  auto result = read_result(task);
  // It may have failed before it got its request; an ordinary run reports such a failure again.
  if (!result) return std::nullopt;
  return result;
}

Result<json> UnitWorkers::run(const contract::Task& task, const json& request, const Watching& watching) {
  if (auto answer = run_prepared(task, request)) return std::move(*answer);
  const std::string unit = task.unit();
  if (begun_ == unit) {
    begun_.clear();
    return run_begun(task, watching);
  }
  // Else what is left there could be taken for the answer.
  make_room_for(task);
  if (auto written = write_request(task, request); !written) return base::pass(written.error());
  bool ended = false;
  const auto job = manager_.start(unit, [&] {
    const auto status = manager_.status(unit);
    ended = watching && !watching(status ? status->status_text : "");
    return !ended;
  });
  remove_request(task);
  if (!job) {
    // No worker may write to the gateway's state any more when the gateway starts.
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

void UnitWorkers::dismiss(const contract::Task& task) {
  remove_request(task);
}

void UnitWorkers::remove_request(const contract::Task& task) const {
  if (const auto folder = fs::open_directory(requests_of(task))) {
    ::unlinkat(folder->get(), task.request_file().c_str(), 0);
  }
}

void UnitWorkers::end(const std::string& unit) {
  const auto now = manager_.status(unit);
  // Without an answer, it may still be at work on the gateway's state.
  if (now && (now->active_state == "inactive" || now->active_state == "failed")) return;
  (void)manager_.stop(unit, {});
}

bool UnitWorkers::has_left_something(const contract::Task& task) const {
  const auto exists = [](const std::string& folder, const std::string& name) {
    const auto opened = fs::open_directory(folder);
    return opened ? fs::may_exist_beneath(opened->get(), name) : !fs::is_answer(opened.error());
  };
  return exists(requests_of(task), task.request_file()) || exists(results_of(task), task.result_folder()) ||
         (has_folder_of_its_own(task) && exists(places_.fetched, task.instance()));
}

void UnitWorkers::clean(const contract::Task& task) {
  if (!has_left_something(task)) return;
  const std::string unit = task.unit();
  remove_request(task);
  end(unit);
  (void)manager_.reset_failed(unit);
  (void)manager_.clean(unit, owned_by(task.program).at_the_end);
}

}  // namespace update
