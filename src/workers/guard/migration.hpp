// SPDX-License-Identifier: MIT
// The doctor of the image's OpenClaw on the state of a volume, and what it has moved there.
//
// OpenClaw's own updater runs it after each update; who replaces an image replaces that updater. 2026.9.6
// does not start on the state of a 2026.9.5 that has an agent until its doctor has run, and leaves two more
// copies of the databases at each attempt.
#pragma once

#include <string>

#include "base/result.hpp"
#include "contract/results.hpp"
#include "systemd/notify.hpp"
#include "workers/state/what_belongs.hpp"

namespace workers::guard {

struct Guarding;

// From 2026.5.2 on. Earlier ones need dependencies that are staged after the guard, or install them.
[[nodiscard]] bool has_migrating_doctor(const std::string& version);

// Whether the doctor may move the conversations of sessions, so that the snapshot before it needs them: their
// index is a file still.
[[nodiscard]] state::Transcripts transcripts_at_risk(const state::Belongings& belongings);

// Runs it, and keeps its answer, with its last lines, in migration.json of the guard's folder.
[[nodiscard]] base::Result<contract::StateMigrated> run_migration(const Guarding& guarding, int guard_fd,
                                                                  systemd::Notifier& notifier);

// Whether an earlier version of OpenClaw would not find all as it has left it: a file is gone, or one of
// those that a restore replaces (RestoreRule::exact) has another content. Databases count by their schema,
// which the guard compares anyway.
[[nodiscard]] base::Result<bool> has_changed_since(const state::Place& place, const std::string& snapshot);

}  // namespace workers::guard
