// SPDX-License-Identifier: MIT
#include "stage/client_choice.hpp"

#include "npm/clients.hpp"
#include "stage/request.hpp"

namespace stage {
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

base::Result<Clients> chosen_clients(config::PackageClient choice, const npm::Toolchain& toolchain) {
  switch (choice) {
    case config::PackageClient::automatic:
      return npm::installed_clients(toolchain);
    case config::PackageClient::npm:
      return one(npm::ClientKind::npm, toolchain);
    case config::PackageClient::pnpm:
      return one(npm::ClientKind::pnpm, toolchain);
    case config::PackageClient::bun:
      return one(npm::ClientKind::bun, toolchain);
  }
  return base::fail(base::ErrorKind::bad_input, "[packages] client has no such value");
}

base::Result<Clients> chosen_clients(const Request& request) {
  const auto toolchain =
      npm::find_toolchain(request.settings.gateway.node, request.environment.locations.search_path);
  if (!toolchain) return base::pass(toolchain.error());
  return chosen_clients(request.settings.packages.client, *toolchain);
}

}  // namespace stage
