// SPDX-License-Identifier: MIT
#include "workers/fetch/direct_registry.hpp"

#include <fcntl.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/json.hpp"
#include "base/redaction.hpp"
#include "base/share_done.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "workers/fetch/base64.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr const char* public_registry = "https://registry.npmjs.org/";
// The short form of a package's document has all that is asked for; registries that do not know it send the
// long one.
constexpr const char* short_form = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8";
constexpr std::size_t longest_document = base::JsonLimits{}.bytes;  // npm's own long one has 10 MB

struct Spec {
  std::string name, wanted;  // "openclaw", "latest"
};
Spec parts_of(const std::string& spec) {
  const std::size_t at = spec.find('@', 1);
  if (at == std::string::npos) return {spec, ""};
  return {spec.substr(0, at), spec.substr(at + 1)};
}

// ${NAME} and ${NAME?}, as npm has them: what is not set stays as it is written, or is empty.
std::string expanded(std::string_view value, const base::Environment& environment) {
  std::string result;
  while (!value.empty()) {
    const std::size_t from = value.find("${");
    const std::size_t to = from == std::string_view::npos ? from : value.find('}', from);
    if (to == std::string_view::npos) break;
    std::string_view name = value.substr(from + 2, to - from - 2);
    const bool may_be_empty = name.ends_with('?');
    if (may_be_empty) name.remove_suffix(1);
    const auto found = environment.find(name);
    result += value.substr(0, from);
    if (found != environment.end()) {
      result += found->second;
    } else if (!may_be_empty) {
      result += value.substr(from, to - from + 1);
    }
    value.remove_prefix(to + 1);
  }
  return result + std::string(value);
}

// "//registry.example/npm/" of "https://registry.example/npm/openclaw": what keys of credentials begin with.
std::string_view without_scheme(std::string_view url) {
  const std::size_t slashes = url.find("//");
  return slashes == std::string_view::npos ? url : url.substr(slashes);
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

download::Listener tell(const npm::ProgressListener& progress) {
  return [&progress](const download::Progress& now) {
    if (!progress) return;
    const std::string amount =
        now.total == 0 ? ""
                       : base::concat({base::human_bytes(now.received), " of ", base::human_bytes(now.total),
                                       ", ", base::share_done(now.received, now.total, now.elapsed)});
    progress({std::string(direct_client), now.elapsed, {}, amount, now.retrying});
  };
}

// The member of a manifest by npm's name for it: "dist.integrity" is one within another.
const json& member_named(const json& manifest, const std::string& field) {
  if (const json& plain = base::member(manifest, field.c_str()); !plain.is_null()) return plain;
  const std::size_t dot = field.find('.');
  if (dot == std::string::npos) return base::member(manifest, field.c_str());
  return base::member(base::member(manifest, field.substr(0, dot).c_str()), field.substr(dot + 1).c_str());
}

// As npm prints it: each field that is there by its name, and one field alone without it.
json answer_of(const json& subject, const std::vector<std::string>& fields) {
  json answer = json::object();
  for (const std::string& field : fields) {
    if (const json& value = member_named(subject, field); !value.is_null()) answer[field] = value;
  }
  if (fields.size() == 1 && answer.size() == 1) return answer.begin().value();
  return answer;
}

}  // namespace

DirectRegistry::DirectRegistry(npm::Npmrc npmrc, std::string npmrc_path, base::Environment environment,
                               npm::RegistrySettings settings)
    : npmrc_(std::move(npmrc)),
      npmrc_path_(std::move(npmrc_path)),
      environment_(std::move(environment)),
      settings_(std::move(settings)) {
  registry_ = settings_.registry.empty() ? setting("registry") : settings_.registry;
  if (registry_.empty()) registry_ = public_registry;
  if (!registry_.ends_with('/')) registry_ += '/';
}

std::string DirectRegistry::setting(const std::string& key) const {
  const std::string* value = npmrc_.find(key);
  return value == nullptr ? "" : expanded(*value, environment_);
}

download::Route DirectRegistry::route_to(const std::string& url) const {
  download::Route route;
  route.stall_timeout = settings_.stall_timeout;
  route.proxy = setting("https-proxy").empty() ? setting("proxy") : setting("https-proxy");
  if (route.proxy == "false") route.proxy.clear();
  route.no_proxy = setting("noproxy").empty() ? setting("no-proxy") : setting("noproxy");
  route.ca_file = setting("cafile");
  route.verifies_certificates = setting("strict-ssl") != "false";
  if (const auto list = npmrc_.lists.find("ca"); list != npmrc_.lists.end()) {
    for (const std::string& one : list->second) route.ca_text += replaced(one, "\\n", "\n") + "\n";
  } else if (const std::string one = setting("ca"); !one.empty()) {
    route.ca_text = replaced(one, "\\n", "\n") + "\n";
  }
  authenticate(route, without_scheme(url));
  return route;
}

