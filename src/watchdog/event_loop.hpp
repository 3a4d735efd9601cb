// sd-event's handles with owners.
#pragma once

#include <systemd/sd-event.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "bus/unit_follower.hpp"

namespace watchdog {

struct UnrefLoop {
  void operator()(sd_event* loop) const { sd_event_unref(loop); }
};
using LoopPointer = std::unique_ptr<sd_event, UnrefLoop>;

// Calls back once, after a while; a new time replaces the one before. It must stay where it is.
class Timer {
 public:
  Timer(sd_event* loop, std::function<void()> ring) : loop_(loop), ring_(std::move(ring)) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() = default;

  void set(std::chrono::milliseconds after);
  void clear() { source_.reset(); }

 private:
  static int on_time(sd_event_source* source, std::uint64_t now, void* self);

  sd_event* loop_;
  std::function<void()> ring_;
  bus::SourcePointer source_;
};

}  // namespace watchdog
