// SPDX-License-Identifier: MIT
// A snapshot as a tar archive, on this host and on another one.
#include "workers/state/archive.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"
#include "process/run.hpp"
#include "support/recording_notifier.hpp"
#include "workers/state/restore.hpp"
#include "workers/state/snapshot.hpp"
#include "workers/support/openclaw_state.hpp"

namespace {

using base::ErrorKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using workers::state::Pass;
using workers_tests::OpenClawState;

constexpr const char* name = "s20261121T101500Z-4f2a";
constexpr const char* imported = "s20261122T101500Z-77aa";

class Archive : public testing::Test {
 protected:
  // A plain file instead of the pipe.
  [[nodiscard]] std::string path(const std::string& file = "archive.tar") const { return files_.path(file); }

  void pack() {
    const auto taken = workers::state::take_snapshot(there_.place(), name, Pass::hot);
    ASSERT_TRUE(taken) << taken.error().message;
    contract::ArchivedSnapshot about;
    about.format = contract::archive_format;
    about.name = name;
    about.version = "2026.9.5";
    about.digest = taken->inventory.digest();
    const auto packed =
        workers::state::pack_snapshot(there_.place(), about, path(), files_.path(), notifier_);
    ASSERT_TRUE(packed) << packed.error().message;
  }
  base::Result<workers::state::Unpacked> unpack(std::uint64_t bytes = 0) {
    return workers::state::unpack_snapshot(here_.place(), imported, path(), bytes, notifier_);
  }
  base::Error failure() {
    const auto unpacked = unpack();
    EXPECT_FALSE(unpacked);
    EXPECT_THAT(here_.folder.names("snapshots"), IsEmpty());
    return unpacked ? base::Error{} : unpacked.error();
  }
  void run(const std::vector<std::string>& arguments) const {
    process::Command command;
    command.arguments = arguments;
    command.environment = {{"PATH", "/usr/bin:/bin"}, {"LC_ALL", "C"}};
    command.directory = files_.path();
    const auto outcome = process::run(command, {});
    ASSERT_TRUE(outcome);
    ASSERT_EQ(outcome->exit_status, 0) << outcome->output;
  }
  // Unpacks the archive into a folder, to be changed and packed again by another program.
  [[nodiscard]] std::string open_up() const {
    run({"/usr/bin/tar", "--extract", "--file=archive.tar"});
    ::unlink(path().c_str());
    return name;
  }
  void close() const { run({"/usr/bin/tar", "--create", "--file=archive.tar", name}); }

  OpenClawState there_, here_;
  test_support::TemporaryDirectory files_;
  test_support::RecordingNotifier notifier_;
};

// tar would open the pipe a second time to see whether the archive is compressed, and wait for a writer.
TEST_F(Archive, ThatIsCompressedIsRefusedAtOnceAlsoFromAPipe) {
  pack();
  run({"/usr/bin/gzip", path()});
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  std::thread sender([this] {
    const std::string bytes = files_.read("archive.tar.gz");
    const base::UniqueFd pipe(::open(path().c_str(), O_WRONLY | O_CLOEXEC));
    // The reader gives up after the first block; that is no failure of the sender.
    (void)!::write(pipe.get(), bytes.data(), std::min<std::size_t>(bytes.size(), 4096));
  });
  const auto refused = failure();
  sender.join();
  EXPECT_EQ(refused.kind, ErrorKind::integrity);
  EXPECT_THAT(refused.message, HasSubstr("decompress it first"));
}

TEST_F(Archive, IsRestoredOnAnotherHostAsItWasTaken) {
  pack();
  here_.folder.write(".openclaw/openclaw.json", "{\"of\": \"this host\"}", 0600);
  const auto unpacked = unpack();
  ASSERT_TRUE(unpacked) << unpacked.error().message;
  EXPECT_EQ(unpacked->archived.version, "2026.9.5");
  EXPECT_EQ(unpacked->inventory.digest(), unpacked->archived.digest);
  EXPECT_THAT(here_.folder.names(std::string("snapshots/") + imported),
              ElementsAre("files", "inventory.json"));
  ASSERT_TRUE(workers::state::restore_snapshot(here_.place(), imported, unpacked->archived.digest, imported));
  EXPECT_EQ(here_.folder.read(".openclaw/openclaw.json"), there_.folder.read(".openclaw/openclaw.json"));
  EXPECT_EQ(here_.folder.mode(".openclaw/openclaw.json"), 0640U);
  EXPECT_EQ(here_.ask("SELECT text FROM entries"), "before");
}

TEST_F(Archive, IsForItsOwnerAloneWhoeverUnpacksIt) {
  pack();
  const std::string unpacked = open_up();
  EXPECT_EQ(files_.mode(unpacked + "/files/state/openclaw.json"), 0600U);
  EXPECT_EQ(files_.mode(unpacked + "/files"), 0700U);
  EXPECT_THAT(files_.read(unpacked + "/openclaw-snapshot.json"),
              HasSubstr("\"config\": \"state/openclaw.json\""));
}

TEST_F(Archive, IsNotMadeOfASnapshotThatWasChanged) {
  const auto taken = workers::state::take_snapshot(there_.place(), name, Pass::hot);
  ASSERT_TRUE(taken);
  there_.folder.write(std::string("snapshots/") + name + "/files/state/openclaw.json", "{}");
  contract::ArchivedSnapshot about;
  about.name = name;
  about.digest = taken->inventory.digest();
  const auto packed = workers::state::pack_snapshot(there_.place(), about, path(), files_.path(), notifier_);
  ASSERT_FALSE(packed);
  EXPECT_EQ(packed.error().kind, ErrorKind::integrity);
  EXPECT_THAT(files_.names(), IsEmpty());
}

TEST_F(Archive, ThatIsCutOffAnywhereIsRefusedAndLeavesNothing) {
  pack();
  const std::string whole = files_.read("archive.tar");
  const std::size_t header = 512;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, header, 2 * header, whole.size() / 3, whole.size() / 2}) {
    files_.write("archive.tar", whole.substr(0, size));
    EXPECT_EQ(failure().kind, ErrorKind::integrity) << size;
  }
}

