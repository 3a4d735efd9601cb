// SPDX-License-Identifier: MIT
#include "update/asked_release.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "release/names.hpp"

namespace update {
namespace {

using base::ErrorKind;

base::Result<std::string> previous_release(const release::Store& releases) {
  auto previous = releases.target(release::Store::Pointer::previous);
  if (!previous) return base::pass(previous.error());
  if (*previous) return std::move(**previous);
  return base::fail(ErrorKind::not_found,
                    "there is no previous release; openclaw-update status lists the releases");
}

}  // namespace

base::Result<void> require_release_name(const std::string& text) {
  if (release::names::is_release_name(text)) return {};
  return base::fail(ErrorKind::usage,
                    "must be a version or the name of a release, not '" + base::printable(text, 128) + "'");
}

base::Result<std::string> release_to_return_to(const release::Store& releases, const std::string& named) {
  if (named.empty()) return previous_release(releases);
  auto kept = releases.list();
  if (!kept) return base::pass(kept.error());
  const auto meant = std::find_if(kept->rbegin(), kept->rend(), [&](const release::Release& release) {
    return release.name == named || release.description.version == named;
  });
  if (meant != kept->rend()) return std::move(meant->name);
  return base::fail(ErrorKind::not_found,
                    named +
                        " is not a release on this host; openclaw-update status lists the releases, "
                        "openclaw-update --to installs one");
}

}  // namespace update
