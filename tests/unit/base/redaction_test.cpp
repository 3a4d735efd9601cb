// SPDX-License-Identifier: MIT
// What is taken out of texts that are shown or kept, and what has to stay readable.
#include "base/redaction.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/nearest.hpp"

namespace {

using base::redacted;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct Line {
  const char* raw;
  const char* shown;
};

TEST(Redacted, HidesWhatHasTheShapeOfASecret) {
  const Line lines[] = {
      {"GET https://ci:SECRET-CANARY@npm.example/slack - 404", "GET https://***@npm.example/slack - 404"},
      {"git ls-remote https://SECRET-CANARY@github.com/a/b", "git ls-remote https://***@github.com/a/b"},
      {"postgres://db:SECRET/CANARY@host:5432/x", "postgres://***@host:5432/x"},
      {"ws://127.0.0.1:18789?token=SECRET-CANARY&x=1", "ws://127.0.0.1:18789?token=***&x=1"},
      {"authorization: Bearer SECRET-CANARY", "authorization: ***"},
      {"sends Bearer SECRET-CANARY-1 again", "sends Bearer *** again"},
      {"Basic dXNlcjpTRUNSRVQ=", "Basic ***"},
      {"Cookie: a=SECRET; b=CANARY", "Cookie: ***"},
      {R"({"token":"SECRET \"CANARY\"","port":1})", R"({"token":"***","port":1})"},
      {R"({"line":"{\"botToken\":\"SECRET-CANARY\",\"x\":1}"})",
       R"({"line":"{\"botToken\":\"***\",\"x\":1}"})"},
      {"//npm.example/:_authToken=SECRET-CANARY", "//npm.example/:_authToken=***"},
      {"//npm.example/:_auth = U0VDUkVULUNBTkFSWQ==", "//npm.example/:_auth = ***"},
      {"gateway.auth.token: SECRET-CANARY", "gateway.auth.token: ***"},
      {"DB_PASSWORD='SECRET CANARY' set", "DB_PASSWORD='***' set"},
      {"node index.js gateway --token SECRET-CANARY --port 1", "node index.js gateway --token *** --port 1"},
      {"node index.js --password=SECRET-CANARY", "node index.js --password=***"},
      {"with the API key sk-proj-SECRETCANARY0123456789", "with the API key ***"},
      {"api.telegram.org/bot123456789:SECRETCANARYSECRETCANARYSECRETCANAR/getMe",
       "api.telegram.org/***/getMe"},
      {"session 3b1f0c9e7d5a4b2c8e6f", "session ***"},
      {"password=hunter", "password=***"},
  };
  for (const Line& line : lines) EXPECT_EQ(redacted(line.raw), line.shown);
}

TEST(Redacted, LeavesWhatOnlyLooksLikeOne) {
  const char* const lines[] = {
      "SyntaxError: Unexpected token } in JSON at position 17",
      "environment variable OPENAI_API_KEY is lost: the gateway had it before the update",
      "gateway token: missing",
      "ExecStart=/usr/bin/node /x/index.js gateway --token ${GATEWAY_TOKEN} --password=${OTHER}",
      "starts \"/usr/bin/node /x/index.js gateway --token … --password=…\", which no update changes",
      "npm error code ERR_TLS_CERT_ALTNAME_INVALID",
      "the registry does not have @openclaw/slack@2026.9.6",
      "GET http://[::1]:4873/@openclaw/slack - 404",
      "GET https://registry.npmjs.org:443/@openclaw/slack - 404",
      "ssh://git@github.com/whiskeysockets/libsignal-node.git",
      "sha512-4Rk2f0nQ8jZ1W5bq7T3yXg== is not sha512-9c8B7a6f5E4d3C2b1A0987==",
      "npm_config_fetch_retries=0 in the unit's environment shortens that",
      "max tokens: 4096, basic authentication is off",
      "[update] channel: must be a tag of the registry, such as latest or beta, not '../x'",
      "see journalctl -u openclaw-gateway.service; its log is in transactions/t00000017-4f2a/canary.json",
      "http://127.0.0.1:18789/readyz",
  };
  for (const char* const line : lines) EXPECT_EQ(redacted(line), line);
}

TEST(Redacted, IsTheSameAgain) {
  const std::string once = redacted("https://a:b@c --token x \"secret\":\"y\" Bearer ABCDEFGH1 _auth=z");
  EXPECT_EQ(redacted(once), once);
}

TEST(Redacted, SeesThroughEscapeSequencesAndCutsOnlyAfterwards) {
  EXPECT_EQ(redacted("tok\033[31men=SECRET\033[0m-CANARY"), "token=***");
  EXPECT_EQ(redacted("password=SECRET-CANARY and more", 14), "password=*** a");
}

// A worker, a registry and a gateway say what they like, and root reads it.
TEST(Redacted, TakesNoLongerThanATextIsLong) {
  for (const std::string piece : {"key=", "://a:b/", "key=${"}) {
    std::string text;
    while (text.size() < (std::size_t{1} << 20)) text += piece;
    EXPECT_LE(redacted(text, 300).size(), 300U) << piece;
  }
  base::Redaction redaction;
  redaction.add("SECRET-CANARY");
  std::string text;
  while (text.size() < (std::size_t{1} << 20)) text += "SECRET-CANARY ";
  EXPECT_EQ(redaction.applied(text, 11), "*** *** ***");
}

