// SPDX-License-Identifier: MIT
// An HTTP answer that comes in any pieces, and what is none.
#include "http/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using State = http::Reader::State;
using http::Reader;
using testing::HasSubstr;

const std::string live = R"({"ok":true,"status":"live"})";
const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n";

std::string why_not(const std::string& bytes) {
  Reader reader;
  if (reader.take(bytes) == State::more) reader.end();
  return reader.why();
}

TEST(HttpReader, ReadsAWholeAnswerByItsLength) {
  Reader reader;
  EXPECT_EQ(reader.take(head + live), State::done);
  EXPECT_EQ(reader.answer().status, 200);
  EXPECT_EQ(reader.answer().body, live);
}

TEST(HttpReader, ReadsAnAnswerThatDripsByteByByte) {
  Reader reader;
  const std::string text = head + live;
  for (std::size_t i = 0; i + 1 < text.size(); ++i)
    ASSERT_EQ(reader.take(text.substr(i, 1)), State::more) << i;
  EXPECT_EQ(reader.take(text.substr(text.size() - 1)), State::done);
  EXPECT_EQ(reader.answer().body, live);
}

TEST(HttpReader, ReadsToTheEndWhereNoLengthIsGiven) {
  Reader reader;
  EXPECT_EQ(reader.take("HTTP/1.0 503 Service Unavailable\r\n\r\n{\"ready\""), State::more);
  EXPECT_EQ(reader.take(":false}"), State::more);
  EXPECT_EQ(reader.end(), State::done);
  EXPECT_EQ(reader.answer().status, 503);
  EXPECT_EQ(reader.answer().body, R"({"ready":false})");
}

TEST(HttpReader, TakesNoMoreThanTheLengthThatWasGiven) {
  Reader reader;
  EXPECT_EQ(reader.take(head + live + "and more"), State::done);
  EXPECT_EQ(reader.answer().body, live);
}

TEST(HttpReader, IsDoneWithAnEmptyBody) {
  Reader reader;
  EXPECT_EQ(reader.take("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"), State::done);
  EXPECT_EQ(reader.answer().body, "");
}

TEST(HttpReader, RefusesWhatIsNotHttp) {
  for (const char* bytes : {"\x16\x03\x01", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/2 200\r\n\r\n", "hello",
                            "http/1.1 200 OK\r\n\r\n"}) {
    EXPECT_THAT(why_not(bytes), HasSubstr("does not speak HTTP")) << bytes;
  }
}

TEST(HttpReader, RefusesHeadsThatAreNotUnderstood) {
  for (const char* bytes :
       {"HTTP/1.1 20\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 999 X\r\n\r\n",
        "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
    EXPECT_THAT(why_not(bytes), HasSubstr("not valid")) << bytes;
  }
}

TEST(HttpReader, RefusesWhatEndsTooEarly) {
  EXPECT_EQ(why_not(""), "closed the connection without an answer");
  EXPECT_EQ(why_not("HTTP/1.1 200 OK\r\nContent-"), "closed the connection within its answer");
  EXPECT_EQ(why_not(head + "{\"ok\""), "closed the connection within its answer");
}

TEST(HttpReader, RefusesABodyThatIsTooLargeWithoutKeepingIt) {
  EXPECT_THAT(why_not("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"), HasSubstr("more than 65.5 kB"));
  Reader reader;
  reader.take("HTTP/1.1 200 OK\r\n\r\n");
  State state = State::more;
  for (int i = 0; i < 1000 && state == State::more; ++i) state = reader.take(std::string(1000, 'x'));
  EXPECT_EQ(state, State::bad);
  EXPECT_THAT(reader.why(), HasSubstr("more than 65.5 kB"));
}

TEST(HttpReader, RefusesAHeadThatNeverEnds) {
  Reader reader;
  State state = reader.take("HTTP/1.1 200 OK\r\n");
  for (int i = 0; i < 1000 && state == State::more; ++i)
    state = reader.take("X-Padding: " + std::string(100, 'x') + "\r\n");
  EXPECT_EQ(state, State::bad);
}

TEST(HttpReader, RefusesALongHeadThatComesInOnePiece) {
  Reader reader;
  const std::string padding = "X-Padding: " + std::string(20'000, 'x') + "\r\n\r\n";
  EXPECT_EQ(reader.take("HTTP/1.1 200 OK\r\n" + padding), State::bad);
  EXPECT_THAT(reader.why(), HasSubstr("a header of more than"));
}

TEST(HttpReader, ChangesNothingAfterItsEnd) {
  Reader reader;
  reader.take(head + live);
  EXPECT_EQ(reader.take("HTTP/1.1 500 X\r\n\r\n"), State::done);
  EXPECT_EQ(reader.end(), State::done);
  EXPECT_EQ(reader.answer().status, 200);
}

}  // namespace
