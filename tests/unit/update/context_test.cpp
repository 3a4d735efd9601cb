// SPDX-License-Identifier: MIT
#include "update/context.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>

namespace {

using nlohmann::json;
using update::Context;
using update::context_from_json;

// Every member differs from its default, so that a forgotten one is noticed.
Context full() {
  Context context;
  context.id = "20261121T101500Z-4f2a";
  context.unit = "openclaw-gateway.service";
  context.asked.wanted = "latest";
  context.asked.requested_by = "timer";
  context.asked.request = "00ff";
  context.asked.force = context.asked.returning = context.snapshot.state_replaced = true;
  context.asked.rehearses = true;
  context.asked.restores = "s20261121T101500Z-4f2a";
  context.rehearsal.node.path = "/usr/bin/node";
  context.snapshot.restore_from = "20261120T101500Z-4f2a";
  context.snapshot.restore_digest = "d0";
  context.from.release = "2026.8.1-00000001";
  context.from.version = "2026.8.1";
  context.to.release = "2026.8.2-00000002";
  context.to.version = "2026.8.2";
  context.to.integrity = "sha512-x";
  context.to.client = "bun 1.4.5";
  context.to.node = "v24.16.0";
  context.to.canary = "ready after 9 s";
  context.from.port = 19501;
  context.from.stopped_run = "4567";
  context.to.migrate = context.snapshot.transcripts = true;
  context.from.was_running = context.to.start_wanted = context.snapshot.taken = context.judged.started = true;
  context.judged.became_ready = context.judged.release_failed = true;
  context.from.baseline = update::Baseline(R"({"ready":true})");
  context.from.environment_keys = {"A", "B"};
  context.snapshot.schemas = {{"state/openclaw.sqlite", 18}};
  context.snapshot.digest = "d1";
  context.judged.invocation_id = "0123";
  context.reason = "because";
  context.judged.not_blamed = "the disk is full";
  context.notes = {"one", "two"};
  context.notes_left_out = 3;
  context.lost = {"baseline"};
  context.interruptions = 2;
  context.times.began_at_ms = 1;
  context.times.stopped_at_ms = 2;
  context.times.ready_at_ms = 3;
  return context;
}

TEST(Context, IsTheSameAfterARoundThroughTheJournal) {
  const std::string text = to_json(full());
  const auto read = context_from_json(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), text);
}

TEST(Context, WritesEveryMember) {
  const json written = json::parse(to_json(full()));
  const json defaults = json::parse(to_json(Context{}));
  for (const auto& [name, value] : written.items()) EXPECT_NE(value, defaults.value(name, json())) << name;
  EXPECT_EQ(written.size(), 41u) << "four more are in files of their own";
  EXPECT_EQ(large_members(full()).size(), 4u);
}

TEST(Context, IsRefusedWithoutAnyOneOfItsMembers) {
  const json whole = json::parse(to_json(full()));
  for (const auto& [name, value] : whole.items()) {
    if (std::set<std::string>{"canary", "request", "notes_left_out", "lost", "not_blamed", "migrate",
                              "transcripts", "port", "rehearses", "restores", "stopped_run"}
            .contains(name))
      continue;
    json less = whole;
    less.erase(name);
    const auto read = context_from_json(less.dump());
    ASSERT_FALSE(read) << name;
    EXPECT_EQ(read.error().kind, base::ErrorKind::integrity);
  }
}

TEST(Context, IsReadFromAJournalOfBeforeSomeMembersWereThere) {
  json older = json::parse(to_json(full()));
  for (const char* const name : {"canary", "request", "notes_left_out", "lost", "not_blamed"})
    older.erase(name);
  const auto read = context_from_json(older.dump());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->to.canary, "");
}

TEST(Context, IsReadFromAJournalOfANewerVersionThatKnowsMore) {
  json newer = json::parse(to_json(full()));
  newer["colour"] = {{"red", 7}};
  EXPECT_TRUE(context_from_json(newer.dump()));
}

TEST(Context, GetsItsLargeMembersBack) {
  Context context;
  for (const auto& [name, text] : large_members(full()))
    EXPECT_TRUE(set_large_member(context, name, text)) << name;
  EXPECT_EQ(context.from.baseline.text(), full().from.baseline.text());
  EXPECT_EQ(context.from.environment_keys, full().from.environment_keys);
  EXPECT_EQ(context.snapshot.schemas, full().snapshot.schemas);
  EXPECT_FALSE(set_large_member(context, "schemas", "[]"));
  EXPECT_TRUE(set_large_member(context, "of a newer version", "[]"));
}

TEST(Context, IsRefusedWithAMemberOfAnotherType) {
  const json whole = json::parse(to_json(full()));
  for (const auto& [name, value] : whole.items()) {
    json wrong = whole;
    wrong[name] = json::array({json::object()});
    EXPECT_FALSE(context_from_json(wrong.dump())) << name;
  }
}

TEST(Context, IsRefusedWhenTheTextIsNone) {
  for (const char* const text : {"", "{", "[]", "null", "\xff"})
    EXPECT_FALSE(context_from_json(text)) << text;
}

TEST(Context, SurvivesTextThatIsNoUnicode) {
  Context context = full();
  context.reason = "bad \xff byte";
  EXPECT_TRUE(context_from_json(to_json(context)));
}

TEST(Context, WithANumberThatDoesNotFitIsNone) {
  for (const char* const number : {"1e300", "-1e300", "0.5", "9223372036854775807", "18446744073709551615"}) {
    for (const char* const member : {"port", "interruptions", "began_at_ms", "ready_at_ms"}) {
      json object = json::parse(to_json(full()));
      object[member] = json::parse(number);
      EXPECT_FALSE(context_from_json(object.dump())) << member << " " << number;
    }
    Context context;
    const std::string schemas = std::string(R"({"state/openclaw.sqlite":)") + number + "}";
    const bool fits = number == std::string("9223372036854775807");
    EXPECT_EQ(update::set_large_member(context, "schemas", schemas).has_value(), fits) << number;
  }
}

}  // namespace
