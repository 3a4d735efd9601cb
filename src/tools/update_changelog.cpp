// SPDX-License-Identifier: MIT
// openclaw-update changelog: the changelogs of the releases on this host, and nothing from the network.
#include <nlohmann/json.hpp>
#include <sysexits.h>

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "release/changes.hpp"
#include "tools/changelog_text.hpp"
#include "tools/terminal.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "tools/update_session.hpp"

namespace tools {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;
using openclaw::Version;
using openclaw::VersionSpan;
using release::Store;

// A pointer that is damaged is none here: status reports it.
std::string target_of(const Store& releases, Store::Pointer pointer) {
  const auto target = releases.target(pointer);
  return target ? target->value_or("") : "";
}

Result<void> require_installed(const std::vector<release::Release>& releases, const Version& version) {
  const bool is_here = std::any_of(releases.begin(), releases.end(), [&](const release::Release& one) {
    return Version::parse(one.description.version) == version;
  });
  if (is_here) return {};
  return base::fail(ErrorKind::not_found, base::concat({"there is no release of ", version.text(),
                                                        " on this host; openclaw-update rehearse ",
                                                        version.text(), " fetches it"}));
}

// The options' versions are valid: the command line checks them.
Result<VersionSpan> span_asked_for(const UpdateOptions& options, const UpdateSession& session,
                                   const std::vector<release::Release>& releases) {
  const std::string current = target_of(*session.releases, Store::Pointer::current);
  const std::string previous = target_of(*session.releases, Store::Pointer::previous);
  auto span = release::latest_span(releases, current, previous);
  if (!span) {
    return base::fail(ErrorKind::not_found,
                      "there is no release on this host yet; openclaw-update installs one");
  }
  if (const auto until = Version::parse(options.to)) {
    if (auto there = require_installed(releases, *until); !there) return base::pass(there.error());
    span = release::span_up_to(*until, releases, current, previous);
  }
  if (auto after = Version::parse(options.from)) span->after = std::move(after);
  if (span->after && *span->after >= span->until) {
    return base::fail(ErrorKind::usage, base::concat({span->after->text(), " is not older than ",
                                                      span->until.text(), "; name an older version"}));
  }
  return std::move(*span);
}

std::string words_of(const VersionSpan& span) {
  return span.after ? base::concat({span.after->text(), " -> ", span.until.text()}) : span.until.text();
}

}  // namespace

int show_changelog(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, false);
  if (!session) return tell(session.error());
  const auto releases = session->releases->list();
  if (!releases) return tell(releases.error());
  const auto span = span_asked_for(options, *session, *releases);
  if (!span) return tell(span.error());
  const auto sections = release::changes_in(*releases, *span);
  if (options.json) {
    print_json(json{{"schema", update_report_schema},
                    {"from", span->after ? json(span->after->text()) : json(nullptr)},
                    {"to", span->until.text()},
                    {"sections", changelog_json(sections)}});
    return EX_OK;
  }
  if (sections.empty() && !options.quiet)
    print_line({"no release on this host has a changelog for ", words_of(*span)});
  for (const std::string& line : changelog_text(sections)) print_line({line});
  return EX_OK;
}

}  // namespace tools
