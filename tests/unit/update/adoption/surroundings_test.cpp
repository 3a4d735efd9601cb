// SPDX-License-Identifier: MIT
// File systems that are too small, remote, or not always mounted: reported before an adoption begins.
#include "update/adoption/surroundings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "update/adoption/support/host.hpp"

namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::uint64_t megabyte = 1'000'000;

class Surroundings : public update_tests::Host {
 protected:
  Surroundings() {
    package("lib/node_modules/openclaw");
    definition().exec_start = {node("bin/node"), root.path("lib/node_modules/openclaw/dist/index.js"),
                               "gateway"};
    definition().locations = {{"HOME", root.path("home/claw")}};
  }
};

TEST_F(Surroundings, WithoutRoomForTheCopyRefuseWithBothNumbers) {
  const auto room =
      update::note_of_room("/var/lib/openclaw-update", "/opt/x", 650 * megabyte, 649 * megabyte);
  ASSERT_FALSE(room);
  EXPECT_THAT(room.error().message,
              AllOf(HasSubstr("has 649.0 MB free"), HasSubstr("takes 650.0 MB"), HasSubstr("adopt again")));
}

TEST_F(Surroundings, WithRoomForTheCopyAloneSayWhatAnUpdateNeeds) {
  const auto tight =
      update::note_of_room("/var/lib/openclaw-update", "/opt/x", 650 * megabyte, 2449 * megabyte);
  ASSERT_TRUE(tight);
  EXPECT_THAT(*tight, HasSubstr("an update needs 1.8 GB in addition"));
  const auto wide =
      update::note_of_room("/var/lib/openclaw-update", "/opt/x", 650 * megabyte, 2450 * megabyte);
  ASSERT_TRUE(wide);
  EXPECT_THAT(*wide, IsEmpty());
}

TEST_F(Surroundings, AreMeasuredBeforeAnythingIsCopied) {
  free_bytes = 10;
  EXPECT_THAT(refusal(), HasSubstr("has 10 B free"));
  EXPECT_FALSE(state.exists("adoption.json"));
  free_bytes = 100 * megabyte;
  EXPECT_THAT(notes(), Contains(HasSubstr("an update needs")));
}

TEST_F(Surroundings, OnANetworkAreNamed) {
  EXPECT_THAT(update::note_of_file_system(0x6969, "/home/claw"),
              AllOf(HasSubstr("NFS"), HasSubstr("RequiresMountsFor=/home/claw")));
  EXPECT_THAT(update::note_of_file_system(0xFF534D42, "/x"), HasSubstr("SMB"));
  EXPECT_THAT(update::note_of_file_system(0x65735546, "/x"), HasSubstr("FUSE"));
  EXPECT_THAT(update::note_of_file_system(0xEF53, "/x"), IsEmpty()) << "ext4";
}

TEST_F(Surroundings, OfAHomeThatIsThereOnlyAtALoginAreNamedOrRefused) {
  root.mkdir("home/.ecryptfs");
  root.mkdir("home/.ecryptfs/nobody");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("mounted by eCryptfs only while nobody is logged in"),
                               HasSubstr("is not available now"), HasSubstr("StateDirectory=")));
  root.mkdir("home/claw");
  EXPECT_THAT(notes(), Contains(HasSubstr("neither the gateway nor an update works without it")));
  // As the message requests.
  definition().state_directories = {"claw"};
  definition().locations = {{"HOME", "/var/lib/claw"}};
  EXPECT_THAT(notes(), Not(Contains(HasSubstr("logged in"))));
}

TEST_F(Surroundings, OfHomedAreKnownByTheFileBesideTheHome) {
  root.write("home/claw.home");
  EXPECT_THAT(refusal(), HasSubstr("systemd-homed"));
}

}  // namespace
