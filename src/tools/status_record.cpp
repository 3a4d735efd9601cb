// SPDX-License-Identifier: MIT
#include "tools/status_record.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/sync.hpp"
#include "tools/scope.hpp"

namespace tools {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr const char* operators = "openclaw-operators";
constexpr const char* operators_folder = "status";
constexpr const char* units_folder = "gateway-units";
constexpr const char* public_name = "status.json";
// Twenty updates with notes of the longest sort.
constexpr std::size_t longest_record = std::size_t{1} << 20U;

constexpr std::array words_of_others{"reason", "notes", "message", "canary", "rehearsal", "requested_by"};

std::string file_of(const std::string& gateway) {
  return (gateway.empty() ? "default" : gateway) + ".json";
}

Result<std::string> read_in_folder(const std::string& folder, const std::string& name) {
  const auto opened = fs::open_directory(folder);
  if (!opened) return base::pass(opened.error());
  return fs::read_file(opened->get(), name, longest_record);
}

bool is_forbidden(const base::Error& error) {
  return error.number == EACCES || error.number == EPERM;
}

}  // namespace

json for_everybody(json status) {
  if (status.is_array() || status.is_object()) {
    for (auto& member : status) member = for_everybody(std::move(member));
  }
  if (status.is_object()) {
    for (const char* name : words_of_others) status.erase(name);
  }
  return status;
}

// While a gateway is down the disk is not waited for: it is written again at the next change, and after a
// boot by whoever looks.
Result<void> publish(const config::Scope& scope, const std::string& gateway, const json& status) {
  if (scope.is_user) return {};
  const auto text = [](const json& object) {
    return object.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
  };
  const auto updater = fs::open_directory(scope.updater);
  if (!updater) return base::pass(updater.error());
  if (gateway.empty()) {
    auto written = fs::replace_file(updater->get(), public_name, text(for_everybody(status)));
    if (!written) return written;
  }
  const auto folder = fs::open_directory_beneath(updater->get(), operators_folder);
  if (!folder) return folder.error().number == ENOENT ? Result<void>{} : base::pass(folder.error());
  return fs::replace_file(folder->get(), file_of(gateway), text(status), 0640);
}

Result<void> mark_gateway_unit(const config::Scope& scope, const std::string& unit) {
  if (scope.is_user) return {};
  const auto updater = fs::open_directory(scope.updater);
  if (!updater) return base::pass(updater.error());
  const auto folder = fs::make_directories_durably(updater->get(), units_folder, 0755);
  if (!folder) return base::pass(folder.error());
  if (fs::exists_beneath(folder->get(), unit)) return {};
  return fs::write_file_durably(folder->get(), unit, "", 0644);
}

Result<void> unmark_gateway_unit(const config::Scope& scope, const std::string& unit) {
  if (scope.is_user) return {};
  const std::string path = base::concat({scope.updater, "/", units_folder, "/", unit});
  if (::unlink(path.c_str()) == 0) return fs::sync_parent(path);
  if (errno == ENOENT) return {};
  return base::fail_errno(errno, "cannot remove " + path);
}

Result<Published> read_published(const config::Scope& scope, const std::string& gateway) {
  const std::string folder = base::concat({scope.updater, "/", operators_folder});
  auto whole = read_in_folder(folder, file_of(gateway));
  if (whole) return Published{std::move(*whole), true};
  if (!gateway.empty() && is_forbidden(whole.error())) {
    return base::fail(
        ErrorKind::not_permitted,
        base::concat({"the status of the gateway ", gateway, " is readable only for root and the group ",
                      operators, "; sudo usermod --append --groups ", operators, " ", name_of_caller(),
                      ", then log in again"}));
  }
  auto part = gateway.empty() ? read_in_folder(scope.updater, public_name) : std::move(whole);
  if (part) return Published{std::move(*part), false};
  const std::string name = gateway.empty() ? "" : base::concat({"--gateway ", gateway, " "});
  return base::fail(
      ErrorKind::not_found,
      base::concat({"no status has been published yet for users other than root; sudo openclaw-update ", name,
                    "status publishes it, or --user shows that of a user unit (systemctl --user)"}));
}

}  // namespace tools