// The longest key that the address begins with, of whichever kind, as npm has it: what a shorter one names
// was given out for other packages of the same host. Of a place that has both kinds, the token is sent.
void DirectRegistry::authenticate(download::Route& route, std::string_view address) const {
  std::size_t longest = 0;
  for (const auto& [key, value] : npmrc_.values) {
    const std::size_t colon = key.rfind(':');
    if (colon == std::string::npos || !key.starts_with("//") || colon < longest) continue;
    const std::string_view place = std::string_view(key).substr(0, colon);
    const std::string_view what = std::string_view(key).substr(colon + 1);
    if (!place.ends_with('/') || !address.starts_with(place)) continue;
    if (what != "_authToken" && what != "_auth") continue;
    if (colon > longest) {
      route.bearer_token.clear();
      route.user_and_password.clear();
    }
    longest = colon;
    if (what == "_authToken") {
      route.bearer_token = expanded(value, environment_);
    } else {
      route.user_and_password = bytes_of_base64(expanded(value, environment_)).value_or("");
    }
  }
}

base::Error DirectRegistry::explained(base::Error error) const {
  error.message += base::concat({" | See registry= in helpers.ini and ", npmrc_path_});
  return error;
}

Result<json> DirectRegistry::document(const std::string& name, const npm::ProgressListener& progress) const {
  const std::string url = registry_ + replaced(name, "/", "%2f");
  download::Route route = route_to(url);
  route.accept = short_form;
  const auto text = download::get_text(url, route, longest_document, tell(progress));
  if (!text && text.error().kind == ErrorKind::not_found) {
    return base::fail(ErrorKind::not_found, "the registry does not have " + name);
  }
  if (!text) return base::pass(explained(text.error()), "asking the registry for " + name);
  auto parsed = base::json_in(*text);
  if (parsed && parsed->is_object()) return std::move(*parsed);
  return base::fail(ErrorKind::unavailable, base::concat({"the registry's answer about ", name,
                                                          " is not JSON: ", base::redacted(*text, 200)}));
}

Result<json> DirectRegistry::manifest(const std::string& spec, const npm::ProgressListener& progress) const {
  const auto [name, wanted] = parts_of(spec);
  const auto found = document(name, progress);
  if (!found) return base::pass(found.error());
  const std::string tagged = base::as_text(base::member(base::member(*found, "dist-tags"), wanted.c_str()));
  const std::string& version = tagged.empty() ? wanted : tagged;
  const json& one = base::member(base::member(*found, "versions"), version.c_str());
  if (!one.is_object()) return base::fail(ErrorKind::not_found, "the registry does not have " + spec);
  return one;
}

Result<json> DirectRegistry::view(const std::string& spec, const std::vector<std::string>& fields,
                                  const npm::ProgressListener& progress) const {
  if (!parts_of(spec).wanted.empty()) {
    const auto one = manifest(spec, progress);
    if (!one) return base::pass(one.error());
    return answer_of(*one, fields);
  }
  auto all = document(spec, progress);
  if (!all) return base::pass(all.error());
  json versions = json::array();
  for (const auto& [version, unused] : base::as_object(base::member(*all, "versions")).items()) {
    versions.push_back(version);
  }
  (*all)["versions"] = std::move(versions);
  return answer_of(*all, fields);
}

Result<std::string> DirectRegistry::fetch_tarball(const std::string& spec, const std::string& directory,
                                                  const npm::ProgressListener& progress) const {
  const auto one = manifest(spec, progress);
  if (!one) return base::pass(one.error());
  const std::string url = base::text_at(*one, "dist.tarball");
  if (url.empty()) {
    return base::fail(ErrorKind::unavailable,
                      "the registry does not say where the tarball of " + spec + " is");
  }
  std::string path = base::concat({directory, "/", replaced(parts_of(spec).name, "/", "-"), ".tgz"});
  const base::UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return base::fail_errno(errno, "cannot make " + path);
  if (auto got = download::get_file(url, route_to(url), file.get(), tell(progress)); !got) {
    return base::pass(explained(got.error()), "downloading " + spec);
  }
  return path;
}

}  // namespace workers
