// SPDX-License-Identifier: MIT
// A journal of version 0.1.0, whose context was one flat list of members. Whatever changes in the types, such
// a journal must be readable, and the update must be continued, because this package may be upgraded between
// two records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"
#include "update/journal.hpp"

namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr const char* id = "t00000017-20261121T101500Z";
constexpr const char* baseline_digest = "d5c87d4ee5a09b414eafe5907a9de624177d80c3f6ba7255f193a26228a6f9b6";
constexpr const char* keys_digest = "2fc1e7397449f1f149b75dea7f6b4b74e5a8c8e31a64dfbe89cedd7ac06d7545";
constexpr const char* schemas_digest = "4564465419426f808727b1226f783ef914aa88ded29d8139afc16e20952072a7";

// Each of its members differs from its default.
constexpr const char* line =
    R"({"at_ms":1795256100004,"boot":"8a4f4cf0-0000-4000-8000-000000000000","context":{"became_ready":true,)"
    R"("began_at_ms":1795256100001,"canary":"ready after 9 s","fetched_client":"bun 1.4.5",)"
    R"("fetched_node":"v24.16.0","files":{)"
    R"("baseline":"d5c87d4ee5a09b414eafe5907a9de624177d80c3f6ba7255f193a26228a6f9b6",)"
    R"("environment_keys":"2fc1e7397449f1f149b75dea7f6b4b74e5a8c8e31a64dfbe89cedd7ac06d7545",)"
    R"("schemas":"4564465419426f808727b1226f783ef914aa88ded29d8139afc16e20952072a7"},"force":true,)"
    R"("from_release":"2026.9.6-00000001","from_version":"2026.9.6","has_snapshot":true,)"
    R"("id":"t00000017-20261121T101500Z","integrity":"sha512-x","interruptions":2,"invocation_id":"0123",)"
    R"("lost":["colour"],"migrate":true,"not_blamed":"the disk is full","notes":["one","two"],)"
    R"("notes_left_out":3,"port":19501,"ready_at_ms":1795256100003,"reason":"because",)"
    R"("release_failed":true,"request":"00ff","requested_by":"rollback","restore_digest":"d0",)"
    R"("restore_from":"t00000016-20261120T101500Z","returning":true,"snapshot_digest":"d1",)"
    R"("start_wanted":true,"started":true,"state_replaced":true,"stopped_at_ms":1795256100002,)"
    R"("to_release":"2026.9.5-00000002","to_version":"2026.9.5","transcripts":true,"unit":"claw.service",)"
    R"("wanted":"latest","was_running":true},"since_boot_ms":60000,"state":"verify"})"
    "\n";

