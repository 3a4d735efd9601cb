// SPDX-License-Identifier: MIT
#include "stage/fetch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <set>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/tree.hpp"
#include "npm/blame.hpp"
#include "openclaw/presence.hpp"

namespace stage {
namespace {

using base::Result;

// Known cases that no client's output shows: which package depends on the one that fails. Saves the search,
// of which each step costs npm seconds.
struct Carrier {
  std::string_view blamed, brought_in_by;
};
constexpr Carrier carriers[] = {
    // WhatsApp before 2026.5.12 needs git and GitHub.
    {"libsignal", "@whiskeysockets/baileys"},
    {"whiskeysockets/libsignal-node", "@whiskeysockets/baileys"},
};

// A dependency from a git repository. A client looks up everything else before it notices that the repository
// is unreachable: after 46 s of the 81 s that npm took for all plugins of 2026.4.20.
struct FromGit {
  std::string_view package, version;  // as requested by OpenClaw
  std::string_view brings;            // a version without git, for an override
  std::array<std::string_view, 2> addresses;
};
constexpr std::array from_git = {
    // WhatsApp of 2026.4.15 to 2026.4.30
    FromGit{"@whiskeysockets/baileys",
            "7.0.0-rc.9",
            "libsignal",
            {"https://github.com/whiskeysockets/libsignal-node.git",
             "ssh://git@github.com/whiskeysockets/libsignal-node.git"}},
};

std::set<std::string> suspects_of(const std::vector<std::string>& blamed) {
  std::set<std::string> suspects(blamed.begin(), blamed.end());
  for (const auto& [name, carrier] : carriers) {
    if (suspects.contains(std::string(name))) suspects.emplace(carrier);
  }
  return suspects;
}

class Fetcher {
 public:
  Fetcher(const ClosureStore& store, const FetchRequest& request) : store_(store), request_(request) {}

  Result<Fetched> run(ClosureNeeds needs) {
    if (!request_.offline && !request_.clients.empty()) needs = without_unreachable(std::move(needs));
    base::Error last{base::ErrorKind::not_found, 0, "no package client is installed"};
    std::size_t next = 0;  // clients before this index cannot install this, whatever is omitted
    while (!needs.closure.empty() && next < request_.clients.size()) {
      npm::Client& client = *request_.clients[next];
      auto closure = attempt_with(client, needs.closure);
      if (closure) return Fetched{std::move(*closure), std::move(needs)};
      last = std::move(closure.error());
      // The disk is full for the next client, too.
      if (last.number == ENOSPC || last.number == EDQUOT || last.number == EROFS) break;
      const Culprits culprits = confirmed(needs, client, find_culprits(needs, client, last));
      // If no plugin, or every plugin, is to blame, the failure does not concern a plugin.
      const bool telling = !culprits.empty() && culprits.size() < needs.declared.size();
      if (!telling) ++next;
      for (const auto& [id, reason] : telling ? culprits : Culprits{}) needs = needs.without({id}, reason);
    }
    if (needs.closure.empty()) return base::fail(base::ErrorKind::unavailable, "no plugin is left to stage");
    return base::pass(std::move(last));
  }

 private:
  using Culprits = std::map<std::string, std::string>;  // plugin ID -> reason

  [[nodiscard]] ClosureNeeds without_unreachable(ClosureNeeds needs) const {
    Culprits culprits;
    for (const FromGit& row : from_git) {
      const std::string package(row.package);
      const auto wanted = needs.closure.find(package);
      const auto owners = needs.owners.find(package);
      if (wanted == needs.closure.end() || wanted->second != row.version || owners == needs.owners.end())
        continue;
      if (request_.overrides.contains(std::string(row.brings))) continue;
      const auto why = why_unreachable(row);
      if (why.empty()) continue;
      for (const auto& id : owners->second) culprits[id] = base::concat({package, ": ", why});
    }
    // If nothing else can be staged, the client's own failure has more details.
    if (culprits.size() >= needs.declared.size()) return needs;
    for (const auto& [id, reason] : culprits) needs = needs.without({id}, reason);
    return needs;
  }

