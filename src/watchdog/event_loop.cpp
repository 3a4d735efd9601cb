#include "watchdog/event_loop.hpp"

#include <chrono>

namespace watchdog {

std::int64_t unix_now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace watchdog
