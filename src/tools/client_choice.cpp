#include "tools/client_choice.hpp"

#include "npm/toolchain.hpp"
#include "stage/client_choice.hpp"

namespace tools {

base::Result<std::vector<std::unique_ptr<npm::Client>>> choose_clients(const stage::Request& request) {
  const auto toolchain =
      npm::find_toolchain(request.settings.gateway.node, openclaw::variable(request.environment, "PATH"));
  if (!toolchain) return base::pass(toolchain.error());
  return stage::chosen_clients(request.settings.packages.client, *toolchain);
}

}  // namespace tools