  // Tries the addresses one after the other, as clients do. Empty if one of them answers.
  [[nodiscard]] std::string why_unreachable(const FromGit& row) const {
    std::string why;
    for (const std::string_view address : row.addresses) {
      const auto reached = request_.clients.back()->reach(std::string(address), store_.cache_directory());
      if (reached) return "";
      if (why.empty()) why = reached.error().message;
    }
    return why;
  }

  Result<ClosureDescription> attempt_with(npm::Client& client, const openclaw::Dependencies& dependencies) {
    const auto workplace = store_.make_workplace();
    if (!workplace) return base::pass(workplace.error());
    auto closure = install_and_seal(client, dependencies, *workplace);
    if (closure) return closure;
    auto failure = explained_by_space(std::move(closure.error()));
    store_.discard(*workplace);
    return base::pass(std::move(failure));
  }

  // Clients report a full disk in many ways, some not at all (npm exits with 0), so the free space is
  // checked. This must happen before the workplace is removed, which frees space.
  [[nodiscard]] base::Error explained_by_space(base::Error failure) const {
    constexpr std::uint64_t too_few_bytes = 65536;
    constexpr std::uint64_t too_few_inodes = 16;
    const auto space = fs::free_space(store_.fd());
    if (!space || (space->bytes >= too_few_bytes && space->inodes >= too_few_inodes)) return failure;
    failure.kind = base::ErrorKind::system;
    failure.number = ENOSPC;
    return std::move(failure).in("no space left on the file system of " + store_.path() + " (" +
                                 base::human_bytes(space->bytes) + " and " + std::to_string(space->inodes) +
                                 " inodes free); make room and try again");
  }

  Result<ClosureDescription> install_and_seal(npm::Client& client, const openclaw::Dependencies& dependencies,
                                              const ClosureStore::Workplace& workplace) {
    const auto report = client.install(install_request(dependencies, workplace), request_.progress);
    if (!report) return base::pass(report.error());
    if (const auto verified = verify(client, dependencies, workplace); !verified)
      return base::pass(verified.error());
    ClosureDescription description;
    description.dependencies = dependencies;
    description.overrides = request_.overrides;
    description.scripts = request_.allow_scripts;
    description.client = report->client;
    description.platform = current_platform();
    return store_.seal(workplace, std::move(description), request_.droppings);
  }

  [[nodiscard]] npm::InstallRequest install_request(const openclaw::Dependencies& dependencies,
                                                    const ClosureStore::Workplace& workplace) const {
    npm::InstallRequest request;
    request.dependencies = dependencies;
    request.overrides = request_.overrides;
    request.allow_scripts = request_.allow_scripts;
    request.directory = workplace.path;
    request.cache_directory = store_.cache_directory();
    request.registry = request_.registry;
    request.extra_arguments = request_.extra_arguments;
    request.offline = request_.offline;
    request.stall_timeout = request_.stall_timeout;
    return request;
  }

  [[nodiscard]] Result<void> verify(npm::Client& client, const openclaw::Dependencies& dependencies,
                                    const ClosureStore::Workplace& workplace) const {
    const auto modules = fs::open_directory_beneath(store_.fd(), workplace.name + "/node_modules");
    if (!modules && !fs::is_absent(modules.error()))
      return base::pass(modules.error(), "verifying the tree that " + client.name() + " installed");
    if (!modules) {
      return base::fail(base::ErrorKind::integrity,
                        client.name() + " reported success but created no node_modules");
    }
    std::map<std::string, std::string> packages;
    const auto complaints = openclaw::verify_tree(modules->get(), dependencies, packages);
    if (!complaints)
      return base::pass(complaints.error(), "verifying the tree that " + client.name() + " installed");
    if (complaints->empty()) return {};
    const std::string more =
        complaints->size() > 1 ? " (and " + std::to_string(complaints->size() - 1) + " more)" : "";
    return base::fail(
        base::ErrorKind::integrity,
        client.name() + " reported success, but its tree is incomplete: " + complaints->front() + more);
  }