class ARecordedJournal : public testing::Test {
 protected:
  ARecordedJournal() {
    state_.write(in_folder("journal"), line);
    state_.write(member("baseline", baseline_digest), R"("{\"ready\":true,\"version\":\"2026.9.6\"}")");
    state_.write(member("environment_keys", keys_digest), R"(["HOME","OPENCLAW_TOKEN"])");
    state_.write(member("schemas", schemas_digest), R"({"state/openclaw.sqlite":18})");
    state_.write("open", std::string(id) + "\n");
  }
  static std::string in_folder(const std::string& name) {
    return std::string("transactions/") + id + "/" + name;
  }
  static std::string member(const std::string& name, const std::string& digest) {
    return in_folder(name + "-" + digest + ".json");
  }
  update::Record record() const {
    const auto history = update::Journal(state_.fd()).read(id);
    EXPECT_TRUE(history && history->records.size() == 1);
    return history && !history->records.empty() ? history->records[0] : update::Record{};
  }

  test_support::TemporaryDirectory state_{test_support::TemporaryDirectory::fast_place()};
};

TEST_F(ARecordedJournal, SaysWhatWasAskedFor) {
  const auto asked = record().context.asked;
  EXPECT_EQ(asked.wanted, "latest");
  EXPECT_EQ(asked.requested_by, "rollback");
  EXPECT_EQ(asked.request, "00ff");
  EXPECT_TRUE(asked.force);
  EXPECT_TRUE(asked.returning);
}

TEST_F(ARecordedJournal, SaysWhatThereWasBefore) {
  const auto from = record().context.from;
  EXPECT_EQ(from.release, "2026.9.6-00000001");
  EXPECT_EQ(from.version, "2026.9.6");
  EXPECT_TRUE(from.was_running);
  EXPECT_EQ(from.port, 19501u);
  EXPECT_THAT(from.environment_keys, ElementsAre("HOME", "OPENCLAW_TOKEN"));
  ASSERT_NE(from.baseline.report(), nullptr);
  EXPECT_TRUE(from.baseline.report()->ready);
  EXPECT_EQ(from.baseline.report()->version, "2026.9.6");
}

TEST_F(ARecordedJournal, SaysWhatItWasToBe) {
  const auto to = record().context.to;
  EXPECT_EQ(to.release, "2026.9.5-00000002");
  EXPECT_EQ(to.version, "2026.9.5");
  EXPECT_EQ(to.integrity, "sha512-x");
  EXPECT_EQ(to.client, "bun 1.4.5");
  EXPECT_EQ(to.node, "v24.16.0");
  EXPECT_EQ(to.canary, "ready after 9 s");
  EXPECT_TRUE(to.migrate);
  EXPECT_TRUE(to.start_wanted);
}

TEST_F(ARecordedJournal, SaysWhatWasKeptOfTheState) {
  const auto snapshot = record().context.snapshot;
  EXPECT_TRUE(snapshot.taken);
  EXPECT_EQ(snapshot.digest, "d1");
  EXPECT_THAT(snapshot.schemas, ElementsAre(Pair("state/openclaw.sqlite", 18)));
  EXPECT_TRUE(snapshot.transcripts);
  EXPECT_EQ(snapshot.restore_from, "t00000016-20261120T101500Z");
  EXPECT_EQ(snapshot.restore_digest, "d0");
  EXPECT_TRUE(snapshot.state_replaced);
}

TEST_F(ARecordedJournal, SaysHowTheReleaseWasJudgedAndWhen) {
  const auto context = record().context;
  EXPECT_TRUE(context.judged.started);
  EXPECT_TRUE(context.judged.became_ready);
  EXPECT_TRUE(context.judged.release_failed);
  EXPECT_EQ(context.judged.not_blamed, "the disk is full");
  EXPECT_EQ(context.judged.invocation_id, "0123");
  EXPECT_EQ(context.times.began_at_ms, 1795256100001);
  EXPECT_EQ(context.times.stopped_at_ms, 1795256100002);
  EXPECT_EQ(context.times.ready_at_ms, 1795256100003);
}

TEST_F(ARecordedJournal, HasWhatAnOperatorIsTold) {
  const auto context = record().context;
  EXPECT_EQ(context.id, id);
  EXPECT_EQ(context.unit, "claw.service");
  EXPECT_EQ(context.reason, "because");
  EXPECT_THAT(context.notes, ElementsAre("one", "two"));
  EXPECT_EQ(context.notes_left_out, 3u);
  EXPECT_THAT(context.lost, ElementsAre("colour"));
  EXPECT_EQ(context.interruptions, 2u);
}

// That version can read what this version writes.
TEST_F(ARecordedJournal, IsGoneOnWithInItsOwnFormat) {
  const auto before = state_.names(std::string("transactions/") + id);
  ASSERT_TRUE(update::Journal(state_.fd()).append(record()));
  EXPECT_EQ(state_.read(in_folder("journal")), std::string(line) + line);
  EXPECT_EQ(state_.names(std::string("transactions/") + id), before) << "and has the same files";
}

// A baseline that cannot be parsed counts as none.
TEST(ABaseline, ThatCannotBeReadIsKeptAndComparedWithNothing) {
  for (const char* text : {"{", "[]", R"({"ready":7})", R"({"version":"2026.9.6"})"}) {
    const update::Baseline baseline(text);
    EXPECT_FALSE(baseline.empty()) << text;
    EXPECT_EQ(baseline.text(), text);
    EXPECT_EQ(baseline.report(), nullptr) << text;
  }
  EXPECT_TRUE(update::Baseline().empty());
  EXPECT_EQ(update::Baseline().report(), nullptr);
}

}  // namespace
