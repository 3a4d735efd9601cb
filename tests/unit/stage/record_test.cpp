// SPDX-License-Identifier: MIT
#include "stage/record.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temporary_directory.hpp"

namespace {

using test_support::TemporaryDirectory;

stage::Record record_of(const TemporaryDirectory& place) {
  stage::Record record;
  record.circumstances = "version 1 HOME=/x";
  record.summary = "2026.4.26: 8 plugins complete";
  stage::add_stamp(record, place.path("watched"));
  stage::add_stamp(record, place.path("not there"));
  return record;
}

TEST(Record, IsTrueWhileNothingChanges) {
  const TemporaryDirectory place;
  place.write("watched", "a");
  EXPECT_TRUE(stage::still_true(record_of(place), "version 1 HOME=/x"));
}

TEST(Record, EndsWhenAWatchedFileIsRewrittenWithTheSameContent) {
  const TemporaryDirectory place;
  place.write("watched", "a");
  const auto record = record_of(place);
  place.write("watched", "a");
  EXPECT_FALSE(stage::still_true(record, record.circumstances));
}

TEST(Record, EndsWhenAFileAppearsThatWasAbsent) {
  const TemporaryDirectory place;
  place.write("watched", "a");
  const auto record = record_of(place);
  place.write("not there", "");
  EXPECT_FALSE(stage::still_true(record, record.circumstances));
}

TEST(Record, EndsWhenAFileIsReplacedByALinkToItself) {
  const TemporaryDirectory place;
  place.write("watched", "a");
  const auto record = record_of(place);
  ASSERT_EQ(::rename(place.path("watched").c_str(), place.path("moved").c_str()), 0);
  ASSERT_EQ(::symlink("moved", place.path("watched").c_str()), 0);
  EXPECT_FALSE(stage::still_true(record, record.circumstances));
}

TEST(Record, EndsWhenTheCircumstancesChange) {
  const TemporaryDirectory place;
  place.write("watched", "a");
  EXPECT_FALSE(stage::still_true(record_of(place), "version 2 HOME=/x"));
}

TEST(Record, SurvivesWritingAndReading) {
  const TemporaryDirectory place;
  place.write("watched", "a");
  const auto read = stage::parse_record(stage::to_text(record_of(place)));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->summary, "2026.4.26: 8 plugins complete");
  EXPECT_TRUE(stage::still_true(*read, "version 1 HOME=/x"));
}

TEST(Record, OfAnotherFormatIsNotBelieved) {
  EXPECT_FALSE(stage::parse_record(""));
  EXPECT_FALSE(stage::parse_record("openclaw-systemd record 2\n\n\n"));
  EXPECT_FALSE(stage::parse_record("openclaw-systemd record 1\nc\ns\nno-blank-in-this-line\n"));
}

}  // namespace
