// SPDX-License-Identifier: MIT
#include "update/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "support/disk_witness.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using test_support::DiskWitness;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using update::Context;
using update::Journal;
using update::Record;
using update::State;
using Kind = DiskWitness::Kind;

constexpr const char* id = "20261121T101500Z-4f2a";
const std::string file = std::string("transactions/") + id + "/journal";

class UpdateJournal : public testing::Test {
 protected:
  void begin(const std::string& name = id) const { ASSERT_TRUE(journal_.begin(name)); }
  void append(State state, const std::string& reason = "") const {
    Context context;
    context.id = id;
    context.reason = reason;
    const auto done = journal_.append({state, 7, context});
    ASSERT_TRUE(done) << done.error().message;
  }
  std::vector<State> states() const {
    std::vector<State> found;
    const auto history = journal_.read(id);
    EXPECT_TRUE(history) << history.error().message;
    if (!history) return found;
    for (const Record& record : history->records) found.push_back(record.state);
    return found;
  }

  test_support::TemporaryDirectory state_{test_support::TemporaryDirectory::fast_place()};
  Journal journal_{state_.fd()};
};

TEST_F(UpdateJournal, HasNoOpenTransactionAtFirst) {
  const auto open = journal_.open_transaction();
  ASSERT_TRUE(open);
  EXPECT_EQ(*open, std::nullopt);
  EXPECT_THAT(*journal_.transactions(), IsEmpty());
}

TEST_F(UpdateJournal, NamesTheTransactionThatIsOpenUntilItIsClosed) {
  begin();
  EXPECT_EQ(*journal_.open_transaction(), id);
  ASSERT_TRUE(journal_.close());
  EXPECT_EQ(*journal_.open_transaction(), std::nullopt);
  EXPECT_THAT(*journal_.transactions(), ElementsAre(id));
  EXPECT_TRUE(journal_.close()) << "twice is harmless";
}

TEST_F(UpdateJournal, AnswersTheRecordsInTheirOrder) {
  begin();
  append(State::plan);
  append(State::fetch, "two\nlines \xff");
  append(State::refused);
  EXPECT_THAT(states(), ElementsAre(State::plan, State::fetch, State::refused));
  EXPECT_EQ(journal_.read(id)->records.at(0).at_ms, 7);
  EXPECT_THAT(journal_.read(id)->records.at(1).context.reason, HasSubstr("two\nlines"));
}

TEST_F(UpdateJournal, IsEmptyBeforeTheFirstRecord) {
  begin();
  EXPECT_THAT(states(), IsEmpty());
}

TEST_F(UpdateJournal, IsForRootAlone) {
  begin();
  append(State::plan);
  EXPECT_EQ(state_.mode(std::string("transactions/") + id), 0700u);
  EXPECT_EQ(state_.mode(file), 0600u);
}

TEST_F(UpdateJournal, DoesNotCountALineThatWasTorn) {
  begin();
  append(State::plan);
  append(State::fetch);
  const std::string whole = state_.read(file);
  for (const std::size_t cut : {std::size_t{1}, std::size_t{40}, whole.size() / 2 - 1}) {
    state_.write(file, whole.substr(0, whole.size() - cut));
    EXPECT_THAT(states(), ElementsAre(State::plan)) << cut;
  }
}

TEST_F(UpdateJournal, GoesOnInALineOfItsOwnAfterATornOne) {
  begin();
  append(State::plan);
  state_.write(file, state_.read(file) + R"({"state":"fet)");
  append(State::stage);
  append(State::validate);
  EXPECT_THAT(states(), ElementsAre(State::plan, State::stage, State::validate));
  EXPECT_THAT(state_.read(file), Not(HasSubstr("fet)")));
}

TEST_F(UpdateJournal, BeginsAnewWhereEvenTheFirstLineWasTorn) {
  begin();
  state_.write(file, "{");
  append(State::plan);
  EXPECT_THAT(states(), ElementsAre(State::plan));
}

TEST_F(UpdateJournal, SkipsALineThatCannotBeParsedAndReportsWhichAndWhy) {
  begin();
  append(State::plan);
  const std::string first = state_.read(file);
  for (const char* const line :
       {"garbage", "{}", "[1]", R"({"state":"plan"})", R"({"state":7,"at_ms":1,"context":{}})",
        R"({"state":"plan","at_ms":"x","context":{}})", R"({"state":"plan","at_ms":1,"context":{}})",
        R"({"state":"plan","at_ms":1,"context":null})", ""}) {
    state_.write(file, first + line + "\n" + first);
    const auto history = journal_.read(id);
    ASSERT_TRUE(history) << line << ": " << history.error().message;
    EXPECT_EQ(history->records.size(), 2u) << line;
    ASSERT_EQ(history->skipped.size(), 1u) << line;
    EXPECT_EQ(history->skipped[0].number, 2u);
    EXPECT_NE(history->skipped[0].why, "");
    EXPECT_FALSE(history->ends_unknown()) << "a record follows it";
  }
}

