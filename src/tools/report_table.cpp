// SPDX-License-Identifier: MIT
#include "tools/report_table.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/time.hpp"
#include "tools/terminal.hpp"

namespace tools {
namespace {

using stage::Outcome;
using stage::PluginRow;
using stage::PluginStatus;

const char* color_of(PluginStatus status) {
  switch (status) {
    case PluginStatus::failed:
      return "\033[31m";
    case PluginStatus::missing:
      return "\033[33m";
    case PluginStatus::staged:
    case PluginStatus::repaired:
      return "\033[32m";
    case PluginStatus::present:
    case PluginStatus::not_needed:
      return "";
  }
  return "";
}

// What is in a cell comes from packages and folders of anybody's.
std::string cell_of(std::string_view text, std::size_t limit = 512) {
  return base::printable(text, limit);
}

std::string detail_of(const PluginRow& row) {
  if (row.status != PluginStatus::missing || row.missing.empty()) return row.reason;
  constexpr std::size_t shown = 3;
  std::vector<std::string> first(
      row.missing.begin(),
      row.missing.begin() + static_cast<std::ptrdiff_t>(std::min(shown, row.missing.size())));
  const std::string more =
      row.missing.size() > shown ? " and " + std::to_string(row.missing.size() - shown) + " more" : "";
  return "needs " + base::join(first, ", ") + more;
}

std::string table_of(const Outcome& outcome, const TableOptions& options) {
  std::vector<const PluginRow*> rows;
  for (const auto& row : outcome.plugins) {
    if (options.verbose || row.status != PluginStatus::not_needed) rows.push_back(&row);
  }
  if (rows.empty()) return "";
  std::size_t width = std::string_view("PLUGIN").size();
  for (const auto* row : rows) width = std::max(width, cell_of(row->id).size());
  std::string text = padded("PLUGIN", width) + "  STATUS      DEPS  WHY\n";
  for (const auto* row : rows) {
    const std::string color = options.color ? color_of(row->status) : "";
    text += padded(cell_of(row->id), width) + "  " + color + padded(stage::word(row->status), 10) +
            (color.empty() ? "" : "\033[0m") + "  " + padded(std::to_string(row->dependencies), 4) + "  " +
            cell_of(detail_of(*row), 2000) + "\n";
  }
  return text;
}

std::string findings_text(const Outcome& outcome) {
  constexpr std::size_t most = 12;  // a poisoned mirror has thousands
  std::string text;
  std::size_t count = 0;
  for (const auto& finding : outcome.findings) {
    if (++count > most) break;
    text += std::string(finding.mended ? "mended: " : "note: ") + cell_of(finding.subject) + ": " +
            cell_of(finding.message, 1024) + "\n";
  }
  if (outcome.findings.size() > most) {
    text += "... and " + std::to_string(outcome.findings.size() - most) + " more (--json lists all)\n";
  }
  return text;
}

std::string verdict_of(const Outcome& outcome, const TableOptions& options) {
  if (outcome.failure) return "Failed: " + cell_of(outcome.failure->message, 4096) + "\n";
  if (const auto failed = outcome.count(PluginStatus::failed); failed > 0) {
    const std::string which = base::count(failed, "plugin", "plugins");
    return which + (options.check ? " cannot be staged in the current state.\n"
                                  : " could not be staged; the others are usable.\n");
  }
  if (const auto missing = outcome.count(PluginStatus::missing); missing > 0) {
    return base::count(missing, "plugin has", "plugins have") + " missing dependencies." +
           (options.check ? " Run openclaw-install-deps without --check to stage them.\n" : "\n");
  }
  if (options.check) return "Nothing is missing.\n";
  const auto worked = outcome.count(PluginStatus::staged) + outcome.count(PluginStatus::repaired);
  const std::string with = outcome.client.empty() ? "" : " with " + cell_of(outcome.client);
  return worked == 0 ? "Nothing to do.\n"
                     : base::count(worked, "plugin", "plugins") + " staged or repaired" + with + " in " +
                           base::human_duration(outcome.duration.count()) + ".\n";
}

}  // namespace

std::string report_table(const Outcome& outcome, const TableOptions& options) {
  std::string text;
  if (!outcome.version.empty()) {
    text += cell_of("OpenClaw " + outcome.version + " at " + outcome.package_root + " (" + outcome.era + ")",
                    4096) +
            "\n";
  }
  if (!outcome.target.empty()) text += "Target: " + cell_of(outcome.target, 4096) + "\n";
  const std::string table = table_of(outcome, options);
  const std::string findings = findings_text(outcome);
  if (!table.empty()) text += "\n" + table;
  if (!findings.empty()) text += "\n" + findings;
  return text + (text.empty() ? "" : "\n") + verdict_of(outcome, options);
}

}  // namespace tools
