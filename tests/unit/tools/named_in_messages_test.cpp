// SPDX-License-Identifier: MIT
// Each option, subcommand, setting, unit and manual page that a message of the programs names is there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "config/keys.hpp"
#include "support/source_tree.hpp"

namespace {

using test_support::read_source;
using test_support::source_tree;
using testing::Contains;
using testing::Not;

struct Message {
  std::string file, text;
};

// The string literals of one expression, as one text: "%s" and what is put in between is left out. Lists of
// options for other programs begin with one, and are no messages.
void add_messages(const std::string& file, const std::string& source, std::vector<Message>& messages) {
  static const std::regex comment("(^|\n)[ ]*(//|#include)[^\n]*");
  static const std::regex literal("\"((?:[^\"\\\\\n]|\\\\.)*)\"");
  const std::string code = std::regex_replace(source, comment, "\n");
  for (std::size_t at = 0; at < code.size();) {
    const std::size_t end = std::min(code.find(";\n", at), code.size());
    const std::string statement = code.substr(at, end - at);
    std::string text;
    for (std::sregex_iterator match(statement.begin(), statement.end(), literal), none; match != none;
         ++match) {
      const std::string words = (*match)[1];
      if (words.starts_with('-')) continue;
      const bool goes_on =
          !text.empty() && (text.back() == ' ' || words.starts_with(' ') || words.starts_with(';'));
      text += (goes_on || text.empty() ? "" : " \x01 ") + words;
    }
    if (text.find(' ') != std::string::npos) messages.push_back({file, text});
    at = end + 2;
  }
}

std::vector<Message> messages() {
  std::vector<Message> found;
  const auto src = source_tree() / "src";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(src)) {
    if (entry.path().extension() != ".cpp") continue;
    add_messages(std::filesystem::relative(entry.path(), src).string(), read_source(entry.path()), found);
  }
  return found;
}

std::string help_of(const std::string& program, const std::string& subcommand = "") {
  const std::string command = std::string(PROGRAMS) + "/" + program + " " + subcommand + " --help 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string text;
  std::array<char, 4096> buffer{};
  while (pipe && std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) text += buffer.data();
  EXPECT_THAT(text, testing::HasSubstr("--help")) << command;
  return text;
}

std::set<std::string> all_of(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), expression), none; match != none; ++match) {
    found.insert((*match)[1]);
  }
  return found;
}

const std::set<std::string>& subcommands() {
  static const auto found = [] {
    const std::string help = help_of("openclaw-update");
    return all_of(help.substr(0, help.find("\nOptions:")), "\n  ([a-z]+)");
  }();
  return found;
}

// Of the programs that a person types, and of a worker; "adopt" has some of its own.
const std::set<std::string>& options() {
  static const auto found = [] {
    std::set<std::string> all;
    for (const char* program : {"openclaw-update", "openclaw-install-deps", "openclaw-stage-deps",
                                "openclaw-watchdog", "openclaw-health", "openclaw-state"}) {
      all.merge(all_of(help_of(program), "(--[a-z][a-z-]+)"));
    }
    for (const char* command : {"adopt", "changelog", "hold"})
      all.merge(all_of(help_of("openclaw-update", command), "(--[a-z][a-z-]+)"));
    return all;
  }();
  return found;
}

class WhatMessagesName : public testing::Test {
 protected:
  void SetUp() override { ASSERT_FALSE(messages_.empty()); }
  // Calls `check` with each match of `pattern` and where it was found.
  template <class Check>
  void each(const std::string& pattern, Check check) {
    const std::regex expression(pattern);
    unsigned count = 0;
    for (const Message& message : messages_) {
      for (std::sregex_iterator match(message.text.begin(), message.text.end(), expression), none;
           match != none; ++match) {
        ++count;
        SCOPED_TRACE(message.file + ": " + message.text);
        check(*match);
      }
    }
    EXPECT_GT(count, 0U) << "nothing names " << pattern << " any more: is it looked for as messages have it?";
  }
  static bool has_key(const std::string& section, const std::string& name) {
    for (const config::Key& key : config::keys()) {
      if (key.name == name && (section.empty() || key.section == section)) return true;
    }
    return false;
  }