TEST_F(UpdateJournal, PassesOverALineWithoutEndAndReadsOn) {
  begin();
  append(State::plan);
  const std::string first = state_.read(file);
  state_.write(file, first + std::string(9'000'000, '[') + "\n" + first);
  EXPECT_THAT(states(), ElementsAre(State::plan, State::plan));
  const auto history = journal_.read(id);
  ASSERT_TRUE(history);
  ASSERT_EQ(history->skipped.size(), 1U);
  EXPECT_EQ(history->skipped[0].why, "it is longer than any line that is written") << "and was never held";
}

// A newer version has recorded a state that this version does not know.
TEST_F(UpdateJournal, KnowsTheContextOfARecordWhoseStateItDoesNotKnow) {
  begin();
  append(State::stop, "the old one");
  append(State::promote, "the new one");
  std::string text = state_.read(file);
  const std::string known = "\"state\":\"promote\"";
  text.replace(text.rfind(known), known.size(), "\"state\":\"observe\",\"x\":[1]");
  state_.write(file, text);
  const auto history = journal_.read(id);
  ASSERT_TRUE(history);
  EXPECT_TRUE(history->ends_unknown());
  EXPECT_EQ(history->records.back().state, State::stop);
  EXPECT_EQ(history->context()->reason, "the new one");
  EXPECT_THAT(history->skipped.back().why, HasSubstr("observe"));
}

TEST_F(UpdateJournal, EndsWithAnOutcomeWhateverFollowsIt) {
  begin();
  append(State::updated);
  state_.write(file, state_.read(file) + "garbage\n");
  const auto history = journal_.read(id);
  ASSERT_TRUE(history);
  EXPECT_EQ(history->outcome(), State::updated);
  EXPECT_FALSE(history->ends_unknown());
}

TEST_F(UpdateJournal, CallsAnUpdateProvenThatWasCommittedEvenWhereItsOutcomeIsLost) {
  begin();
  append(State::commit);
  state_.write(file, state_.read(file) + "garbage\n");
  EXPECT_TRUE(journal_.read(id)->is_proven());
}

