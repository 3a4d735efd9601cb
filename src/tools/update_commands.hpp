// SPDX-License-Identifier: MIT
// What openclaw-update does, one function a subcommand. Each answers the exit status and has told what went
// wrong.
#pragma once

#include <string>

#include "base/result.hpp"
#include "config/scope.hpp"

namespace tools {

struct UpdateOptions {
  config::Scope scope = {};
  std::string settings_file, state_directory;  // --settings, --state-dir
  std::string gateway;                         // --gateway: a name, or empty for the gateway that has none
  bool names_gateway = false;                  // --gateway was given
  std::string to, channel;                     // --to, --channel
  std::string from;                            // changelog's --from
  std::string release;                         // rollback's argument, and export's
  bool returns = false;                        // it is a rollback
  bool rehearses = false;                      // of run: it is a rehearsal's unit
  std::string reason;                          // hold's argument
  std::string until, lasts;                    // hold's --until and --for
  std::string pinned;                          // pin's argument
  std::string json_form;                       // --json's, and below whether it is given
  bool force = false, dry_run = false, json = false, quiet = false;
  bool is_user = false;                 // --user
  bool boot = false;                    // recover before the gateway starts
  std::string unit, package_root;       // adopt's
  std::string to_user;                  // adopt's
  std::string from_user, profile;       // adopt's
  bool strict = false;                  // adopt's
  bool undo = false;                    // adopt's
  std::string snapshot_verb, snapshot;  // of snapshot: what is done, and with which
  bool transcripts = false;             // snapshot create's, and export's of none that is there
  std::string archive;                  // of an export or an import: a file, or "-"
};

// "openclaw" is openclaw.service, as for systemctl.
[[nodiscard]] base::Result<std::string> unit_named(const std::string& text);

[[nodiscard]] int update_by_unit(const UpdateOptions& options);  // start the unit and follow it
[[nodiscard]] int update_in_unit(const UpdateOptions& options);  // what the unit runs
[[nodiscard]] int show_plan(const UpdateOptions& options);       // --dry-run
[[nodiscard]] int show_status(const UpdateOptions& options);
[[nodiscard]] int show_history(const UpdateOptions& options);
[[nodiscard]] int show_changelog(const UpdateOptions& options);
[[nodiscard]] int check_for_update(const UpdateOptions& options);  // asks the registry, and does no more
[[nodiscard]] int rollback_by_unit(const UpdateOptions& options);
[[nodiscard]] int rehearse_by_unit(const UpdateOptions& options);
[[nodiscard]] int hold_updates(const UpdateOptions& options);
[[nodiscard]] int unhold_updates(const UpdateOptions& options);
[[nodiscard]] int pin_version(const UpdateOptions& options);
[[nodiscard]] int unpin_version(const UpdateOptions& options);
[[nodiscard]] int verify_releases(const UpdateOptions& options);
[[nodiscard]] int prune_releases(const UpdateOptions& options);
[[nodiscard]] int export_release(const UpdateOptions& options);
[[nodiscard]] int import_release(const UpdateOptions& options);
[[nodiscard]] int recover_by_unit(
    const UpdateOptions& options);  // by hand: start the unit that does and follow it
[[nodiscard]] int recover_update(const UpdateOptions& options);  // what the units run
[[nodiscard]] int adopt_installation(const UpdateOptions& options);
[[nodiscard]] int restore_by_unit(const UpdateOptions& options);
[[nodiscard]] int do_with_snapshots(const UpdateOptions& options);
[[nodiscard]] int run_notify_command(const UpdateOptions& options);  // becomes command= of [notify]
[[nodiscard]] int take_request(const UpdateOptions& options);        // of the gateway, by a file

}  // namespace tools