// Only the end-of-archive blocks may be missing: everything of importance is there.
TEST_F(Archive, WithoutItsLastZerosIsWhole) {
  pack();
  std::string whole = files_.read("archive.tar");
  whole.erase(whole.find_last_not_of('\0') / 512 * 512 + 512);
  files_.write("archive.tar", whole);
  EXPECT_TRUE(unpack());
}

TEST_F(Archive, ThatIsSomethingElseIsRefused) {
  files_.write("archive.tar", "a letter to somebody");
  EXPECT_EQ(failure().kind, ErrorKind::integrity);
  files_.write(std::string(name) + "/letter", "a letter to somebody");
  close();
  EXPECT_THAT(failure().message, HasSubstr("openclaw-snapshot.json"));
}

TEST_F(Archive, WhoseContentIsNotWhatItSaysIsRefused) {
  pack();
  files_.write(open_up() + "/files/state/openclaw.json", "{\"gateway\": {}}");
  close();
  EXPECT_EQ(failure().kind, ErrorKind::integrity);
}

TEST_F(Archive, WithMoreThanItListsIsRefused) {
  pack();
  files_.write(open_up() + "/files/state/extensions/evil.js", "");
  close();
  EXPECT_THAT(failure().message, HasSubstr("extensions/evil.js"));
}

TEST_F(Archive, WithALinkInThePlaceOfAFileIsRefused) {
  pack();
  const std::string file = open_up() + "/files/state/more.json5";
  ::unlink(files_.path(file).c_str());
  files_.symlink("/etc/passwd", file);
  close();
  EXPECT_EQ(failure().kind, ErrorKind::integrity);
}

TEST_F(Archive, ThatLeadsOutOfItsFolderWritesNothingThere) {
  pack();
  const std::string inside = open_up();
  files_.write("outside", "of another");
  run({"/usr/bin/tar", "--create", "--file=archive.tar", "--absolute-names",
       "--transform=s|^outside|x/../../outside|", inside, "outside"});
  EXPECT_FALSE(unpack());
  EXPECT_FALSE(here_.folder.exists("outside"));
  EXPECT_FALSE(here_.folder.exists("snapshots/outside"));
}

TEST_F(Archive, OfANewerFormatSaysWhatToUpdate) {
  pack();
  const std::string file = open_up() + "/openclaw-snapshot.json";
  std::string record = files_.read(file);
  record.replace(record.find("\"format\": 1"), 11, "\"format\": 2");
  files_.write(file, record);
  close();
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::refused);
  EXPECT_THAT(error.message, HasSubstr("update openclaw-systemd"));
}

TEST_F(Archive, OfAGatewayWhoseConfigIsElsewhereIsRefusedWithWhatToSet) {
  pack();
  workers::state::Place place = here_.place();
  place.config = here_.folder.path("etc/openclaw.json");
  const auto unpacked = workers::state::unpack_snapshot(place, imported, path(), 0, notifier_);
  ASSERT_FALSE(unpacked);
  EXPECT_EQ(unpacked.error().kind, ErrorKind::refused);
  EXPECT_THAT(unpacked.error().message, HasSubstr("OPENCLAW_CONFIG_PATH="));
}

TEST_F(Archive, ThatIsLargerThanWhatIsFreeIsNotBegunWith) {
  pack();
  const auto unpacked = unpack(std::uint64_t{1} << 62U);
  ASSERT_FALSE(unpacked);
  EXPECT_EQ(unpacked.error().number, ENOSPC);
  EXPECT_THAT(unpacked.error().message, HasSubstr("make room"));
}

TEST_F(Archive, DoesNotTakeThePlaceOfASnapshotThatIsThere) {
  pack();
  ASSERT_TRUE(unpack());
  const auto again = unpack();
  ASSERT_FALSE(again);
  EXPECT_TRUE(here_.folder.exists(std::string("snapshots/") + imported + "/inventory.json"));
}

}  // namespace
