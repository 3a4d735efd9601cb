// SPDX-License-Identifier: MIT
// An update that fails from the stop on.
#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <functional>
#include <string>

#include "update/support/scene.hpp"

namespace update_tests {

class RollingBack : public testing::Test {
 protected:
  void expect_rolled_back() {
    EXPECT_EQ(scene_.update(), "rolled-back") << scene_.context.reason;
    EXPECT_EQ(scene_.current(), old_version);
    EXPECT_TRUE(scene_.is_running());
    EXPECT_EQ(scene_.running_version, old_version);
    EXPECT_FALSE(scene_.is_open());
    EXPECT_EQ(scene_.recorded().back(), "rolled-back");
  }
  bus_tests::FakeUnit& unit() { return scene_.manager.unit(gateway); }
  // Additional effects of the start of the new release.
  void when_new_starts(const std::function<void()>& effect) {
    unit().on_start = [this, effect, start = unit().on_start](auto& started) {
      const auto result = start(started);
      if (scene_.running_version == new_version) effect();
      return result;
    };
  }
  // In the rollback, its first start ends with this exit status.
  void old_release_ends_at_its_first_start(int exit_status) {
    unit().on_start = [this, exit_status, starts = 0,
                       start = unit().on_start](auto& started) mutable -> bus::JobResult {
      if (scene_.current() != old_version || starts++ > 0) return start(started);
      started.fail("exit-code");
      started.end(CLD_EXITED, exit_status);
      return "failed";
    };
  }
  void when_old_starts_again(const std::function<void()>& effect) {
    unit().on_start = [this, effect, starts = 0, start = unit().on_start](auto& started) mutable {
      if (scene_.current() == old_version && starts++ > 0) effect();
      return start(started);
    };
  }
  bool restored() { return scene_.called("openclaw-state restore"); }

  Scene scene_;
};

}  // namespace update_tests
