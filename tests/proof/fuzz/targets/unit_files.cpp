// SPDX-License-Identifier: MIT
// Files of a unit, and what the service manager says of it (update/adoption/, workers/user_unit/look.hpp).
#include <algorithm>

#include "base/secret_shapes.hpp"
#include "base/text.hpp"
#include "lib/folder.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "support/fake_service_manager.hpp"
#include "update/adoption/adoption.hpp"
#include "update/adoption/inline_secrets.hpp"
#include "update/adoption/lost_environment.hpp"
#include "update/adoption/obstacles.hpp"
#include "update/definition.hpp"
#include "update/gateway_places.hpp"
#include "update/state_look.hpp"
#include "workers/user_unit/look.hpp"

using target::require;

namespace {

constexpr const char* unit = "openclaw-gateway.service";

update::Installation installation_of(const std::vector<std::string_view>& parts) {
  update::Installation found;
  found.unit = unit;
  found.status.load_state = "loaded";
  found.status.fragment_path = "/etc/systemd/system/openclaw-gateway.service";
  found.definition.user = "openclaw";
  found.definition.type = "simple";
  found.definition.exec_start = base::split(parts[2].substr(0, std::size_t{64} * 1024), ' ');
  found.definition.environment_keys = base::split(parts[3].substr(0, std::size_t{64} * 1024), '\n');
  found.resolved_command = found.definition.exec_start;
  found.command = openclaw::read_launch_command(found.definition.exec_start);
  found.unit_files = {{found.status.fragment_path, std::string(parts[0])},
                      {found.status.fragment_path + ".d/10-x.conf", std::string(parts[1])}};
  found.account_home = "/home/openclaw";
  return found;
}

void fuzz_adoption(const update::Installation& found) {
  (void)update::require_adoptable_unit(found);
  (void)update::sets_other_commands(found);
  for (const auto& file : found.unit_files) (void)update::sets_command(file);
  const auto prefix = update::command_prefix(found);
  require(!prefix || prefix->find_first_not_of("-:@") == std::string::npos,
          "a prefix that is kept grants nothing");
  (void)update::inline_secrets(found);
  (void)update::note_of_inline_secrets(found, {});
  (void)update::lost_environment(found);
  const auto plan = update::plan_adoption(found);
  require(plan.has_value() || !plan.error().message.empty(), "a refusal has a reason");
}

void fuzz_look(const std::vector<std::string_view>& parts) {
  static const target::Folder folder;
  folder.write("x.service", parts[0]);
  folder.write("x.conf", parts[1]);
  folder.write("x.env", parts[2]);
  folder.write("77/environ", parts[3]);
  bus_tests::FakeServiceManager manager;
  manager.add(unit);
  auto& one = manager.unit(unit);
  one.status.fragment_path = folder.path("x.service");
  one.status.drop_in_paths = {folder.path("x.conf")};
  one.status.main_pid = 77;
  one.definition.environment_files = {{folder.path("x.env"), true}};
  one.environment = {{"HOME", folder.path()}, {"OPENCLAW_STATE_DIR", folder.path("state")}};
  const auto found = workers::user_unit::look_at(manager, unit, folder.path());
  require(found.has_value(), "a unit can be looked at whatever is in its files");
  for (const auto& key : found->other_settings)
    require(target::is_printable(key) && key.size() <= 64, "printable");
  for (const auto& inherited : found->inherited) {
    require(std::find(found->secrets.begin(), found->secrets.end(), inherited.name) == found->secrets.end() ||
                !base::is_named_secret(inherited.name, inherited.value),
            "no value of a secret is told");
  }
  (void)update::environment_keys_of(one.definition);
  (void)update::has_hook(one.status);
}

}  // namespace

void fuzz(std::string_view input) {
  const auto parts = target::parts_of(input, 4);
  fuzz_adoption(installation_of(parts));
  fuzz_look(parts);
  const std::string text(parts[0]);
  require(update::for_gateway(text, "") == text, "words of the gateway without a name stay as they are");
  const std::string once = update::for_gateway(text, "work");
  require(update::for_gateway(once, "work") == once, "a gateway is named once");
}