  const std::vector<Message> messages_ = messages();
};

TEST_F(WhatMessagesName, AreOptionsThatAProgramTakes) {
  // Of other programs, in commands that are named whole: systemctl, openclaw, npm, ss.
  const std::set<std::string> foreign{"--user",    "--now",      "--version", "--port",   "--json",
                                      "--profile", "--no-pager", "--signal",  "--fix",    "--global",
                                      "--prefix",  "--machine",  "--home",    "--append", "--groups"};
  each("[ (=`](--[a-z][a-z-]+)", [&](const std::smatch& match) {
    if (!foreign.contains(match[1])) {
      EXPECT_THAT(options(), Contains(match[1].str()));
    }
  });
}

TEST_F(WhatMessagesName, AreSubcommandsThatOpenclawUpdateHas) {
  each("openclaw-update ([a-z]+)", [&](const std::smatch& match) {
    // "openclaw-update updates it", "openclaw-update installs one": what it does when nothing is added.
    const std::set<std::string> verbs{"updates", "installs", "finishes", "has", "does", "is"};
    if (!verbs.contains(match[1])) {
      EXPECT_THAT(subcommands(), Contains(match[1].str()));
    }
  });
}

TEST_F(WhatMessagesName, AreSettingsThatTheFileTakes) {
  each("\\[(packages|stage|gateway|update|rollback|node|canary|watchdog|notify)\\] ([a-z][a-z-]+)=",
       [&](const std::smatch& match) {
         EXPECT_TRUE(has_key(match[1], match[2])) << "[" << match[1] << "] " << match[2];
       });
  each("([a-z][a-z-]+)=[a-z]* in \\[([a-z]+)\\]", [&](const std::smatch& match) {
    EXPECT_TRUE(has_key(match[2], match[1])) << "[" << match[2] << "] " << match[1];
  });
}

TEST_F(WhatMessagesName, AreUnitsThatAreInstalled) {
  each("(openclaw-[a-z]+(?:-[a-z]+)*@?)[^ ]*\\.(service|path|timer)\\b", [&](const std::smatch& match) {
    const std::string unit = match[1].str() + "." + match[2].str();
    EXPECT_TRUE(std::filesystem::exists(source_tree() / "units" / unit)) << unit;
  });
}

TEST_F(WhatMessagesName, AreManualPagesThatAreInstalled) {
  each("\\b(openclaw-[a-z.-]+)\\(([1-9])\\)", [&](const std::smatch& match) {
    const std::string page = match[1].str() + "." + match[2].str();
    EXPECT_TRUE(std::filesystem::exists(source_tree() / "man" / page)) << page;
  });
}

TEST_F(WhatMessagesName, AreSectionsThatTheManualPageHas) {
  each("see ([A-Z][A-Za-z ]+) in (openclaw-[a-z.-]+)\\(([1-9])\\)", [&](const std::smatch& match) {
    const std::string page = read_source("man/" + match[2].str() + "." + match[3].str());
    const std::string heading = match[1];
    const bool there = page.find("\n.Sh " + heading + "\n") != std::string::npos ||
                       page.find("\n.Ss " + heading + "\n") != std::string::npos;
    EXPECT_TRUE(there) << heading;
  });
}

// The checks above find what is not there.
TEST(ANameOfNothing, IsFound) {
  EXPECT_THAT(subcommands(), Contains("adopt"));
  EXPECT_THAT(subcommands(), Not(Contains("upgrade")));
  EXPECT_THAT(options(), Contains("--package-root"));
  EXPECT_THAT(options(), Contains("--undo"));
  EXPECT_THAT(options(), Not(Contains("--foreground")));
}

}  // namespace
