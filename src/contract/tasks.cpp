#include "contract/tasks.hpp"

#include <array>

namespace contract {

std::span<const TaskRow* const> all_tasks() {
  static constexpr std::array<const TaskRow*, 18> rows{
      &tasks::finish,   &tasks::resolve, &tasks::fetch,   &tasks::stage, &tasks::validate, &tasks::canary,
      &tasks::baseline, &tasks::gate,    &tasks::find,    &tasks::port,  &tasks::snapshot, &tasks::settle,
      &tasks::restore,  &tasks::schemas, &tasks::discard, &tasks::owner, &tasks::request,  &tasks::migrate};
  return rows;
}

}  // namespace contract
