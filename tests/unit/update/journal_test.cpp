#include "update/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using update::Context;
using update::Journal;
using update::Record;
using update::State;

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
    const auto records = journal_.read(id);
    EXPECT_TRUE(records) << records.error().message;
    if (!records) return found;
    for (const Record& record : *records) found.push_back(record.state);
    return found;
  }

  test_support::TemporaryDirectory state_{test_support::TemporaryDirectory::fast_place()};
  Journal journal_{state_.fd()};
};

TEST_F(UpdateJournal, TellsTheLastRecordWithoutTheOthers) {
  begin();
  EXPECT_EQ(*journal_.last(id), std::nullopt);
  append(State::plan);
  append(State::refused, "no room");
  const auto last = journal_.last(id);
  ASSERT_TRUE(last && *last);
  EXPECT_EQ((*last)->state, State::refused);
  EXPECT_EQ((*last)->context.reason, "no room");
}

TEST_F(UpdateJournal, TellsTheLastWholeRecordOfAJournalThatIsLargeAndTorn) {
  begin();
  for (int i = 0; i < 20; ++i) append(State::verify, std::string(100'000, 'x'));
  append(State::updated);
  const std::string whole = state_.read(file);
  state_.write(file, whole + "{\"state\":\"pl");
  const auto last = journal_.last(id);
  ASSERT_TRUE(last && *last);
  EXPECT_EQ((*last)->state, State::updated);
}

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
  EXPECT_EQ(journal_.read(id)->at(0).at_ms, 7);
  EXPECT_THAT(journal_.read(id)->at(1).context.reason, HasSubstr("two\nlines"));
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

TEST_F(UpdateJournal, NamesTheLineThatCannotBeRead) {
  begin();
  append(State::plan);
  const std::string first = state_.read(file);
  for (const char* const line :
       {"garbage", "{}", "[1]", R"({"state":"plan"})", R"({"state":7,"at_ms":1,"context":{}})",
        R"({"state":"moved","at_ms":1,"context":{}})", R"({"state":"plan","at_ms":"x","context":{}})",
        R"({"state":"plan","at_ms":1,"context":{}})", R"({"state":"plan","at_ms":1,"context":null})", ""}) {
    state_.write(file, first + line + "\n" + first);
    const auto records = journal_.read(id);
    ASSERT_FALSE(records) << line;
    EXPECT_EQ(records.error().kind, ErrorKind::integrity);
    EXPECT_THAT(records.error().message, HasSubstr(std::string(id) + ", line 2"));
  }
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

TEST(TransactionId, SortsByTimeAndIsKnownAsOne) {
  const std::string first = update::new_transaction_id(1'795'000'000'000);
  const std::string second = update::new_transaction_id(1'795'000'001'000);
  EXPECT_TRUE(update::is_transaction_id(first)) << first;
  EXPECT_LT(first, second);
  EXPECT_THAT(first, testing::StartsWith("20261118T110640Z-"));
}

}  // namespace
