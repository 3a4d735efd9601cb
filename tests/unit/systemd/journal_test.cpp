// SPDX-License-Identifier: MIT
#include "systemd/journal.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <sstream>
#include <string>

#include "support/source_tree.hpp"
#include "support/temporary_directory.hpp"

namespace {

using systemd::Event;
using systemd::journal_fields;
using systemd::JournalSink;
using systemd::Priority;
using systemd::terminal_text;
using testing::Contains;
using testing::ElementsAre;
using testing::Eq;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Event event(Priority priority, std::string message) {
  return {priority, "", std::move(message), {}};
}

std::string stream_of(int fd) {
  struct stat status {};
  ::fstat(fd, &status);
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

// What `act` writes to stderr, when that is a file. `stream_is_journal` makes $JOURNAL_STREAM name that file.
std::string stderr_of(const std::function<void()>& act, bool stream_is_journal = false) {
  const test_support::TemporaryDirectory folder;
  const int file = ::open(folder.path("stderr").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const int saved = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  ::dup2(file, STDERR_FILENO);
  if (stream_is_journal) {
    ::setenv("JOURNAL_STREAM", stream_of(file).c_str(), 1);
  } else {
    ::unsetenv("JOURNAL_STREAM");
  }
  act();
  ::dup2(saved, STDERR_FILENO);
  ::close(saved);
  ::close(file);
  ::unsetenv("JOURNAL_STREAM");
  return folder.read("stderr");
}

TEST(AnEvent, BecomesFieldsOfTheJournal) {
  const Event staged{Priority::notice,
                     systemd::message_id::staged,
                     "3 plugins staged",
                     {{"OPENCLAW_VERSION", "2026.4.26"}, {"OPENCLAW_CLOSURE", "abc"}}};
  EXPECT_THAT(journal_fields(staged, "openclaw-stage-deps"),
              ElementsAre("MESSAGE=3 plugins staged", "PRIORITY=5", "SYSLOG_IDENTIFIER=openclaw-stage-deps",
                          "MESSAGE_ID=5a1d1c1fd7a84c1f8b5e2b0d8a2f6c01", "OPENCLAW_VERSION=2026.4.26",
                          "OPENCLAW_CLOSURE=abc"));
}

TEST(AnEvent, LosesFieldsThatWouldCostTheWholeEntry) {
  const Event bad{Priority::info,
                  "",
                  "x",
                  {{"", "1"},
                   {"lower", "2"},
                   {"_PID", "3"},
                   {"1ST", "4"},
                   {"A B", "5"},
                   {"A=B", "6"},
                   {std::string(65, 'A'), "7"},
                   {"GOOD_1", "8"}}};
  EXPECT_THAT(journal_fields(bad, "x"),
              ElementsAre("MESSAGE=x", "PRIORITY=6", "SYSLOG_IDENTIFIER=x", "GOOD_1=8"));
}

TEST(AnEvent, KeepsItsLinesInTheJournalButNoControlCharacters) {
  const auto fields = journal_fields(event(Priority::error, "npm failed:\n\x1b[31mE404\x1b[0m\r\n\n"), "x");
  EXPECT_EQ(fields[0], "MESSAGE=npm failed:\nE404");
}

TEST(AnEvent, NamesProgramAndSeverityOnATerminal) {
  EXPECT_EQ(terminal_text(event(Priority::error, "no disk"), "tool"), "tool: error: no disk");
  EXPECT_EQ(terminal_text(event(Priority::warning, "slow"), "tool"), "tool: warning: slow");
  EXPECT_EQ(terminal_text(event(Priority::notice, "done"), "tool"), "tool: done");
  EXPECT_EQ(terminal_text(event(Priority::debug, "why"), "tool"), "tool: why");
}

TEST(AnEvent, CannotForgeAnotherOnATerminal) {
  EXPECT_EQ(terminal_text(event(Priority::info, "npm says:\ntool: error: forged\x1b[2J"), "tool"),
            "tool: npm says:\n    tool: error: forged");
}

TEST(AJournalStream, IsThatOfTheDescriptorOnly) {
  const std::string stream = stream_of(STDERR_FILENO);
  EXPECT_TRUE(systemd::is_journal_stream(stream.c_str(), STDERR_FILENO));
  EXPECT_FALSE(systemd::is_journal_stream(nullptr, STDERR_FILENO));
  for (const std::string& bad :
       {std::string(), std::string("1:2"), std::string("nonsense"), stream + "0", " " + stream}) {
    EXPECT_FALSE(systemd::is_journal_stream(bad.c_str(), STDERR_FILENO)) << bad;
  }
  EXPECT_FALSE(systemd::is_journal_stream(stream.c_str(), -1));
}

TEST(AJournal, WritesLinesToStderrWithoutColour) {
  const std::string text = stderr_of([] {
    JournalSink journal;
    journal.send(event(Priority::error, "one {} %s"));
    journal.send(event(Priority::info, "two"));
  });
  EXPECT_EQ(text, "test_systemd: error: one {} %s\ntest_systemd: two\n");
}

TEST(AJournal, HidesWhatIsLessImportantThanAskedFor) {
  const auto act = [](Priority minimum) {
    return stderr_of([minimum] {
      JournalSink journal(minimum);
      for (const auto priority :
           {Priority::error, Priority::warning, Priority::notice, Priority::info, Priority::debug}) {
        journal.send(event(priority, std::to_string(static_cast<int>(priority))));
      }
    });
  };
  EXPECT_THAT(act(Priority::error), Not(HasSubstr("4")));
  EXPECT_THAT(act(Priority::error), HasSubstr("3"));
  EXPECT_THAT(act(Priority::info), HasSubstr("6"));
  EXPECT_THAT(act(Priority::info), Not(HasSubstr("7")));
  EXPECT_THAT(act(Priority::debug), HasSubstr("7"));
}

TEST(AJournal, IsNotTakenForOneWhenStderrWasRedirectedSince) {
  const std::string text = stderr_of([] {
    ::setenv("JOURNAL_STREAM", "1:2", 1);
    JournalSink().send(event(Priority::info, "hello"));
  });
  EXPECT_EQ(text, "test_systemd: hello\n");
}

// What a terminal of 2026 shows, by way of a pseudo terminal.
std::string terminal_of(const std::function<void()>& prepare) {
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child == 0) {
    ::setenv("TERM", "xterm-256color", 1);
    ::unsetenv("NO_COLOR");
    ::unsetenv("JOURNAL_STREAM");
    prepare();
    JournalSink().send(event(Priority::error, "failed"));
    ::_exit(0);
  }
  std::string text;
  std::array<char, 512> buffer{};
  for (ssize_t got = 0; (got = ::read(terminal, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(terminal);
  ::waitpid(child, nullptr, 0);
  return text;
}

TEST(AJournal, HasColoursOnATerminal) {
  EXPECT_THAT(terminal_of([] {}), HasSubstr("\x1b["));
}

TEST(AJournal, HasNoColoursWhereNobodyWantsThem) {
  const std::string plain = "test_systemd: error: failed\r\n";
  EXPECT_EQ(terminal_of([] { ::setenv("NO_COLOR", "1", 1); }), plain);
  EXPECT_EQ(terminal_of([] { ::setenv("TERM", "dumb", 1); }), plain);
  EXPECT_THAT(terminal_of([] { ::setenv("NO_COLOR", "", 1); }), Not(Eq(plain)));  // empty is unset
}

// The native protocol, against a journald of our own: in a mount namespace, so that the real one sees
// nothing.
void bind_fake_journald(int& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string("/run/systemd/journal/socket").copy(address.sun_path, sizeof address.sun_path - 1);
  socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("none", "/run", "tmpfs", 0, nullptr) != 0 || ::mkdir("/run/systemd", 0755) != 0 ||
      ::mkdir("/run/systemd/journal", 0755) != 0 ||
      ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::_exit(77);
  }
}

TEST(AJournal, SpeaksNativelyWhenStderrLeadsToIt) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    int socket = -1;
    bind_fake_journald(socket);
    const std::string text = stderr_of(
        [] {
          JournalSink().send(
              {Priority::warning, systemd::message_id::lock_held, "two\nlines", {{"A_FIELD", "v"}}});
        },
        true);
    std::array<char, 4096> datagram{};
    const ssize_t size = ::recv(socket, datagram.data(), datagram.size(), MSG_DONTWAIT);
    if (size > 0 && ::write(pipe[1], datagram.data(), static_cast<std::size_t>(size)) != size) ::_exit(1);
    ::_exit(text.empty() ? 0 : 2);
  }
  ::close(pipe[1]);
  std::array<char, 4096> buffer{};
  const ssize_t size = ::read(pipe[0], buffer.data(), buffer.size());
  ::close(pipe[0]);
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "needs a mount namespace (root)";
  ASSERT_EQ(status, 0);
  const std::string datagram(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  EXPECT_THAT(datagram, HasSubstr("PRIORITY=4\n"));
  EXPECT_THAT(datagram, HasSubstr("MESSAGE_ID=5a1d1c1fd7a84c1f8b5e2b0d8a2f6c04\n"));
  EXPECT_THAT(datagram, HasSubstr("SYSLOG_IDENTIFIER=test_systemd\n"));
  EXPECT_THAT(datagram, HasSubstr("A_FIELD=v\n"));
  EXPECT_THAT(datagram, HasSubstr("two\nlines"));
  EXPECT_THAT(datagram, Not(HasSubstr("CODE_FILE")));
}

TEST(AJournal, KeepsThePriorityWhenItsSocketIsOutOfReach) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", "/run", "tmpfs", 0, nullptr) != 0) {
      ::_exit(77);
    }
    const std::string text =
        stderr_of([] { JournalSink().send(event(Priority::warning, "two\nlines")); }, true);
    const bool written = ::write(pipe[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::_exit(written ? 0 : 1);
  }
  ::close(pipe[1]);
  std::array<char, 512> buffer{};
  const ssize_t size = ::read(pipe[0], buffer.data(), buffer.size());
  ::close(pipe[0]);
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "needs a mount namespace (root)";
  EXPECT_EQ(std::string(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0),
            "<4>test_systemd: warning: two     lines\n");
}

// The catalog beside the code: an event without a text is of no use at night.
TEST(TheCatalog, HasAnEntryForEachMessageOf76Columns) {
  const std::string text = test_support::read_source("units/openclaw-systemd.catalog");
  for (const std::string_view id :
       {systemd::message_id::staged, systemd::message_id::stage_failed, systemd::message_id::lock_reclaimed,
        systemd::message_id::lock_held, systemd::message_id::mirror_repaired, systemd::message_id::owned_root,
        systemd::message_id::plugin_skew, systemd::message_id::state_kept,
        systemd::message_id::state_refused}) {
    EXPECT_THAT(text, HasSubstr("\n-- " + std::string(id) + "\nSubject: "));
  }
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 76U) << line;
}

}  // namespace
