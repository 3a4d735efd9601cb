// SPDX-License-Identifier: MIT
#include "update/wanted_release.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "openclaw/version.hpp"
#include "update/newest.hpp"
#include "update/stages.hpp"

namespace update {
namespace {

using base::Result;
using release::Release;

// The newest that fits. An error if it is not known which there are: an imported release must not be replaced
// by one of the registry for that reason.
template <class Fits>
Result<std::optional<Release>> find_sealed(const Setup& setup, Fits fits) {
  auto releases = setup.releases.list();
  if (!releases && !fs::is_answer(releases.error())) return base::pass(releases.error());
  if (!releases) return std::optional<Release>();
  const auto found = std::find_if(releases->rbegin(), releases->rend(), fits);
  return found == releases->rend() ? std::nullopt : std::optional(std::move(*found));
}

bool is_imported(const Release& release) {
  return !release.description.origin.empty();
}

// An adopted release has no checksum of a registry, and may be anything.
bool is_fetched(const Release& release) {
  return !is_imported(release) && !release.description.integrity.empty();
}

std::string take_release(Release release, Context& context) {
  context.to.version = std::move(release.description.version);
  context.to.integrity = std::move(release.description.integrity);
  return std::move(release.name);
}

// What an archive says about its origin is not trusted: an imported release is used only if its version is
// requested.
Result<std::string> sealed_of_registry(const Setup& setup, const Context& context) {
  if (context.to.integrity.empty()) return std::string();
  auto found = find_sealed(setup, [&](const Release& release) {
    return is_fetched(release) && release.description.version == context.to.version &&
           release.description.integrity == context.to.integrity;
  });
  if (!found) return base::pass(found.error());
  return *found ? std::move((*found)->name) : std::string();
}

}  // namespace

Result<std::string> find_wanted(const Setup& setup, Context& context) {
  const auto version = openclaw::Version::parse(context.asked.wanted);
  const auto is_of_version = [&](const Release& release) {
    return version && release.description.version == version->text();
  };
  auto imported = find_sealed(
      setup, [&](const Release& release) { return is_of_version(release) && is_imported(release); });
  if (!imported) return base::pass(imported.error());
  if (*imported) return take_release(std::move(**imported), context);

  const auto asked = ask_registry(setup, context);
  if (!asked && asked.error().kind == base::ErrorKind::unavailable) {
    auto fetched = find_sealed(
        setup, [&](const Release& release) { return is_of_version(release) && is_fetched(release); });
    if (!fetched) return base::pass(fetched.error());
    if (*fetched) {
      add_note(context, base::concat({"the registry could not be asked, and ", (*fetched)->name,
                                      " is on this host from an earlier update: ", asked.error().message}));
      return take_release(std::move(**fetched), context);
    }
  }
  if (!asked) return base::pass(asked.error());
  // Only information for operators, so an update does not fail because of it.
  static_cast<void>(keep_newest(setup.state_fd, {context.asked.wanted, context.to.version, setup.now_ms(),
                                                 context.asked.requested_by}));
  return sealed_of_registry(setup, context);
}

}  // namespace update