// The format before records had separate files: the line contains everything.
TEST_F(UpdateJournal, ReadsARecordThatHasEverythingInline) {
  begin();
  state_.write(
      file,
      std::string(R"({"at_ms":1795000000000,"context":{"baseline":"{\"ready\":true}","became_ready":true,)") +
          R"("began_at_ms":1,"canary":"ready after 9 s","environment_keys":["A","B"],"fetched_client":"bun 1.4.5",)"
          R"("fetched_node":"v24.16.0","force":true,"from_release":"2026.8.1-00000001","from_version":"2026.8.1",)"
          R"("has_snapshot":true,"id":"20261121T101500Z-4f2a","integrity":"sha512-x","interruptions":2,)"
          R"("invocation_id":"0123","notes":["one","two"],"ready_at_ms":3,"reason":"because","release_failed":true,)"
          R"("requested_by":"timer","restore_digest":"d0","restore_from":"20261120T101500Z-4f2a","returning":true,)"
          R"("schemas":{"state/openclaw.sqlite":18},"snapshot_digest":"d1","start_wanted":true,"started":true,)"
          R"("state_replaced":true,"stopped_at_ms":2,"to_release":"2026.8.2-00000002","to_version":"2026.8.2",)"
          R"("unit":"openclaw-gateway.service","wanted":"latest","was_running":true},"state":"verify"})"
          "\n");
  const auto history = journal_.read(id);
  ASSERT_TRUE(history && history->records.size() == 1) << (history ? history->skipped[0].why : "");
  const Context& context = history->records[0].context;
  EXPECT_EQ(context.from.baseline.text(), R"({"ready":true})");
  EXPECT_THAT(context.from.environment_keys, ElementsAre("A", "B"));
  EXPECT_EQ(context.snapshot.schemas.at("state/openclaw.sqlite"), 18);
  EXPECT_THAT(context.notes, ElementsAre("one", "two"));
  EXPECT_EQ(context.interruptions, 2u);
}

class LargeMembers : public UpdateJournal {
 protected:
  LargeMembers() {
    begin();
    context_.id = id;
    context_.from.baseline = update::Baseline(R"({"ready":true})");
    context_.from.environment_keys = {"A"};
    context_.snapshot.schemas = {{"state/openclaw.sqlite", 18}};
    EXPECT_TRUE(journal_.append({State::stop, 7, context_}));
  }
  // Names of the files that contain `member`.
  std::vector<std::string> files_of(const std::string& member) const {
    std::vector<std::string> found;
    for (const auto& name : state_.names(std::string("transactions/") + id)) {
      if (name.starts_with(member + "-")) found.push_back(std::string("transactions/") + id + "/" + name);
    }
    return found;
  }
  Context read() const { return journal_.read(id)->records.back().context; }

  Context context_;
};

TEST_F(LargeMembers, AreNotReadForWhomTheRecordIsEnough) {
  const auto history = journal_.read(id, update::Members::of_the_record);
  ASSERT_TRUE(history);
  EXPECT_EQ(history->records.back().context.id, id);
  EXPECT_TRUE(history->records.back().context.from.baseline.empty());
  EXPECT_FALSE(update::is_lost(history->records.back().context, "baseline"))
      << "it is there, and was not asked for";
}

TEST_F(LargeMembers, AreInFilesOfTheirOwnForRootAlone) {
  EXPECT_THAT(state_.read(file), Not(HasSubstr("openclaw.sqlite")));
  for (const char* const member : {"baseline", "environment_keys", "schemas"}) {
    ASSERT_EQ(files_of(member).size(), 1u) << member;
    EXPECT_EQ(state_.mode(files_of(member)[0]), 0600u);
  }
  EXPECT_EQ(read().from.baseline.text(), context_.from.baseline.text());
  EXPECT_EQ(read().from.environment_keys, context_.from.environment_keys);
  EXPECT_EQ(read().snapshot.schemas, context_.snapshot.schemas);
}

TEST_F(LargeMembers, AreWrittenOnceForAllRecords) {
  ASSERT_TRUE(journal_.append({State::promote, 8, context_}));
  EXPECT_EQ(files_of("schemas").size(), 1u);
  context_.snapshot.schemas["state/openclaw.sqlite"] = 19;
  ASSERT_TRUE(journal_.append({State::start, 9, context_}));
  EXPECT_EQ(files_of("schemas").size(), 2u);
  EXPECT_EQ(journal_.read(id)->records[0].context.snapshot.schemas.at("state/openclaw.sqlite"), 18);
  EXPECT_EQ(read().snapshot.schemas.at("state/openclaw.sqlite"), 19);
}

TEST_F(LargeMembers, AreNotTrustedWhereTheirFileIsDamaged) {
  for (const char* const text : {R"({"state/openclaw.sqlite":19})", "", "garbage"}) {
    state_.write(files_of("schemas")[0], text);
    const Context context = read();
    EXPECT_TRUE(context.snapshot.schemas.empty());
    EXPECT_TRUE(is_lost(context, "schemas")) << "none is not the same as not known";
    EXPECT_FALSE(is_lost(context, "baseline"));
    EXPECT_THAT(context.notes, ElementsAre(HasSubstr("schemas of the update is lost")));
  }
}

TEST_F(LargeMembers, AreMissedWhereTheirFileIsGone) {
  ::unlink(state_.path(files_of("baseline")[0]).c_str());
  EXPECT_TRUE(is_lost(read(), "baseline"));
  ASSERT_TRUE(journal_.append({State::promote, 8, read()}));
  EXPECT_TRUE(is_lost(read(), "baseline")) << "and stay so";
  EXPECT_EQ(read().notes.size(), 1u);
}

TEST_F(LargeMembers, ThatCannotBeKeptLeaveNoRecordThatRefersToThem) {
  const Context context = read();
  const std::string member = state_.path(files_of("baseline")[0]);
  const std::string before = state_.read(file);
  ASSERT_EQ(::unlink(member.c_str()), 0);
  ASSERT_EQ(::mkdir(member.c_str(), 0700), 0);
  EXPECT_FALSE(journal_.append({State::promote, 8, context}));
  EXPECT_EQ(state_.read(file), before);
}

TEST_F(UpdateJournal, HasShortRecordsWhateverIsInThem) {
  begin();
  const std::string worst(512, '\x01');  // six bytes each
  Context context;
  for (auto* text :
       {&context.unit, &context.asked.wanted, &context.asked.requested_by, &context.asked.request,
        &context.from.release, &context.from.version, &context.to.release, &context.to.version,
        &context.to.integrity, &context.to.client, &context.to.node, &context.to.canary,
        &context.snapshot.digest, &context.snapshot.restore_from, &context.snapshot.restore_digest,
        &context.judged.invocation_id, &context.reason}) {
    *text = worst;
  }
  context.reason = std::string(4096, '\x01');
  context.to.canary = std::string(1024, '\x01');
  context.notes = std::vector<std::string>(1000, std::string(1000, '\x01'));
  context.id = id;
  ASSERT_TRUE(journal_.append({State::verify, 7, context}));
  EXPECT_LE(state_.read(file).size(), update::longest_record);
  EXPECT_THAT(states(), ElementsAre(State::verify));
}

TEST_F(UpdateJournal, KeepsTheFirstAndTheLastNotesAndCountsTheOthers) {
  begin();
  Context context;
  context.id = id;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 1000; ++i) context.notes.push_back("note " + std::to_string(round * 1000 + i));
    ASSERT_TRUE(journal_.append({State::verify, 7, context}));
    context = journal_.read(id)->records.back().context;
  }
  EXPECT_EQ(context.notes.front(), "note 0");
  EXPECT_EQ(context.notes.back(), "note 2999");
  EXPECT_EQ(context.notes.size() + context.notes_left_out, 3000u);
  EXPECT_EQ(all_notes(context).back(), std::to_string(context.notes_left_out) + " more notes were left out");
}

