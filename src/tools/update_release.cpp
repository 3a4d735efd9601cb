// SPDX-License-Identifier: MIT
// openclaw-update export and import: a release as a file, for hosts that reach no registry.
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <sysexits.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "tools/archive_file.hpp"
#include "tools/progress_bar.hpp"
#include "tools/scope.hpp"
#include "tools/status_report.hpp"
#include "tools/terminal.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "tools/update_session.hpp"
#include "update/release_signature.hpp"
#include "update/release_transfer.hpp"
#include "update/unit_start.hpp"

namespace tools {
namespace {

using base::Result;
using nlohmann::json;
using update::Setup;
using update::VerifiedSignature;

// What the worker and the sealing say, on one line of a terminal.
class BarObserver final : public update::Observer {
 public:
  explicit BarObserver(const UpdateOptions& options) : bar_(stderr, !options.json && !options.quiet) {}
  void entered(update::State /*state*/, const update::Context& /*context*/) override {}
  void says(const std::string& text) override { bar_.phase(text); }
  void clear() { bar_.clear(); }

 private:
  ProgressBar bar_;
};

// With the session of the gateway, whose lock is held: an update removes and seals releases.
template <class Work>
int with_releases(const UpdateOptions& options, Work work) {
  if (auto may = require_lasting(options.scope); !may) return tell(may.error());
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  const auto held = update::take_lock(session->state.get());
  if (!held) return tell(held.error());
  BarObserver observer(options);
  update::UnitWorkers workers = session->workers();
  const int status = work(session->setup(workers, observer), observer);
  if (status == EX_OK) publish_status(*session);
  return status;
}

json json_of_release(const release::Release& release, const std::string& digest) {
  return {{"schema", update_report_schema},
          {"release", release.name},
          {"version", release.description.version},
          {"digest", digest}};
}

void print_exported_release(const UpdateOptions& options, const update::ExportedRelease& exported) {
  const std::string& name = exported.release.name;
  if (options.json) {
    json whole = json_of_release(exported.release, exported.digest);
    whole["file"] = options.archive;
    whole["archive_bytes"] = exported.archive_bytes;
    whole["archive_sha256"] = exported.sha256;
    print_json(whole);
    return;
  }
  // Standard output may be the archive.
  if (options.quiet || is_standard_stream(options.archive)) return;
  print_line({options.archive, "  ", name, ", ", base::human_bytes(exported.archive_bytes)});
  print_line({"  sha256: ", exported.sha256});
  print_line({"  on another host: openclaw-update import ", options.archive});
}

Result<update::ExportedRelease> write_archive(const Setup& setup, const UpdateOptions& options) {
  auto out = open_archive_to_write(options.archive, options.json);
  if (!out) return base::pass(out.error());
  auto exported = update::export_release(setup, options.release, out->fd());
  if (!exported || !out->file) return exported;
  // A release contains no secrets, and each user of the host can read it.
  constexpr mode_t for_all_to_read = 0644;
  if (::fchmod(out->fd(), for_all_to_read) != 0)
    return base::fail_errno(errno, "cannot change the mode of " + options.archive);
  if (auto published = out->file->publish(); !published) return base::pass(published.error());
  return exported;
}

// Nothing if no signature is required.
Result<std::optional<VerifiedSignature>> check_signature(const Setup& setup, const UpdateOptions& options,
                                                         const ArchiveIn& archive) {
  const std::string& keys = setup.settings.update.import_key;
  if (keys.empty()) return std::optional<VerifiedSignature>();
  struct stat status = {};
  if (::fstat(archive.file.get(), &status) != 0)
    return base::fail_errno(errno, "cannot examine " + options.archive);
  if (is_standard_stream(options.archive) || !S_ISREG(status.st_mode)) {
    return base::fail(
        base::ErrorKind::usage,
        "import-key= in [update] requires a signature beside the archive; specify a regular file");
  }
  setup.observer.says("verifying the signature");
  auto verified = update::verify_signature(options.archive, archive.file.get(), keys);
  if (!verified) return base::pass(verified.error());
  return std::optional(std::move(*verified));
}

void print_imported_release(const UpdateOptions& options, const update::ImportedRelease& imported,
                            const std::optional<VerifiedSignature>& signature) {
  const std::string& version = imported.release.description.version;
  const std::string next = base::concat({"openclaw-update --to ", version});
  if (options.json) {
    json whole = json_of_release(imported.release, imported.digest);
    whole["files"] = imported.files;
    whole["was_there"] = imported.was_there;
    whole["signed_by"] = signature ? json(signature->signer) : json(nullptr);
    whole["next"] = next;
    print_json(whole);
    return;
  }
  if (options.quiet) return;
  print_line({imported.release.name, "  ", std::to_string(imported.files), " files, ",
              imported.was_there ? "was on this host already" : "sealed"});
  if (signature) {
    print_line({"  signed by ", signature->signer});
  } else {
    print_line({"  its digest shows that the file is complete, but not who made it; import-key= in [update] ",
                "requires a signature"});
  }
  print_line({"  next: ", next});
}

}  // namespace

int export_release(const UpdateOptions& options) {
  return with_releases(options, [&](const Setup& setup, BarObserver& observer) {
    const auto exported = write_archive(setup, options);
    observer.clear();
    if (!exported) return tell(exported.error());
    print_exported_release(options, *exported);
    return EX_OK;
  });
}

int import_release(const UpdateOptions& options) {
  return with_releases(options, [&](const Setup& setup, BarObserver& observer) {
    const auto refuse_all = [&](const base::Error& error) {
      observer.clear();
      return tell(error.in("nothing was imported"));
    };
    const auto archive = open_archive_to_read(options.archive, "openclaw-update");
    if (!archive) return refuse_all(archive.error());
    const auto signature = check_signature(setup, options, *archive);
    if (!signature) return refuse_all(signature.error());
    const auto imported = update::import_release(
        setup, {archive->file.get(), archive->bytes, *signature ? (*signature)->sha256 : std::string()});
    if (!imported) return refuse_all(imported.error());
    observer.clear();
    print_imported_release(options, *imported, *signature);
    return EX_OK;
  });
}

}  // namespace tools
