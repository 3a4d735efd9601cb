// SPDX-License-Identifier: MIT
// openclaw-guard-state: what openclaw-stage-deps --guard-state becomes first, and which then becomes that.
// A program of its own, since only it needs SQLite: the hook of a unit stays as small as it is.
#include <CLI/CLI.hpp>
#include <unistd.h>

#include <array>
#include <utility>

#include "fs/beneath.hpp"
#include "npm/toolchain.hpp"
#include "openclaw/launch_command.hpp"
#include "openclaw/locate.hpp"
#include "openclaw/package.hpp"
#include "systemd/journal.hpp"
#include "systemd/notify.hpp"
#include "tools/arguments.hpp"
#include "tools/entrypoint_options.hpp"
#include "tools/exit_status.hpp"
#include "tools/hand_over.hpp"
#include "workers/guard/guard.hpp"

namespace {

using base::Result;
using systemd::Priority;

// Nobody is told of progress in a container but who reads its log: a doctor may take minutes, and whoever
// sees nothing kills it.
class TellingNotifier final : public systemd::Notifier {
 public:
  TellingNotifier(systemd::EventSink& sink, systemd::Notifier& manager) : sink_(sink), manager_(manager) {}
  void status(std::string_view text) override {
    sink_.send({Priority::info, "", std::string(text), {}});
    manager_.status(text);
  }
  void extend_timeout(std::chrono::microseconds time) override { manager_.extend_timeout(time); }
  void flush() override { manager_.flush(); }

 private:
  systemd::EventSink& sink_;
  systemd::Notifier& manager_;
};

Result<std::string> package_root_of(const tools::EntrypointOptions& options, const config::Settings& settings,
                                    const openclaw::Locations& locations) {
  for (const std::string& named : {options.line.package_root, settings.gateway.package_root}) {
    if (!named.empty()) return named;
  }
  auto located = openclaw::locate_package(locations);
  if (!located) return base::pass(located.error());
  return std::move(located->root);
}

// The command's own, where it names one; empty where there is none.
Result<std::string> node_of(const config::Settings& settings, const std::vector<std::string>& command,
                            const openclaw::Locations& locations) {
  const auto launch = openclaw::read_launch_command(command);
  const bool names_node =
      launch.runs == openclaw::LaunchCommand::Runs::node && launch.program.starts_with('/');
  if (settings.gateway.node.empty() && names_node) return launch.program;
  auto node = npm::find_node(settings.gateway.node, locations.search_path);
  // Without a Node, the release is not asked about the databases, and no doctor runs.
  if (!node && fs::is_answer(node.error())) return std::string();
  return node;
}

std::string host_name() {
  std::array<char, 65> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

Result<workers::guard::Guarding> guarding_of(const tools::EntrypointOptions& options) {
  if (auto sound = tools::require_consistent(options); !sound) return base::pass(sound.error());
  auto environment = tools::gateway_environment_of(options);
  const auto settings = tools::settings_of(options, environment.variables);
  if (!settings) return base::pass(settings.error());
  if (environment.unknown) return base::pass(*environment.unknown, "looking for the gateway's variables");
  const openclaw::Locations locations = environment.locations;
  const auto root = package_root_of(options, *settings, locations);
  if (!root) return base::pass(root.error());
  const auto package = openclaw::read_package(*root);
  if (!package) return base::pass(package.error());
  auto node = node_of(*settings, options.command, locations);
  if (!node) return base::pass(node.error());
  return workers::guard::Guarding{.place = workers::state::place_of(locations.staging_state(), locations),
                                  .environment = std::move(environment),
                                  .package = package->root,
                                  .version = package->version_text,
                                  .node = std::move(*node),
                                  .rule = settings->rollback.state,
                                  .migrates = options.migrate,
                                  .directory = openclaw::resolve_path("."),
                                  .wait = options.guard_wait,
                                  .host = host_name()};
}

// Answers only when nothing was started.
int guard(const tools::EntrypointOptions& options, const std::vector<std::string>& words) {
  systemd::JournalSink sink(options.verbose ? Priority::debug : Priority::info);
  const auto refuse = [&](const base::Error& error) {
    sink.send({Priority::error, systemd::message_id::state_refused, error.message, {}});
    return tools::exit_status_of(error);
  };
  const auto guarding = guarding_of(options);
  if (!guarding) return refuse(guarding.error());
  systemd::SystemdNotifier manager;
  TellingNotifier notifier(sink, manager);
  auto guarded = workers::guard::guard_state(*guarding, notifier);
  if (!guarded) return refuse(guarded.error());
  const std::vector<std::pair<std::string, std::string>> fields = {{"OPENCLAW_VERSION", guarding->version}};
  for (const std::string& remark : guarded->remarks) {
    sink.send({Priority::info, systemd::message_id::state_kept, remark, fields});
  }
  for (const std::string& warning : guarded->warnings) {
    sink.send({Priority::warning, systemd::message_id::state_kept, warning, fields});
  }
  const auto held = guarded->lock.hold_across_exec();
  if (!held) return refuse(held.error());
  return refuse(
      tools::become_sibling("openclaw-stage-deps", tools::without_guard(words, options.command.size())));
}

}  // namespace

int main(int argc, char** argv) {
  tools::end_when_told();
  tools::EntrypointOptions options;
  CLI::App app("Guard the state of a container, then execute openclaw-stage-deps.", "openclaw-guard-state");
  app.set_version_flag("--version", "openclaw-guard-state " OPENCLAW_SYSTEMD_VERSION);
  tools::define_entrypoint(app, options);
  if (const auto ended = tools::parse_arguments(app, argc, argv)) return *ended;
  options.guard_state = true;
  return guard(options, {argv + 1, argv + argc});
}