TEST(Redacted, TellsASecretBehindAnyNumberOfNames) {
  EXPECT_EQ(redacted("key=key=key=key=abcdefgh12345678"), "key=***");
  EXPECT_EQ(redacted("key=auth=a&code=abcdefgh12345678 key=abc"), "key=auth=a&code=*** key=abc");
  EXPECT_EQ(redacted("http://a:b/://c:d/e@f"), "http://***@f");
  EXPECT_EQ(redacted("x://y x://u:p@h x://y"), "x://y x://***@h x://y");
}

TEST(Redacted, TellsASecretThatFollowsAnother) {
  EXPECT_EQ(redacted("key=abcdefgh12345678$token=xyz"), "key=***$token=***");
  EXPECT_EQ(redacted("sk-abcdefgh12345678ij$password=xyz"), "***$password=***");
}

TEST(ARedaction, HidesValuesThatAreKnownHoweverTheyAreWritten) {
  base::Redaction redaction;
  redaction.add("pa\"ss/word-1");
  redaction.add("http://proxy:proxy-password@proxy.example:3128");
  EXPECT_EQ(redaction.applied("got pa\"ss/word-1, \"pa\\\"ss/word-1\" and pa%22ss%2Fword-1"),
            "got ***, \"***\" and ***");
  EXPECT_EQ(redaction.applied("407 for proxy-password"), "407 for ***");
}

TEST(ARedaction, KnowsAllOfAnEnvironmentFileAndEachLineOfAKey) {
  base::Redaction redaction;
  redaction.add_environment_file(
      "# note "
      "SECRET\nMY_PHRASE=correcthorsebattery\nOPENCLAW_VERSION=2026.9.6\nPEM=\"-----BEGIN-----\nQUJDREVGR0g="
      "\n-----END-----\"\n");
  EXPECT_EQ(redaction.applied("it is correcthorsebattery"), "it is ***");
  EXPECT_EQ(redaction.applied("x QUJDREVGR0g= x"), "x *** x");
  EXPECT_EQ(redaction.applied("a note SECRET of 2026.9.6"), "a note SECRET of 2026.9.6");
}

TEST(ARedaction, OfAnEnvironmentLeavesPathsAndSwitchesReadable) {
  base::Redaction redaction;
  redaction.add_environment({{"MY_THING", "SECRET-CANARY"},
                             {"OPENCLAW_GATEWAY_TOKEN", "lowercase"},
                             {"OPENCLAW_SUPERVISOR_MODE", "external"},
                             {"HOME", "/var/lib/openclaw"},
                             {"OPENCLAW_VERSION", "2026.9.6"},
                             {"PIN_TOKEN", "0123456789"},
                             {"npm_config_registry", "https://npm.example/"}});
  EXPECT_EQ(redaction.applied("external, /var/lib/openclaw, 2026.9.6, https://npm.example/slack"),
            "external, /var/lib/openclaw, 2026.9.6, https://npm.example/slack");
  EXPECT_EQ(redaction.applied("SECRET-CANARY lowercase 0123456789"), "*** *** ***");
}

TEST(ARedaction, TellsASecretThatAReaderHasCutOff) {
  base::Redaction redaction;
  redaction.add("SECRET-CANARY-0123456789");
  EXPECT_THAT(redaction.applied(std::string(1010, 'x') + "SECRET-CANARY", 2000), Not(HasSubstr("SECRET")));
}

TEST(ARedaction, GoesThroughATextLineByLine) {
  base::Redaction redaction;
  redaction.add("SECRET-CANARY");
  EXPECT_EQ(redaction.applied_to_lines("a SECRET-CANARY\nb\n"), "a ***\nb\n");
}

TEST(AShownCommand, HasProgramEntryAndNamesOfOptionsOnly) {
  EXPECT_THAT(base::shown_words({"/usr/bin/node", "--max-old-space-size=4096", "/x/dist/index.js", "gateway",
                                 "--port", "18789", "--token", "SECRET-CANARY", "--password=SECRET-CANARY",
                                 "-pSECRET-CANARY"}),
              ElementsAre("/usr/bin/node", "--max-old-space-size=…", "/x/dist/index.js", "gateway", "--port",
                          "…", "--token", "…", "--password=…", "…"));
}

TEST(AShownCommand, HidesWhatAShellOrEnvIsGiven) {
  EXPECT_EQ(base::shown_command({"/bin/bash", "-lc", "exec openclaw gateway --token SECRET-CANARY"}),
            "/bin/bash … …");
  EXPECT_EQ(base::shown_command({"/usr/bin/env", "TOKEN=SECRET-CANARY", "/usr/bin/openclaw", "gateway"}),
            "/usr/bin/env … /usr/bin/openclaw gateway");
}

TEST(AShownCommand, LeavesNothingHiddenThatARedactionDoesNotKnow) {
  base::Redaction redaction;
  redaction.add_command(
      {"/usr/bin/node", "/x/index.js", "gateway", "--token", "SECRET-CANARY", "--auth=OTHER-CANARY"});
  EXPECT_EQ(redaction.applied("SECRET-CANARY OTHER-CANARY gateway /x/index.js"),
            "*** *** gateway /x/index.js");
}

TEST(Nearest, IsTheNameThatWasMeantOrNone) {
  EXPECT_EQ(base::nearest("--chanel", {"--channel", "--to"}), "--channel");
  EXPECT_EQ(base::nearest("stauts", {"status", "history"}), "status");
  EXPECT_EQ(base::nearest("--frobnicate", {"--channel", "--to"}), std::nullopt);
}

}  // namespace
