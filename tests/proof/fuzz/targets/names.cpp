// SPDX-License-Identifier: MIT
// Names that become parts of paths, units and commands, and times.
#include "release/names.hpp"

#include <algorithm>

#include "base/time.hpp"
#include "config/gateways.hpp"
#include "config/values.hpp"
#include "contract/task.hpp"
#include "fs/beneath.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "openclaw/package.hpp"
#include "update/transaction_id.hpp"

using target::require;

namespace {

bool has_component(std::string_view path, std::string_view wanted) {
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (path.substr(at, end - at) == wanted) return true;
    at = end + 1;
  }
  return false;
}

void fuzz_name(std::string_view text) {
  if (const auto instance = contract::parse_instance(text)) {
    require(target::is_plain_name(text) && text.size() <= 128, "an instance is one component of a path");
    require(instance->transaction + "." + instance->action == text,
            "an instance has no more than its two parts");
    require(target::is_plain_name(instance->transaction), "a transaction is one component of a path");
  }
  if (update::is_transaction_id(text)) {
    require(target::is_plain_name(text), "a transaction is one component of a path");
    const std::string gateway = contract::gateway_of(text);
    require(gateway.empty() || config::is_gateway_name(gateway) || text.front() != 't',
            "a transaction names a gateway or none");
  }
  const auto number = update::transaction_number(text);
  require(!number || *number <= 99'999'999, "a transaction's number has eight digits");
  if (config::is_gateway_name(text)) {
    require(target::is_plain_name(text) && text.size() <= 32, "a gateway's name is one component of a path");
    require(text.front() != '-', "a gateway's name is no option");
  }
  require(!release::names::is_release_name(text) || (target::is_plain_name(text) && text.front() != '.'),
          "a release's name is one visible component of a path");
  if (openclaw::is_package_name(text)) {
    require(std::count(text.begin(), text.end(), '/') == (text.front() == '@' ? 1 : 0),
            "a scope alone has a slash");
    require(!has_component(text, "..") && fs::is_safe_relative(text), "a package's name stays where it is");
  }
  if (fs::is_safe_relative(text)) {
    const bool stays = !has_component(text, "..") && !has_component(text, ".") && !has_component(text, "");
    require(stays && text.find('\0') == std::string_view::npos, "a safe path stays beneath");
  }
}

std::string quoted(const std::string& word) {
  std::string text = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"";
}

void fuzz_values(std::string_view text) {
  if (const auto unit = config::parse_service_name(text)) {
    require(target::is_plain_name(*unit) && target::is_printable(*unit), "a unit is one component of a path");
    require(unit->ends_with(".service"), "a unit is a service");
  }
  if (const auto tag = config::parse_tag(text)) {
    require(target::is_plain_name(*tag) && tag->front() != '-', "a tag is neither a path nor an option");
  }
  if (const auto span = config::parse_span(text))
    require(span->count() >= 1 && span->count() <= 86400, "1 s to 24 h");
  if (const auto wait = config::parse_wait(text))
    require(wait->count() >= 1 && wait->count() <= 21600, "1 s to 6 h");
  if (const auto count = config::parse_count(text, 3, 70))
    require(*count >= 3 && *count <= 70, "within limits");
  if (const auto url = config::parse_registry(text)) {
    const std::string_view rest = std::string_view(*url).substr(url->find("//") + 2);
    require(!rest.empty() && rest.front() != '/' && rest.front() != ':', "a registry has a host");
    require(rest.substr(0, rest.find('/')).find('@') == std::string_view::npos,
            "a registry has no password in it");
  }
  if (const auto folder = config::parse_folder(text)) {
    require(folder->size() > 1 && folder->front() == '/' && folder->back() != '/',
            "a folder is not the root");
    require(!has_component(*folder, "..") && !has_component(folder->substr(1), "."), "a folder has no dots");
    require(folder->find('\0') == std::string::npos && folder->find('\n') == std::string::npos, "nor others");
  }
  if (const auto words = config::parse_words(text)) {
    std::string written;
    for (const std::string& word : *words) written += quoted(word) + " ";
    const auto again = config::parse_words(written);
    require(again && *again == *words, "words that are written with quotes are read again as they were");
  }
  if (const auto package = config::parse_package(text)) require(target::is_printable(*package), "printable");
  if (const auto packages = config::parse_packages(text)) {
    for (const auto& package : *packages) require(config::parse_package(package).has_value(), "each is one");
  }
  if (const auto version = config::parse_exact_version(text))
    require(target::is_plain_name(*version), "no path");
}

void fuzz_times(const std::string& text) {
  if (const auto time = base::from_rfc3339(text))
    require(base::rfc3339(*time) == text, "a time is written as it was");
  (void)base::local_time(text);
}

}  // namespace

void fuzz(std::string_view input) {
  fuzz_name(input);
  fuzz_values(input);
  fuzz_times(std::string(input));
  const auto gateway = config::parse_gateway(input);
  require(!gateway || gateway->empty() || config::is_gateway_name(*gateway), "--gateway is a name");
}