TEST_F(UpdateJournal, TakesNoNameThatCouldLeadElsewhere) {
  for (const char* const name : {"../../etc", "", ".", "20261121T101500Z-4f2a/..", "20261121T101500Z-4F2A"}) {
    const auto records = journal_.read(name);
    ASSERT_FALSE(records) << name;
    EXPECT_EQ(records.error().kind, ErrorKind::bad_input);
  }
}

TEST_F(UpdateJournal, SetsAnUnreadableTransactionAsideAndClosesIt) {
  begin();
  state_.write(file, "garbage\n");
  ASSERT_TRUE(journal_.set_aside(id));
  EXPECT_EQ(*journal_.open_transaction(), std::nullopt);
  EXPECT_EQ(state_.read(std::string("transactions/") + id + ".unreadable/journal"), "garbage\n");
  EXPECT_THAT(*journal_.transactions(), IsEmpty());
}

TEST_F(UpdateJournal, ClosesWhatIsNotEvenAName) {
  state_.write("open", "../../../etc/passwd\n");
  ASSERT_TRUE(journal_.set_aside(**journal_.open_transaction()));
  EXPECT_THAT(state_.names(), Not(testing::Contains("open")));
}

TEST_F(UpdateJournal, RemovesATransactionWithAllItKept) {
  begin();
  append(State::plan);
  state_.write(std::string("transactions/") + id + "/definition/x");
  ASSERT_TRUE(journal_.remove(id));
  EXPECT_THAT(*journal_.transactions(), IsEmpty());
}

TEST_F(UpdateJournal, ListsTransactionsOldestFirst) {
  begin("20261122T000000Z-0000");
  begin("20261121T000000Z-ffff");
  state_.mkdir("transactions/other");
  EXPECT_THAT(*journal_.transactions(), ElementsAre("20261121T000000Z-ffff", "20261122T000000Z-0000"));
}

TEST_F(UpdateJournal, NumbersUpdatesWhateverTheClockSays) {
  const auto first = journal_.new_id(1'795'000'000'000);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(*first, "t00000001-20261118T110640Z");
  const auto second = journal_.new_id(0);
  EXPECT_EQ(*second, "t00000002-19700101T000000Z");
  EXPECT_LT(*first, *second);
  EXPECT_LT(id, *first) << "those of before there was a counter come first";
}

TEST_F(UpdateJournal, GivesNoNumberTwiceAfterAKillBetweenTheNumberAndItsFolder) {
  const auto killed = journal_.new_id(0);
  EXPECT_NE(*Journal(state_.fd()).new_id(0), *killed);
}

TEST_F(UpdateJournal, GoesOnFromTheFoldersWhereTheCounterIsLostOrDamaged) {
  begin("t00000041-20261121T101500Z");
  for (const char* const text : {"", "garbage\n", "-7\n", "3\n", "99999999999999999999999\n"}) {
    state_.write("counter", text);
    EXPECT_EQ(update::transaction_number(*journal_.new_id(0)), 42u) << text;
  }
  ::unlink(state_.path("counter").c_str());
  EXPECT_EQ(update::transaction_number(*journal_.new_id(0)), 42u);
  ASSERT_TRUE(journal_.set_aside("t00000041-20261121T101500Z"));
  ::unlink(state_.path("counter").c_str());
  EXPECT_EQ(update::transaction_number(*journal_.new_id(0)), 42u) << "one that was set aside counts";
  EXPECT_THAT(*journal_.unreadable_transactions(), ElementsAre("t00000041-20261121T101500Z"));
}

