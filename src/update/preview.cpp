// SPDX-License-Identifier: MIT
#include "update/preview.hpp"

#include <utility>

#include "update/stages.hpp"

namespace update {
namespace {

bool is_passed_over(const Preview& preview, const StateRow& row) {
  if (row.outcome || row.state == State::rollback) return true;
  if (row.state == State::canary) return !preview.with_canary || preview.context.asked.returning;
  return row.state == State::fetch && !preview.context.to.release.empty();
}

}  // namespace

Preview preview_update(const Setup& setup, Context context) {
  Preview preview{std::move(context), State::fetch, {}, setup.settings.canary.boot};
  const auto event = plan_update(setup, preview.context);
  preview.next = next(State::plan, event ? *event : Event::failed);
  if (!event) preview.reason = event.error().message;
  preview.context.held = !event && event.error().kind == base::ErrorKind::held;
  return preview;
}

std::vector<StateRow> states_ahead(const Preview& preview) {
  std::vector<StateRow> ahead;
  if (row_of(preview.next).outcome) return ahead;
  for (const StateRow& row : states()) {
    if (!is_passed_over(preview, row)) ahead.push_back(row);
  }
  return ahead;
}

}  // namespace update