  // Whether the client can resolve these: takes seconds, while an install takes a minute.
  Result<void> resolve(npm::Client& client, const openclaw::Dependencies& dependencies) {
    const auto workplace = store_.make_workplace();
    if (!workplace) return base::pass(workplace.error());
    auto request = install_request(dependencies, *workplace);
    request.resolve_only = true;
    const auto report = client.install(request, request_.progress);
    store_.discard(*workplace);
    if (!report) return base::pass(report.error());
    return {};
  }

  Culprits find_culprits(const ClosureNeeds& needs, npm::Client& client, const base::Error& failure) {
    const auto blamed = npm::blamed_packages(failure.message);
    if (blamed.empty()) return {};
    Culprits named;
    for (const auto& package : suspects_of(blamed)) {
      const auto owners = needs.owners.find(package);
      if (owners == needs.owners.end()) continue;
      for (const auto& id : owners->second)
        named[id] = package + ": " + npm::explain_failure(failure.message);
    }
    if (!named.empty()) return named;
    // A transitive package is to blame: only attempts show which plugin depends on it.
    const Trial resolving = [&](const openclaw::Dependencies& some) { return resolve(client, some); };
    if (const auto seen = resolving(needs.closure); !seen) {
      return bisect(needs, ids_of(needs), seen.error(), resolving);
    }
    // Resolving works, but installing does not: a tarball is gone, or the tree fails verification.
    const Trial installing = [&](const openclaw::Dependencies& some) -> Result<void> {
      const auto closure = attempt_with(client, some);
      if (!closure) return base::pass(closure.error());
      return {};
    };
    return bisect(needs, ids_of(needs), failure, installing);
  }

  // npm, always the last client, decides: it may install what another client cannot.
  Culprits confirmed(const ClosureNeeds& needs, const npm::Client& client, Culprits suspects) {
    npm::Client& judge = *request_.clients.back();
    if (&client == &judge) return suspects;
    Culprits sure;
    for (const auto& [id, reason] : suspects) {
      const auto tried = resolve(judge, dependencies_of(needs, {id}));
      if (tried || npm::blamed_packages(tried.error().message).empty()) return {};
      sure[id] = npm::explain_failure(tried.error().message);
    }
    return sure;
  }

  static std::vector<std::string> ids_of(const ClosureNeeds& needs) {
    std::vector<std::string> ids;
    for (const auto& [id, dependencies] : needs.declared) ids.push_back(id);
    return ids;
  }

  using Trial = std::function<Result<void>(const openclaw::Dependencies&)>;

  // Precondition: `ids` together fail with `failure`.
  static Culprits bisect(const ClosureNeeds& needs, const std::vector<std::string>& ids,
                         const base::Error& failure, const Trial& trial) {
    if (ids.size() == 1) return {{ids.front(), npm::explain_failure(failure.message)}};
    const auto middle = ids.begin() + static_cast<std::ptrdiff_t>(ids.size() / 2);
    const std::vector<std::string> halves[] = {{ids.begin(), middle}, {middle, ids.end()}};
    Culprits found;
    auto first = trial(dependencies_of(needs, halves[0]));
    if (!first) found = bisect(needs, halves[0], first.error(), trial);
    auto second = trial(dependencies_of(needs, halves[1]));
    if (!second) found.merge(bisect(needs, halves[1], second.error(), trial));
    return found;
  }

  static openclaw::Dependencies dependencies_of(const ClosureNeeds& needs,
                                                const std::vector<std::string>& ids) {
    openclaw::Dependencies some;
    for (const auto& id : ids) {
      for (const auto& [name, range] : needs.declared.at(id)) some.emplace(name, needs.closure.at(name));
    }
    return some;
  }

  const ClosureStore& store_;
  const FetchRequest& request_;
};

}  // namespace

Result<Fetched> fetch(const ClosureStore& store, const ClosureNeeds& needs, const FetchRequest& request) {
  return Fetcher(store, request).run(needs);
}

}  // namespace stage
