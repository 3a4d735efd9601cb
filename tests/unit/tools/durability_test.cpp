// SPDX-License-Identifier: MIT
// What the programs leave for the time after a power cut.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/scope.hpp"
#include "support/disk_witness.hpp"
#include "support/temporary_directory.hpp"
#include "tools/scope.hpp"
#include "tools/status_record.hpp"

namespace {

using test_support::DiskWitness;

class ToolsAndThePower : public testing::Test {
 protected:
  ToolsAndThePower() {
    scope_.updater = root_.mkdir("updater");
    scope_.unit_files = root_.path("units");
    scope_.shipped_units = root_.path("shipped");
  }

  test_support::TemporaryDirectory root_{test_support::TemporaryDirectory::fast_place()};
  config::Scope scope_;
  static constexpr const char* unit_ = "openclaw-gateway.service";
};

TEST_F(ToolsAndThePower, MarkAGatewaysUnitForGood) {
  const DiskWitness disk;
  ASSERT_TRUE(tools::mark_gateway_unit(scope_, unit_));
  const std::size_t marked = disk.last(DiskWitness::Kind::renamed, unit_);
  ASSERT_NE(marked, DiskWitness::never) << disk.story();
  const std::string folder = disk.events()[marked].path.substr(0, disk.events()[marked].path.rfind('/'));
  EXPECT_LT(disk.durably_made(folder), marked) << disk.story();
  ASSERT_TRUE(tools::unmark_gateway_unit(scope_, unit_));
  EXPECT_NE(disk.durably_removed(unit_), DiskWitness::never) << disk.story();
  EXPECT_TRUE(tools::unmark_gateway_unit(scope_, unit_)) << "twice is harmless";
}

TEST_F(ToolsAndThePower, SwitchRecoveryOnForGood) {
  scope_.is_user = true;
  const DiskWitness disk;
  ASSERT_TRUE(tools::want_recovery(scope_, root_.path("shipped/openclaw-gateway.service")));
  for (const char* made :
       {"units", "units/default.target.wants", "units/default.target.wants/openclaw-update-recover.service",
        "units/default.target.wants/openclaw-update-resume.service"}) {
    EXPECT_NE(disk.durably_made(made), DiskWitness::never) << made << disk.story();
  }
  const std::size_t before = disk.syncs();
  ASSERT_TRUE(tools::want_recovery(scope_, root_.path("shipped/openclaw-gateway.service")));
  EXPECT_EQ(disk.syncs(), before) << "it was on";
}

}  // namespace
