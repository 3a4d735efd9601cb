// SPDX-License-Identifier: MIT
#include "watchdog/update_watch.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/list.hpp"
#include "openclaw/version.hpp"
#include "release/names.hpp"

namespace watchdog {
namespace {

// Refusals may follow a promotion daily; an older promotion is past its probation. Rehearsals, which are not
// updates, come between them.
constexpr std::size_t most_updates = 10, most_transactions = 30;

// "2026.9.6-1f3a9c2e" of "releases/2026.9.6-1f3a9c2e"; empty if the updater did not make the link. `former`:
// of the last look, and the answer where the disk gives none.
std::string release_of(int state_fd, const char* pointer, const std::string& former) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlinkat(state_fd, pointer, target.data(), target.size());
  if (size < 0 && !fs::is_answer(fs::fail_at(errno, "read the symlink", pointer).value())) return former;
  if (size <= 0) return "";
  const std::string_view text(target.data(), static_cast<std::size_t>(size));
  // The links of a gateway with a name are two folders deeper.
  constexpr std::string_view folder = "releases/", from_below = "../../releases/";
  const bool below = text.starts_with(from_below);
  if (!below && !text.starts_with(folder)) return "";
  const std::string_view name = text.substr(below ? from_below.size() : folder.size());
  return release::names::is_release_name(name) ? std::string(name) : "";
}

std::string version_of(const std::string& release) {
  return release.substr(0, release.rfind('-'));
}

// Asks the kernel: the holder need not answer. A lock that cannot be opened at present counts as held, since
// during an update nothing is done.
bool lock_is_held(int state_fd) {
  const auto fd = fs::open_beneath(state_fd, "lock", O_RDONLY | O_NONBLOCK);
  if (!fd) return !fs::is_answer(fd.error());
  struct flock whole_file {};
  whole_file.l_type = F_WRLCK;
  whole_file.l_whence = SEEK_SET;
  return ::fcntl(fd->get(), F_OFD_GETLK, &whole_file) == 0 && whole_file.l_type != F_UNLCK;
}

std::string stamp_of(int state_fd, const std::string& release) {
  struct stat status {};
  if (::fstatat(state_fd, "transactions", &status, AT_SYMLINK_NOFOLLOW) != 0) return release;
  return base::concat(
      {release, " ", std::to_string(status.st_mtim.tv_sec), ".", std::to_string(status.st_mtim.tv_nsec)});
}

LastUpdate last_update_of(const update::History& history) {
  const update::Record& record = history.records.back();
  LastUpdate last;
  last.outcome = update::row_of(record.state).name;
  last.to_version = record.context.to.version;
  last.ended_at_ms = record.at_ms;
  last.took_ms = update::elapsed_ms(history.records.front(), record);
  last.downtime_ms = update::downtime_ms(record.context);
  return last;
}

}  // namespace

const UpdateFacts& UpdateWatch::look(std::int64_t now_ms, const base::Moment& now) {
  const auto state = fs::open_directory(path_);
  // What was known still holds: an update that was at work is not taken for one that has ended.
  if (!state && !fs::is_answer(state.error())) return facts_;
  if (!state) return facts_ = UpdateFacts{};
  const bool open = fs::may_exist_beneath(state->get(), "open");
  const bool held = lock_is_held(state->get());
  facts_.update = held ? Update::at_work : open ? Update::orphaned : Update::none;
  facts_.release = release_of(state->get(), "current", facts_.release);
  facts_.version = version_of(facts_.release);
  facts_.previous = release_of(state->get(), "previous", facts_.previous);
  // During an update its journal grows, without anything that is needed here.
  const std::string stamp = stamp_of(state->get(), facts_.release);
  if (facts_.update == Update::none && stamp != stamp_) {
    stamp_ = read_transactions(state->get()) ? stamp : "";
  }
  facts_.promotion.reset();
  if (promoted_ && promoted_->context.to.release == facts_.release) {
    const Time age = probation_.age_of(*promoted_, now_ms, now);
    facts_.promotion = Promotion{promoted_->context.id, age, !facts_.previous.empty()};
  }
  return facts_;
}

bool UpdateWatch::read_transactions(int state_fd) {
  facts_.last.reset();
  promoted_.reset();
  const update::Journal journal(state_fd);
  const auto ids = journal.transactions();
  if (!ids) return fs::is_answer(ids.error());
  std::size_t updates = 0;
  for (std::size_t i = 0; i < std::min(ids->size(), most_transactions) && updates < most_updates; ++i) {
    const auto history = journal.read((*ids)[ids->size() - 1 - i], update::Members::of_the_record);
    // It may be the promotion, so no older one is taken for it.
    if (!history && !fs::is_answer(history.error())) return false;
    if (history && history->context() != nullptr && history->context()->asked.rehearses) continue;
    ++updates;
    if (!history) continue;
    if (!facts_.last && history->outcome()) facts_.last = last_update_of(*history);
    if (!history->is_proven()) continue;
    // If the promotion was itself a rollback, another one would only alternate between two releases.
    if (const update::Record& last = history->records.back(); !last.context.asked.returning) promoted_ = last;
    return true;
  }
  return true;
}

std::vector<std::string> UpdateWatch::newer_releases() const {
  const auto current = openclaw::Version::parse(facts_.version);
  const auto state = fs::open_directory(updater_);
  if (!current || !state) return {};
  const auto entries = fs::list_directory(state->get(), "releases");
  std::vector<std::string> newer;
  for (const auto& entry : entries ? *entries : std::vector<fs::DirectoryEntry>{}) {
    if (!release::names::is_release_name(entry.name)) continue;
    const auto version = openclaw::Version::parse(version_of(entry.name));
    if (version && *current < *version) newer.push_back(entry.name);
  }
  return newer;
}

}  // namespace watchdog
