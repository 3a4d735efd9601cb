// SPDX-License-Identifier: MIT
// sd-event's handles with owners.
#pragma once

#include <systemd/sd-event.h>

#include <chrono>
#include <functional>
#include <memory>

namespace event {

struct UnrefLoop {
  void operator()(sd_event* loop) const { sd_event_unref(loop); }
};
using LoopPointer = std::unique_ptr<sd_event, UnrefLoop>;

struct UnrefSource {
  void operator()(sd_event_source* source) const { sd_event_source_disable_unref(source); }
};
using SourcePointer = std::unique_ptr<sd_event_source, UnrefSource>;

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
  SourcePointer source_;
};

}  // namespace event
