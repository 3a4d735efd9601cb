// SPDX-License-Identifier: MIT
// /proc of a process, which is what that process wants it to be, and tables of the kernel.
#include <sys/stat.h>
#include <unistd.h>

#include <initializer_list>

#include "fs/beneath.hpp"
#include "lib/folder.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "openclaw/npm_process.hpp"
#include "openclaw/own_update.hpp"
#include "openclaw/running_package.hpp"
#include "systemd/control_group.hpp"
#include "update/adoption/main_process.hpp"
#include "watchdog/port_holder.hpp"
#include "workers/probe/process.hpp"
#include "workers/state/owner.hpp"

using target::require;

namespace {

void fuzz_process(const target::Folder& folder) {
  const auto process = fs::open_directory_beneath(folder.fd(), "77");
  require(process.has_value(), "the process is there");
  for (const auto& word : openclaw::arguments_of_process(process->get())) {
    require(word.find('\0') == std::string::npos, "a word of a command has no NUL");
  }
  (void)openclaw::variable_of_process(process->get(), "PATH");
  (void)openclaw::package_of_process(process->get());
  (void)openclaw::look_at_npm(process->get(), openclaw::arguments_of_process(process->get()));
  for (const auto& found : openclaw::find_own_updates({77}, folder.path())) {
    require(!found.what.empty(), "an update is called something");
  }
  if (const auto gateway = workers::GatewayProcess::open(77, folder.path())) {
    (void)gateway->environment();
    base::Redaction redaction;
    gateway->add_secrets_to(redaction);
    require(target::is_printable(redaction.applied("x", 100)), "what is redacted is printable");
  }
  (void)update::observe_main_process(77, "/x.service", folder.path());
}

void fuzz_tables(const target::Folder& folder) {
  const watchdog::PortHolderPlaces places{folder.path(), folder.path("cgroup")};
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{1, 18789, 65535}) {
    const auto holder = watchdog::port_holder(port, places);
    if (!holder) continue;
    require(target::is_printable(holder->unit), "a unit is printable");
    (void)watchdog::describe(holder, "openclaw-gateway.service");
  }
  for (const auto pid : systemd::processes_of("/x.service", {folder.path("cgroup")})) {
    require(pid > 0, "a process has a number");
  }
  struct stat status {};
  require(::stat(folder.path("cgroup/x.service").c_str(), &status) == 0, "the group is there");
  const auto in_group = watchdog::holder_in_cgroup(folder.path("cgroup"), status.st_ino);
  require(in_group.unit == "x.service", "the innermost unit is told");
}

}  // namespace

void fuzz(std::string_view input) {
  static const target::Folder folder;
  const auto parts = target::parts_of(input, 6);
  folder.write("77/cmdline", parts[0]);
  folder.write("77/environ", parts[1]);
  folder.write("77/status", parts[2]);
  folder.write("77/maps", parts[2]);
  folder.write("77/stat", parts[2]);
  folder.write("77/cgroup", parts[2]);
  folder.write("77/comm", parts[3].substr(0, 60));
  folder.write("net/tcp", parts[3]);
  folder.write("net/tcp6", parts[3]);
  folder.write("cgroup/x.service/cgroup.procs", parts[4]);
  folder.write("_logs/2026-debug-0.log", parts[5]);
  folder.write("state/tmp/openclaw-0/gateway.x.lock", parts[5]);
  (void)::mkdir(folder.path("77/fd").c_str(), 0755);
  (void)::symlink(folder.path("_logs/2026-debug-0.log").c_str(), folder.path("77/fd/3").c_str());
  (void)::symlink("/usr/bin/node", folder.path("77/exe").c_str());
  (void)::symlink("/", folder.path("77/root").c_str());
  fuzz_process(folder);
  fuzz_tables(folder);
  const workers::state::Place place{folder.path(), folder.path("state"), folder.path("state/openclaw.json")};
  workers::state::Gateway gateway{77, {77}, ""};
  gateway.proc = folder.path();
  (void)workers::state::judge(workers::state::signs_of(gateway, place), place);
}
