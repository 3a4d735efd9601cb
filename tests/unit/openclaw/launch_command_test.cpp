// SPDX-License-Identifier: MIT
// ExecStart= lines as they are met in published units, installers and guides, and what each of them runs.
#include "openclaw/launch_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "openclaw/shell_words.hpp"

namespace {

using openclaw::LaunchCommand;
using openclaw::read_gateway_arguments;
using openclaw::read_launch_command;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Runs = LaunchCommand::Runs;
using Words = std::vector<std::string>;

// As systemd splits a line; quotes are enough for those here.
Words words_of(const std::string& line) {
  const auto commands = openclaw::plain_commands(line);
  EXPECT_TRUE(commands && commands->size() == 1) << line;
  return commands && commands->size() == 1 ? commands->front() : Words{};
}

// "node /x.js | gateway --port 1", with what stays in front in brackets.
std::string told(const LaunchCommand& command) {
  if (!command.untold.empty()) return "? " + command.untold;
  if (command.runs == Runs::container) return "container";
  if (command.runs == Runs::manager) return "manager";
  if (command.runs == Runs::another_user) return "another user";
  std::string text;
  for (const auto& word : command.in_front) text += "[" + word + "] ";
  text += command.program;
  for (const auto& option : command.node_options) text += " " + option;
  if (!command.script.empty()) text += " " + command.script;
  text += " |";
  for (const auto& argument : command.arguments) text += " " + argument;
  return text;
}

struct Row {
  const char* line;
  const char* runs;
};
class ALine : public testing::TestWithParam<Row> {};

TEST_P(ALine, RunsThis) {
  EXPECT_EQ(told(read_launch_command(words_of(GetParam().line))), GetParam().runs) << GetParam().line;
}

INSTANTIATE_TEST_SUITE_P(
    Node, ALine,
    testing::Values(Row{"/usr/bin/node /usr/lib/node_modules/openclaw/dist/index.js gateway --port 18789",
                        "/usr/bin/node /usr/lib/node_modules/openclaw/dist/index.js | gateway --port 18789"},
                    Row{"/usr/bin/node --max-old-space-size=4096 /opt/openclaw/dist/index.js gateway",
                        "/usr/bin/node --max-old-space-size=4096 /opt/openclaw/dist/index.js | gateway"},
                    Row{"node -r /opt/hook.js --import ./x.mjs --no-warnings openclaw.mjs gateway run",
                        "node -r /opt/hook.js --import ./x.mjs --no-warnings openclaw.mjs | gateway run"},
                    Row{"node --env-file=/etc/claw.env -- openclaw.mjs gateway",
                        "node --env-file=/etc/claw.env openclaw.mjs | gateway"},
                    Row{"/usr/local/bin/node24 /usr/lib/node_modules/openclaw/dist/index.js gateway",
                        "/usr/local/bin/node24 /usr/lib/node_modules/openclaw/dist/index.js | gateway"},
                    Row{"/usr/bin/nodejs /x/dist/entry.js gateway",
                        "/usr/bin/nodejs /x/dist/entry.js | gateway"},
                    Row{"/usr/bin/env node /opt/openclaw/openclaw.mjs gateway",
                        "node /opt/openclaw/openclaw.mjs | gateway"},
                    Row{"node -e \"require('/x')\"", "? gives Node code instead of a script"},
                    Row{"/usr/bin/node", "? gives Node no script"}));

INSTANTIATE_TEST_SUITE_P(
    Programs, ALine,
    testing::Values(Row{"/usr/bin/openclaw gateway run --allow-unconfigured",
                        "/usr/bin/openclaw | gateway run --allow-unconfigured"},
                    Row{"/home/claw/.local/share/pnpm/openclaw gateway",
                        "/home/claw/.local/share/pnpm/openclaw | gateway"},
                    Row{"/usr/bin/env openclaw gateway --port 18789 --verbose",
                        "openclaw | gateway --port 18789 --verbose"},
                    Row{"/usr/bin/npx -y openclaw@2026.9.6 gateway run", "openclaw | gateway run"},
                    Row{"/usr/bin/npx --package openclaw openclaw gateway", "openclaw | gateway"},
                    Row{"/usr/bin/pnpm exec openclaw gateway", "openclaw | gateway"},
                    Row{"/usr/bin/npm run gateway", "/usr/bin/npm | run gateway"},
                    Row{"/opt/openclaw/start.sh", "/opt/openclaw/start.sh |"},
                    Row{"/bin/bash /opt/openclaw/start.sh --port 1", "/opt/openclaw/start.sh | --port 1"},
                    Row{"/home/claw/.local/bin/mise exec node@24 -- openclaw gateway", "openclaw | gateway"},
                    Row{"/home/claw/.volta/bin/volta run --node 24 openclaw gateway", "openclaw | gateway"},
                    Row{"/home/claw/.nvm/nvm-exec openclaw gateway", "openclaw | gateway"}));

INSTANTIATE_TEST_SUITE_P(
    InFront, ALine,
    testing::Values(
        Row{"/usr/bin/op run --env-file=/etc/openclaw/op.env -- /usr/bin/node /x/dist/index.js gateway",
            "[/usr/bin/op] [run] [--env-file=/etc/openclaw/op.env] [--] /usr/bin/node /x/dist/index.js | "
            "gateway"},
        Row{"doppler run -t ${DOPPLER} -p claw -- openclaw gateway",
            "[doppler] [run] [-t] [${DOPPLER}] [-p] [claw] [--] openclaw | gateway"},
        Row{"/usr/bin/nice -n 5 ionice -c2 -n 7 node /x.js gateway",
            "[/usr/bin/nice] [-n] [5] [ionice] [-c2] [-n] [7] node /x.js | gateway"},
        Row{"/usr/bin/env NODE_ENV=production -u DISPLAY node /x.js gateway",
            "[/usr/bin/env] [NODE_ENV=production] [-u] [DISPLAY] node /x.js | gateway"},
        Row{"/usr/bin/env -S 'node --no-warnings /x.js' gateway", "node --no-warnings /x.js | gateway"},
        Row{"/usr/bin/timeout -k 5 1d node /x.js gateway",
            "[/usr/bin/timeout] [-k] [5] [1d] node /x.js | gateway"},
        Row{"/usr/bin/systemd-cat -t openclaw openclaw gateway",
            "[/usr/bin/systemd-cat] [-t] [openclaw] openclaw | gateway"},
        Row{"/usr/bin/tini -- node /app/openclaw.mjs gateway",
            "[/usr/bin/tini] [--] node /app/openclaw.mjs | gateway"},
        Row{"/usr/bin/xvfb-run -a node /x.js gateway", "[/usr/bin/xvfb-run] [-a] node /x.js | gateway"},
        Row{"aws-vault exec prod -- node /x.js gateway",
            "[aws-vault] [exec] [prod] [--] node /x.js | gateway"},
        Row{"/usr/bin/op run", "? gives op no program"}));

INSTANTIATE_TEST_SUITE_P(
    Shells, ALine,
    testing::Values(Row{"/bin/bash -lc 'openclaw gateway'", "openclaw | gateway"},
                    Row{"/bin/bash -lc 'exec openclaw gateway --port 18789'",
                        "openclaw | gateway --port 18789"},
                    Row{"/bin/sh -c 'node /opt/openclaw/dist/index.js gateway'",
                        "node /opt/openclaw/dist/index.js | gateway"},
                    Row{"/bin/bash -l -c 'source ~/.nvm/nvm.sh && nvm use 24 && exec openclaw gateway'",
                        "openclaw | gateway"},
                    Row{"/bin/bash -c 'cd /home/claw/openclaw && exec node dist/index.js gateway'",
                        "node dist/index.js | gateway"},
                    Row{"/bin/bash -c 'export A=b; A=c exec openclaw gateway'",
                        "[/usr/bin/env] [A=c] openclaw | gateway"},
                    Row{"/bin/bash -c 'exec \"$@\"' claw node /x.js gateway", "node /x.js | gateway"},
                    Row{"/bin/bash -lc 'exec openclaw gateway --token \"$(cat /etc/t)\" --port $PORT'",
                        "openclaw | gateway --token $(...) --port ${PORT}"},
                    Row{"/bin/bash -c 'openclaw gateway | tee /var/log/x'",
                        "? runs a shell command that has a pipe or an alternative"},
                    Row{"/bin/bash -c 'openclaw gateway >> /var/log/x 2>&1'",
                        "? runs a shell command that redirects its output"},
                    Row{"/bin/bash -c 'nohup openclaw gateway & sleep 5'",
                        "? runs a shell command that starts a background process"},
                    Row{"/bin/bash -c 'TOKEN=s3cret curl x; openclaw gateway'",
                        "? runs several shell commands (TOKEN, ...)"},
                    Row{"/bin/bash -c 'openclaw gateway --token ${TOKEN:-s3cret}'",
                        "? runs a shell command that modifies a variable (${TOKEN...})"},
                    Row{"/bin/bash -l", "? gives the shell nothing to run"}));

INSTANTIATE_TEST_SUITE_P(
    Elsewhere, ALine,
    testing::Values(Row{"/usr/bin/docker run --rm --name openclaw ghcr.io/openclaw/openclaw:2026.9.6",
                        "container"},
                    Row{"/usr/bin/podman start -a openclaw", "container"},
                    Row{"/usr/bin/docker compose up", "container"},
                    Row{"/usr/bin/nice /usr/bin/docker start -a openclaw", "container"},
                    Row{"/bin/sh -c 'exec docker run openclaw'", "container"},
                    Row{"/usr/bin/systemctl --user start openclaw-gateway", "manager"},
                    Row{"/usr/bin/pm2 start openclaw -- gateway", "manager"},
                    Row{"/usr/bin/tmux new-session -d openclaw gateway", "manager"},
                    Row{"/usr/bin/sudo -u claw openclaw gateway", "another user"},
                    Row{"/usr/sbin/runuser -u claw -- node /x.js gateway", "another user"},
                    Row{"/bin/su - claw -c 'openclaw gateway'", "another user"}));

TEST(ALineThatPrepares, IsRememberedByNameAlone) {
  const auto command = read_launch_command(
      {"/bin/bash", "-lc",
       "source /home/claw/env.sh s3cret; export TOKEN=s3cret PATH=/x:$PATH; cd /srv; openclaw gateway"});
  EXPECT_TRUE(command.by_login_shell);
  EXPECT_EQ(command.directory, "/srv");
  EXPECT_THAT(command.left_out, ElementsAre("source /home/claw/env.sh", "export TOKEN", "cd /srv"));
}

TEST(ALineWithEnvironment, SaysWhoGivesIt) {
  EXPECT_THAT(read_launch_command({"op", "run", "--", "node", "x.js"}).giving_environment, ElementsAre("op"));
  EXPECT_THAT(read_launch_command({"nice", "node", "x.js"}).giving_environment, IsEmpty());
  EXPECT_EQ(read_launch_command({"env", "PATH=/x:/y", "openclaw"}).path, "/x:/y");
}

// A process of any user can have millions of words, which root reads.
TEST(LaunchCommand, TakesNoLongerThanItIsLong) {
  std::vector<std::string> assignments{"env"}, versions{"mise", "exec"}, parameters{"sh", "-c"};
  std::string splits, repeated = "node";
  for (int i = 0; i < 200'000; ++i) {
    assignments.insert(assignments.end(), {"-S", "A=b"});
    versions.emplace_back("a@1");
    splits += "-S";
    repeated += " \"$@\"";
  }
  versions.emplace_back("openclaw");
  EXPECT_EQ(openclaw::read_launch_command(assignments).untold, "splits its arguments again and again");
  EXPECT_EQ(openclaw::read_launch_command({"env", "-S", splits}).untold,
            "splits its arguments again and again");
  EXPECT_EQ(openclaw::read_launch_command(versions).program, "openclaw");
  parameters.push_back(repeated);
  parameters.insert(parameters.end(), 200'000, "x");
  EXPECT_EQ(openclaw::read_launch_command(parameters).untold, "has too many parameters");
}

TEST(NamesOfNode, AreTheseAndNoOthers) {
  for (const char* name : {"node", "/usr/bin/node", "nodejs", "node24", "node-22", "nodejs24", "node22.1"}) {
    EXPECT_TRUE(openclaw::is_node_name(name)) << name;
  }
  for (const char* name : {"nodemon", "node_exporter", "nodeenv", "openclaw", "node24x"}) {
    EXPECT_FALSE(openclaw::is_node_name(name)) << name;
  }
}

TEST(GatewayArguments, TellPortAndProfile) {
  const auto gateway = read_gateway_arguments({"--profile", "work", "gateway", "run", "--port=4711"});
  EXPECT_EQ(gateway.command, "gateway");
  EXPECT_EQ(gateway.subcommand, "run");
  EXPECT_EQ(gateway.port, 4711U);
  EXPECT_EQ(gateway.profile, "work");
  EXPECT_EQ(read_gateway_arguments({"--dev", "gateway"}).profile, "dev");
  EXPECT_EQ(read_gateway_arguments({"gateway", "--port", "${PORT}"}).port, std::nullopt);
}

struct Asking {
  Words arguments;
  const char* asks;
};
class Arguments : public testing::TestWithParam<Asking> {};

TEST_P(Arguments, AskAnotherManagerOrServe) {
  EXPECT_EQ(openclaw::asks_only(read_gateway_arguments(GetParam().arguments)), GetParam().asks);
}

INSTANTIATE_TEST_SUITE_P(
    All, Arguments,
    testing::Values(Asking{{"gateway", "start"}, "gateway start"},
                    Asking{{"gateway", "restart"}, "gateway restart"},
                    Asking{{"--profile", "x", "gateway", "install", "--force"}, "gateway install"},
                    Asking{{"daemon", "start"}, "daemon start"},
                    Asking{{"gateway", "status"}, "gateway status"}, Asking{{"gateway"}, ""},
                    Asking{{"gateway", "run"}, ""}, Asking{{"gateway", "--port", "1"}, ""},
                    Asking{{"gateway", "--bind", "start"}, ""}, Asking{{"start"}, ""}, Asking{{}, ""}));

TEST(AskingArguments, ServeWithoutTheWordThatAsks) {
  EXPECT_THAT(openclaw::serving_arguments({"gateway", "start", "--port", "1"}),
              ElementsAre("gateway", "--port", "1"));
  EXPECT_THAT(openclaw::serving_arguments({"daemon", "start"}), ElementsAre("gateway"));
  EXPECT_THAT(openclaw::serving_arguments({"gateway", "run"}), ElementsAre("gateway", "run"));
}

}  // namespace
