// SPDX-License-Identifier: MIT
// What a value may be. Each function answers it, or an error whose message is the reason alone ("must be
// ..."): the caller knows file, line and key.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace config {

[[nodiscard]] base::Result<PackageClient> parse_client(std::string_view text);
[[nodiscard]] base::Result<FailurePolicy> parse_policy(std::string_view text);
[[nodiscard]] base::Result<RequestPolicy> parse_request_policy(std::string_view text);
[[nodiscard]] base::Result<StateRule> parse_state_rule(std::string_view text);
[[nodiscard]] base::Result<NodeSource> parse_node_source(std::string_view text);
[[nodiscard]] base::Result<bool> parse_boolean(std::string_view text);
// "openclaw-gateway.service": no template, no other kind of unit.
[[nodiscard]] base::Result<std::string> parse_service_name(std::string_view text);
// A tag of the registry: letters, digits, '.', '_' and '-'.
[[nodiscard]] base::Result<std::string> parse_tag(std::string_view text);
[[nodiscard]] base::Result<unsigned> parse_count(std::string_view text, unsigned least, unsigned most);
// systemd.time(7) without its calendar and its fractions: "300", "90s", "5min", "1h 30min".
[[nodiscard]] base::Result<std::chrono::seconds> parse_span(std::string_view text);
// The same, of at most 6 h: longer than that the gateway is not waited for by openclaw-probe.
[[nodiscard]] base::Result<std::chrono::seconds> parse_wait(std::string_view text);
// https:// or http://, without user, password, query or fragment.
[[nodiscard]] base::Result<std::string> parse_registry(std::string_view text);
[[nodiscard]] base::Result<std::string> parse_absolute_path(std::string_view text);
// An absolute path other than "/", without "." and ".."; slashes at its end are taken off.
[[nodiscard]] base::Result<std::string> parse_folder(std::string_view text);
// A command line for a shell, whose words are its own business.
[[nodiscard]] base::Result<std::string> parse_command(std::string_view text);
// Words as a shell splits them: blanks, '...', "..." and backslash; nothing is expanded.
[[nodiscard]] base::Result<std::vector<std::string>> parse_words(std::string_view text);
// Package names separated by commas or blanks.
[[nodiscard]] base::Result<std::vector<std::string>> parse_packages(std::string_view text);
// npm's rule: lower case, "name" or "@scope/name".
[[nodiscard]] base::Result<std::string> parse_package(std::string_view text);
// One version, "1.2.3" or "1.2.3-beta.1"; no range and no tag, or the same file would stage other code
// tomorrow.
[[nodiscard]] base::Result<std::string> parse_exact_version(std::string_view text);

}  // namespace config
