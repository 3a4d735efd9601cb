// SPDX-License-Identifier: MIT
#include "tools/times_line.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "update/states.hpp"

namespace tools {
namespace {

using nlohmann::json;
using update::State;

// Rounded to nothing in a line that is read by a person.
constexpr std::int64_t shortest_shown_ms = 100;

struct StageTime {
  State state;
  std::int64_t ms;
};

// In the order in which they were entered first.
std::vector<StageTime> stage_times(const json& report) {
  std::vector<StageTime> times;
  for (const json& stage : base::as_list(base::member(report, "stages"))) {
    const auto state = update::state_named(base::as_text(base::member(stage, "stage")));
    const auto took = base::as_integer(base::member(stage, "took_ms"));
    if (!state || !took) continue;
    const auto known =
        std::find_if(times.begin(), times.end(), [&](const StageTime& time) { return time.state == *state; });
    if (known == times.end()) {
      times.push_back({*state, *took});
    } else {
      known->ms += *took;
    }
  }
  return times;
}

// In verify the gateway is down only until it is ready, so that its time is no part of the downtime.
bool is_of_downtime(State state) {
  constexpr std::array of_downtime{State::stop, State::promote, State::migrate, State::start,
                                   State::rollback};
  return std::find(of_downtime.begin(), of_downtime.end(), state) != of_downtime.end();
}

std::string listed(const std::vector<StageTime>& times) {
  std::vector<std::string> parts;
  for (const StageTime& time : times) {
    if (time.ms < shortest_shown_ms) continue;
    parts.push_back(base::concat({update::row_of(time.state).name, " ", base::human_duration(time.ms)}));
  }
  return parts.empty() ? "" : ": " + base::join(parts, ", ");
}

// The gateway's own part of the downtime: from the end of its start job until it was ready. A rollback has
// waited for that in its own stage.
std::string until_ready(std::int64_t downtime_ms, const std::vector<StageTime>& down) {
  std::int64_t left_ms = downtime_ms;
  for (const StageTime& time : down) {
    if (time.state == State::rollback) return "";
    left_ms -= time.ms;
  }
  if (left_ms < shortest_shown_ms) return "";
  return base::concat({listed(down).empty() ? ": " : ", ", "until ready ", base::human_duration(left_ms)});
}

}  // namespace

std::string times_line(const json& report) {
  const std::vector<StageTime> times = stage_times(report);
  if (times.empty()) return {};
  std::int64_t all_ms = 0;
  for (const StageTime& time : times) all_ms += time.ms;
  const std::string all = base::human_duration(all_ms) + " in all";
  const auto downtime = base::as_integer(base::member(report, "downtime_ms"));
  if (!downtime) return all + listed(times);
  std::vector<StageTime> down, up;
  for (const StageTime& time : times) (is_of_downtime(time.state) ? down : up).push_back(time);
  return base::concat({"down for ", base::human_duration(*downtime), listed(down),
                       until_ready(*downtime, down), "; ", all, listed(up)});
}

}  // namespace tools