TEST(TransactionId, HasOneOfTwoForms) {
  for (const char* const known : {"t00000001-20261118T110640Z", "20261121T101500Z-4f2a"}) {
    EXPECT_TRUE(update::is_transaction_id(known)) << known;
  }
  for (const char* const other :
       {"", "t1-20261118T110640Z", "u00000001-20261118T110640Z", "t00000001-20261118T110640Z.x",
        "t00000001-../../../../../", "20261121T101500Z-4F2A", "t0000000a-20261118T110640Z"}) {
    EXPECT_FALSE(update::is_transaction_id(other)) << other;
  }
  EXPECT_TRUE(update::is_transaction_id(update::new_task_id(1'795'000'000'000)));
}

update::Record record_at(const std::string& boot, std::int64_t since_boot_ms, std::int64_t at_ms) {
  return {State::plan, at_ms, {}, {boot, std::chrono::milliseconds(since_boot_ms)}};
}

TEST(TheTimeBetweenRecords, IsThatOfTheClockWhichNobodySets) {
  EXPECT_EQ(elapsed_ms(record_at("a", 100, 5'000'000), record_at("a", 350, 0)), 250);
  EXPECT_EQ(elapsed_ms(record_at("a", 100, 0), record_at("a", 350, 5'000'000)), 250);
}

TEST(TheTimeBetweenRecords, IsThatOfTheWallClockAcrossBootsAndNeverNegative) {
  EXPECT_EQ(elapsed_ms(record_at("a", 900, 1000), record_at("b", 10, 4000)), 3000);
  EXPECT_EQ(elapsed_ms(record_at("a", 900, 4000), record_at("b", 10, 1000)), 0);
  EXPECT_EQ(elapsed_ms(record_at("", 0, 1000), record_at("", 0, 4000)), 3000);
}

// --- after a power cut

TEST_F(UpdateJournal, NamesATransactionWhenItsFolderIsOnTheDisk) {
  const DiskWitness disk;
  begin();
  const std::size_t named = disk.last(Kind::renamed, "open");
  ASSERT_NE(named, DiskWitness::never) << disk.story();
  EXPECT_LT(disk.durably_made("transactions"), named) << disk.story();
  EXPECT_LT(disk.durably_made(std::string("transactions/") + id), named) << disk.story();
  // Also in a folder that has transactions already.
  begin("20261122T101500Z-4f2a");
  const std::size_t again = disk.last(Kind::renamed, "open");
  EXPECT_GT(again, named) << disk.story();
  EXPECT_LT(disk.durably_made("transactions/20261122T101500Z-4f2a"), again) << disk.story();
}

TEST_F(UpdateJournal, HasItsNameOnTheDiskWithItsFirstLine) {
  begin();
  const DiskWitness disk;
  append(State::start);  // whose own line need not be durable
  EXPECT_NE(disk.first(Kind::folder_synced, std::string("transactions/") + id), DiskWitness::never)
      << disk.story();
  const std::size_t before = disk.syncs();
  append(State::stop);
  EXPECT_NE(disk.first(Kind::file_synced, file), DiskWitness::never) << disk.story();
  EXPECT_EQ(disk.syncs(), before + 1) << "the line alone" << disk.story();
}

TEST_F(UpdateJournal, WritesALineThoughASignalInterruptsTheDisk) {
  begin();
  append(State::plan);
  const DiskWitness disk;
  DiskWitness::fail_next_syncs(EINTR, 3);
  append(State::fetch);
  EXPECT_NE(disk.first(Kind::file_synced, file), DiskWitness::never) << disk.story();
}

TEST_F(UpdateJournal, NamesTheJournalThatTheDiskDoesNotTake) {
  begin();
  append(State::plan);
  const DiskWitness disk;
  DiskWitness::fail_next_syncs(EIO);
  Context context;
  context.id = id;
  const auto done = journal_.append({State::fetch, 7, context});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr(file));
}

TEST_F(UpdateJournal, IsSetAsideBeforeItIsClosed) {
  begin();
  const DiskWitness disk;
  ASSERT_TRUE(journal_.set_aside(id));
  const std::size_t closed = disk.first(Kind::removed, "open");
  ASSERT_NE(closed, DiskWitness::never) << disk.story();
  EXPECT_LT(disk.first(Kind::folder_synced, "transactions"), closed) << disk.story();
  EXPECT_NE(disk.durably_removed("open"), DiskWitness::never) << disk.story();
}

}  // namespace
