// SPDX-License-Identifier: MIT
#include "contract/envelope.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/tasks.hpp"

namespace {

using base::ErrorKind;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* id = "t00000017-20261121T101500Z";
constexpr const char* unit = "openclaw-state@x.settle.service";
const contract::Task settle(contract::tasks::settle, id);

contract::Instance instance_of(const contract::Task& task) {
  return contract::parse_instance(task.instance()).value_or(contract::Instance{});
}

TEST(Task, NamesItsUnitItsInstanceAndItsFiles) {
  EXPECT_EQ(settle.unit(), "openclaw-state@t00000017-20261121T101500Z.settle.service");
  EXPECT_EQ(settle.request_file(), "t00000017-20261121T101500Z.settle.json");
  EXPECT_EQ(settle.result_folder(), "openclaw-state@t00000017-20261121T101500Z.settle");
}

TEST(Task, OfEveryRowIsKnownByItsInstanceToTheWorker) {
  for (const contract::TaskRow* const row : contract::all_tasks()) {
    const contract::Task task(*row, id);
    const auto instance = contract::parse_instance(task.instance());
    ASSERT_TRUE(instance) << task.unit();
    EXPECT_EQ(instance->action, row->action);
    EXPECT_EQ(instance->transaction, id);
    EXPECT_TRUE(contract::read_request(contract::request_text(task, json::object()), "x.json", *instance));
  }
}

TEST(Instance, IsATransactionAndAnActionOfHarmlessLetters) {
  for (const char* text : {"", ".", "t.", ".snapshot", "t", "-t.snapshot", "../t.snapshot", "t.snap/shot",
                           "t.Snapshot", "t.a.b", "t x.snapshot"}) {
    EXPECT_FALSE(contract::parse_instance(text)) << text;
  }
  EXPECT_FALSE(contract::parse_instance(std::string(128, 't') + ".stage"));
}

TEST(Request, IsForTheActionThatTheUnitWasStartedFor) {
  const std::string text = contract::request_text(settle, {{"state_directory", "/var/lib/openclaw"}});
  const auto read = contract::read_request(text, "x.json", instance_of(settle));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->at("state_directory"), "/var/lib/openclaw");
  EXPECT_EQ(read->at("transaction"), id);
  const contract::Task other(contract::tasks::restore, id);
  const auto refused = contract::read_request(text, "x.json", instance_of(other));
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr("x.json"), HasSubstr("\"settle\""), HasSubstr(".restore")));
}

TEST(Request, ThatIsNoneIsRefusedByName) {
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{\"action\":"), std::string("{}"),
        std::string(R"({"action":7})"), R"({"action":"settle","x":")" + std::string(1 << 20, 'x') + "\"}"}) {
    const auto read = contract::read_request(text, "x.json", instance_of(settle));
    ASSERT_FALSE(read) << text.substr(0, 40);
    EXPECT_EQ(read.error().kind, ErrorKind::bad_input);
    EXPECT_THAT(read.error().message, HasSubstr("x.json"));
  }
}

// As 0.1.0 wrote them: an update may be interrupted by an upgrade.
TEST(Request, OfAFormerVersionIsRead) {
  const auto read = contract::read_request(
      "{\n  \"action\": \"settle\",\n  \"state_directory\": \"/var/lib/openclaw\",\n"
      "  \"transaction\": \"20261121T101500Z-4f2a\",\n  \"transcripts\": false\n}\n",
      "x.json", {"20261121T101500Z-4f2a.settle", "20261121T101500Z-4f2a", "settle"});
  EXPECT_TRUE(read) << read.error().message;
}

TEST(Result, SaysWhatCameOfIt) {
  const auto read = contract::read_result(contract::result_text(json{{"digest", "d1"}}), unit);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->at("digest"), "d1");
  EXPECT_EQ(read->at("schema"), 1);
}

TEST(Result, BringsAnErrorOverWithItsKind) {
  for (const auto kind : {ErrorKind::system, ErrorKind::bad_input, ErrorKind::not_found, ErrorKind::busy,
                          ErrorKind::refused, ErrorKind::unavailable, ErrorKind::integrity}) {
    const auto read = contract::read_result(contract::result_text(base::fail(kind, "it is so")), unit);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, kind);
    EXPECT_EQ(read.error().message, "it is so");
    EXPECT_EQ(contract::kind_of_name(contract::kind_name(kind)), kind);
  }
  EXPECT_FALSE(contract::kind_of_name("nonsense"));
}

TEST(Result, OfAnErrorShowsNoSecretThatHasTheShapeOfOne) {
  const std::string said = "npm said: authorization: Basic c2VjcmV0OnNlY3JldA==";
  EXPECT_THAT(contract::result_text(base::fail(ErrorKind::system, said)), Not(HasSubstr("c2VjcmV0")));
  const auto read = contract::read_result(
      json{{"ok", false}, {"error", {{"kind", "system"}, {"message", said}}}}.dump(), unit);
  EXPECT_THAT(read.error().message, Not(HasSubstr("c2VjcmV0")));
}

TEST(Result, OfAnUnknownKindIsUnavailable) {
  for (const char* error : {R"({"kind":"surprise","message":"m"})", R"({"kind":7,"message":"m"})"}) {
    const auto read = contract::read_result(R"({"ok":false,"error":)" + std::string(error) + "}", unit);
    EXPECT_EQ(read.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(read.error().message, "m");
  }
  for (const char* text :
       {R"({"ok":false})", R"({"ok":false,"error":7})", R"({"ok":false,"error":{"message":[]}})"}) {
    EXPECT_THAT(contract::read_result(text, unit).error().message,
                HasSubstr("openclaw-state@x.settle.service failed; see journalctl -u"));
  }
}

TEST(Result, ThatIsNoneIsRefusedAndNamesTheLog) {
  const auto nested = [](std::size_t levels) {
    return R"({"ok":true,"x":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  EXPECT_TRUE(contract::read_result(nested(63), unit));
  for (const std::string& text :
       {std::string(), std::string("null"), std::string("[true]"), std::string("{}"),
        std::string(R"({"ok":"yes"})"), std::string("{\"ok\":true"), nested(64), nested(1'000'000),
        std::string("\xff"), R"({"ok":true,"x":")" + std::string(4 << 20, 'x') + "\"}"}) {
    const auto read = contract::read_result(text, unit);
    ASSERT_FALSE(read) << text.substr(0, 40);
    EXPECT_EQ(read.error().kind, ErrorKind::unavailable);
    EXPECT_THAT(read.error().message, AllOf(HasSubstr("left an invalid result"), HasSubstr("journalctl -u")));
  }
}

}  // namespace
