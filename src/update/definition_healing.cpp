// SPDX-License-Identifier: MIT
#include "update/definition_healing.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "update/adoption/adoption.hpp"

namespace update {
namespace {

using base::Result;

UnitFiles files_of_unit(const Setup& setup, const Context& context) {
  return {context.unit, setup.unit_files};
}

// Whether the gateway lacks something because of the new definition: a file, a variable, or the release that
// is to be started. Any other change is a decision of its author.
Result<bool> is_a_loss(const Setup& setup, const Context& context, const std::vector<ChangedFile>& changed) {
  const bool gone = std::any_of(changed.begin(), changed.end(), [](const ChangedFile& file) {
    return file.how == ChangedFile::How::gone && file.may_be_restored;
  });
  if (gone) return true;
  const auto missing = missing_keys(setup, context);
  if (!missing) return base::pass(missing.error());
  if (!missing->empty()) return true;
  const auto definition = setup.manager.definition(context.unit);
  return !definition || starts_another(*definition, setup.state_directory + "/current");
}

}  // namespace

Result<std::vector<ChangedFile>> changes_of_definition(const Setup& setup, const Context& context) {
  const auto unit = setup.manager.status(context.unit);
  if (!unit) return base::pass(unit.error());
  const auto folder = Journal(setup.state_fd).folder(context.id);
  if (!folder) return base::pass(folder.error());
  return changed_definition(folder->get(), *unit, files_of_unit(setup, context));
}

Result<std::string> missing_keys(const Setup& setup, const Context& context) {
  const auto definition = setup.manager.definition(context.unit);
  if (!definition) return "";
  const auto now = environment_keys_of(*definition);
  if (!now) return base::pass(now.error());
  std::vector<std::string> missing;
  for (const std::string& key : context.from.environment_keys) {
    if (std::find(now->begin(), now->end(), key) == now->end()) missing.push_back(key);
  }
  return base::join(missing, ", ");
}

// #66014, #90930: the unit must not lose its definition because of an update.
Result<bool> heal_definition(const Setup& setup, Context& context, bool starts) {
  const auto changed = changes_of_definition(setup, context);
  if (!changed) return base::pass(changed.error());
  if (changed->empty()) return false;
  const auto unit = setup.manager.status(context.unit);
  if (!unit) return base::pass(unit.error());
  // The files count, not what systemd has read before.
  if (unit->need_daemon_reload) {
    if (auto reloaded = setup.manager.reload(); !reloaded) return base::pass(reloaded.error());
  }
  const auto loses = starts ? is_a_loss(setup, context, *changed) : Result<bool>(true);
  // An edit is not undone because of what is not known; the verification shows what the gateway lacks.
  if (!loses || !*loses) {
    add_note(context, base::concat({"the definition of ", context.unit,
                                    " changed during the update and is left as it is: ", paths_of(*changed),
                                    loses ? "" : base::concat({" (", loses.error().message, ")"})}));
    return false;
  }
  return put_definition_back(setup, context);
}

Result<bool> put_definition_back(const Setup& setup, Context& context) {
  const auto unit = setup.manager.status(context.unit);
  if (!unit) return base::pass(unit.error());
  const auto folder = Journal(setup.state_fd).folder(context.id);
  if (!folder) return base::pass(folder.error());
  const auto restored = restore_definition(folder->get(), *unit, files_of_unit(setup, context));
  if (!restored) return base::pass(restored.error());
  if (!restored->left.empty()) {
    add_note(context, base::concat({"the definition of ", context.unit,
                                    " changed during the update and is left as it is: ",
                                    base::join(restored->left, ", ")}));
  }
  if (restored->files.empty()) return false;
  add_note(context,
           base::concat({"the definition of ", context.unit, " changed during the update and was restored: ",
                         describe(restored->files, "transactions/" + context.id)}));
  if (auto reloaded = setup.manager.reload(); !reloaded) return base::pass(reloaded.error());
  return true;
}

}  // namespace update
