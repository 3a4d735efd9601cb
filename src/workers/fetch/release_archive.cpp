// SPDX-License-Identifier: MIT
#include "workers/fetch/release_archive.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "contract/requests.hpp"
#include "contract/results.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/tree.hpp"
#include "workers/fetch/finish_package.hpp"
#include "workers/fetch/workplace.hpp"
#include "workers/tar.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr const char* archive_folder = "archive";  // in the workplace
constexpr std::size_t longest_record = std::size_t{64} * 1024;
constexpr std::uint64_t spare_room_for_archive = std::uint64_t{64} * 1024 * 1024;

// It becomes part of an expression of tar's.
Result<void> require_plain_name(const std::string& name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == '+';
  };
  if (!name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), is_plain)) return {};
  return base::fail(ErrorKind::bad_input, fs::shown(name) + " is not the name of a release");
}

Result<void> write_release_record(const std::string& folder, const contract::ArchivedRelease& release) {
  const auto opened = fs::open_directory(folder);
  if (!opened) return base::pass(opened.error());
  const std::string text = contract::to_json(release).dump(1, ' ', false, json::error_handler_t::replace);
  return fs::write_file_durably(opened->get(), contract::release_record_file, text + "\n", 0644);
}

Tar packing(const contract::PackRequest& asked, const std::string& work) {
  const std::string& name = asked.release.name;
  const std::string record = contract::release_record_file;
  return {
      .arguments = {"--create", "--file=" + asked.pipe, "--force-local", "--format=gnu", "--sort=name",
                    "--hard-dereference", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX",
                    base::concat(
                        {"--transform=flags=r;s|^[.]|", name, "/", contract::release_content_folder, "|"}),
                    base::concat({"--transform=flags=r;s|^", record, "$|", name, "/", record, "|"}),
                    "--directory=" + work, record, "--directory=" + asked.package, "."},
      .directory = work,
      .does = "write the archive"};
}

Result<void> check_room_for_archive(const FetchContext& context, int state_fd, std::int64_t bytes) {
  const auto space = fs::free_space(state_fd);
  if (!space) return base::pass(space.error());
  const auto needed = static_cast<std::uint64_t>(std::max<std::int64_t>(bytes, 0));
  if (space->bytes >= needed && space->bytes - needed >= spare_room_for_archive) return {};
  return base::fail_errno(ENOSPC, base::concat({"the archive has ", base::human_bytes(needed), ", but in ",
                                                context.state_directory, " ", base::human_bytes(space->bytes),
                                                " are free; make room there"}));
}

tl::unexpected<base::Error> not_such_an_archive(const std::string& why) {
  return base::fail(ErrorKind::integrity,
                    "the archive is not one of openclaw-update export, or it is incomplete: " + why);
}

Result<void> extract(const FetchContext& context, const std::string& pipe, const std::string& folder) {
  const auto input = open_transfer(pipe);
  if (!input) return base::pass(input.error());
  // --keep-old-files: a name may occur once.
  const Tar tar{
      .arguments = {"--extract", "--file=-", "--directory=.", "--strip-components=1", "--keep-old-files",
                    "--no-same-owner", "--no-same-permissions", "--warning=no-timestamp"},
      .directory = folder,
      .does = "read the archive",
      .input = input->get(),
      .is_strict = true};
  return run_tar(tar, watch_of_transfer(context.notifier));
}

Result<void> require_both_entries(int folder_fd) {
  const auto entries = fs::list_directory(folder_fd);
  if (!entries) return base::pass(entries.error());
  bool has_record = false, has_content = false;
  for (const auto& entry : *entries) {
    using Type = fs::DirectoryEntry::Type;
    const bool is_record = entry.name == contract::release_record_file && entry.type == Type::file;
    const bool is_content = entry.name == contract::release_content_folder && entry.type == Type::directory;
    if (!is_record && !is_content) return not_such_an_archive("it contains " + fs::shown(entry.name));
    has_record = has_record || is_record;
    has_content = has_content || is_content;
  }
  if (!has_record) return not_such_an_archive(base::concat({"it has no ", contract::release_record_file}));
  if (!has_content)
    return not_such_an_archive(base::concat({"it has no folder ", contract::release_content_folder}));
  return {};
}

Result<contract::ArchivedRelease> read_release_record(int folder_fd) {
  const std::string file = contract::release_record_file;
  const auto text = fs::read_file(folder_fd, file, longest_record);
  if (!text) return base::pass(text.error());
  auto archived = contract::read_strictly<contract::ArchivedRelease>(
      base::json_or_null(*text),
      {.is_strict = true, .whose = file + " of the archive", .kind = ErrorKind::integrity});
  if (archived && archived->format != contract::release_archive_format) {
    return base::fail(ErrorKind::refused,
                      base::concat({"the archive has format ", std::to_string(archived->format),
                                    "; update openclaw-systemd on this host to read it"}));
  }
  return archived;
}

Result<json> unpack_in(const FetchContext& context, const std::string& pipe, const Workplace& workplace) {
  const std::string folder = workplace.path(archive_folder);
  context.notifier.status("unpacking the archive");
  if (auto done = extract(context, pipe, folder); !done) return base::pass(done.error());
  const auto opened = fs::open_directory(folder);
  if (!opened) return base::pass(opened.error());
  if (auto whole = require_both_entries(opened->get()); !whole) return base::pass(whole.error());
  auto archived = read_release_record(opened->get());
  if (!archived) return base::pass(archived.error());
  const std::string content = base::concat({folder, "/", contract::release_content_folder});
  const auto size = open_to_readers(content);
  if (!size) return base::pass(size.error());
  const std::string place = base::concat({context.state_directory, "/", package_folder});
  if (std::rename(content.c_str(), place.c_str()) != 0) return fs::fail_at(errno, "create", place);
  return contract::to_json(contract::ReleaseUnpacked{
      std::move(*archived),
      {static_cast<std::int64_t>(size->files), static_cast<std::int64_t>(size->bytes)}});
}

}  // namespace

Result<json> pack_release(const FetchContext& context, const json& request) {
  const auto asked = contract::read_strictly<contract::PackRequest>(request, contract::of_request);
  if (!asked) return base::pass(asked.error());
  if (auto plain = require_plain_name(asked->release.name); !plain) return base::pass(plain.error());
  const auto workplace = Workplace::make(context, {archive_folder});
  if (!workplace) return base::pass(workplace.error());
  const std::string work = workplace->path(archive_folder);
  if (auto written = write_release_record(work, asked->release); !written) return base::pass(written.error());
  context.notifier.status("writing the archive");
  if (auto done = run_tar(packing(*asked, work), watch_of_transfer(context.notifier)); !done)
    return base::pass(done.error());
  return contract::to_json(contract::FinishedPackage{});
}

Result<json> unpack_release(const FetchContext& context, const json& request) {
  const auto asked = contract::read_strictly<contract::UnpackRequest>(request, contract::of_request);
  if (!asked) return base::pass(asked.error());
  const auto workplace = Workplace::make(context, {archive_folder});
  if (!workplace) return base::pass(workplace.error());
  if (auto removed = fs::remove_tree(workplace->state_fd(), package_folder); !removed)
    return base::pass(removed.error());
  if (auto room = check_room_for_archive(context, workplace->state_fd(), asked->bytes); !room)
    return base::pass(room.error());
  return unpack_in(context, asked->pipe, *workplace);
}

}  // namespace workers
