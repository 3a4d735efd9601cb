// SPDX-License-Identifier: MIT
#include "contract/tasks.hpp"

#include <algorithm>
#include <array>

namespace contract {

bool is_of_gateway(std::string_view program) {
  const auto rows = all_tasks();
  return std::none_of(rows.begin(), rows.end(),
                      [&](const TaskRow* row) { return row->program == program && !row->of_gateway; });
}

std::span<const TaskRow* const> all_tasks() {
  static constexpr std::array<const TaskRow*, 25> rows{
      &tasks::finish,   &tasks::resolve,  &tasks::fetch,   &tasks::stage,        &tasks::validate,
      &tasks::canary,   &tasks::baseline, &tasks::gate,    &tasks::find,         &tasks::port,
      &tasks::snapshot, &tasks::settle,   &tasks::restore, &tasks::schemas,      &tasks::discard,
      &tasks::list,     &tasks::verify,   &tasks::pack,    &tasks::unpack,       &tasks::room,
      &tasks::owner,    &tasks::request,  &tasks::migrate, &tasks::pack_release, &tasks::unpack_release};
  return rows;
}

}  // namespace contract
