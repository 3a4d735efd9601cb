#include "tools/client_choice.hpp"

#include "npm/clients.hpp"
#include "npm/toolchain.hpp"

namespace tools {
namespace {

using Clients = std::vector<std::unique_ptr<npm::Client>>;

base::Result<Clients> one(npm::ClientKind kind, const npm::Toolchain& toolchain) {
  auto client = npm::client_of_kind(kind, toolchain);
  if (!client) return base::pass(client.error());
  Clients clients;
  clients.push_back(std::move(*client));
  return clients;
}

}  // namespace

base::Result<Clients> choose_clients(const stage::Request& request) {
  const auto toolchain =
      npm::find_toolchain(request.settings.gateway.node, openclaw::variable(request.environment, "PATH"));
  if (!toolchain) return base::pass(toolchain.error());
  switch (request.settings.packages.client) {
    case config::PackageClient::automatic:
      return npm::installed_clients(*toolchain);
    case config::PackageClient::npm:
      return one(npm::ClientKind::npm, *toolchain);
    case config::PackageClient::pnpm:
      return one(npm::ClientKind::pnpm, *toolchain);
    case config::PackageClient::bun:
      return one(npm::ClientKind::bun, *toolchain);
  }
  return base::fail(base::ErrorKind::bad_input, "[packages] client has no such value");
}

}  // namespace tools
