// SPDX-License-Identifier: MIT
#include "npm/failure_table.hpp"

#include <array>
#include <optional>
#include <regex>
#include <utility>

namespace npm {
namespace {

// The wording is that of npm 10 and 11, pnpm 10 and bun 1.4; tests/unit/npm has real output of each.
const std::vector<FailureRow> failure_table = {
    // A script prints what it likes, so that its failure comes before all that it may have printed.
    {Fault::surroundings, "", R"~(^npm (?:error|ERR!) command failed$)~",
     "an install script failed; the output is that of the script"},

    // A client that cannot write also fails to resolve, and one without memory or files does neither.
    {Fault::surroundings, "",
     R"~(^(?:npm (?:error|ERR!) (?:nospc )?|Error: |error: |ERR_PNPM_\w+  |ENOSPC  )ENOSPC: System limit for number of file watchers reached)~",
     "the system's limit of file watchers is reached (the disk is not full); raise "
     "fs.inotify.max_user_watches"},
    {Fault::full_disk, "ENOSPC", "", "no space is left on the device"},
    {Fault::surroundings, "EDQUOT", "", "the disk quota is used up"},
    {Fault::surroundings, "EROFS", "", "the file system is read-only where the client must write"},
    // npm and pnpm turn EROFS of a recursive mkdir into this (#69923).
    {Fault::surroundings, "", R"~(ENOENT: no such file or directory, mkdir ')~",
     "a folder cannot be made (npm reports ENOENT also for a read-only file system)"},
    {Fault::surroundings, "EMFILE|ENFILE",
     R"~(^ERR_WORKER_INIT_FAILED  .*: E[MN]FILE$|^Error: Cannot read package config .*: too many open files)~",
     "the client ran out of open files; raise LimitNOFILE= of the unit, or fs.file-max for ENFILE"},
    {Fault::surroundings, "EACCES|EPERM", "", "the client may not write where it must"},
    {Fault::surroundings, "ENOMEM", R"~(^FATAL ERROR: .*JavaScript heap out of memory)~",
     "the client ran out of memory"},
    {Fault::surroundings, "", R"~(^killed: SIGKILL$)~",
     "the client was killed, perhaps because memory ran out; see the kernel's log, and MemoryMax= of the "
     "unit"},
    {Fault::surroundings, "EIO", "", "the file system or its disk reports an error (EIO)"},
    {Fault::surroundings, "ENOTEMPTY|EEXIST", "",
     "a folder changed while the client worked ($1): another process uses it, or the file system is a "
     "network volume that lags; run it again"},
    {Fault::surroundings, "EBUSY|ESTALE|ETXTBSY", "",
     "a file is still in use or has disappeared ($1), as happens on network volumes; run it again"},
    {Fault::surroundings, "",
     R"~(^(?:ERROR: )?npm v\S+ is known not to run on Node|^(?:ERROR: )?This version of pnpm requires at least Node)~",
     "this package client needs a newer Node"},
    {Fault::surroundings, "", R"~(^/\S+: (?:/\S+: )?version [`']GLIBC_\S+' not found)~",
     "the client or its Node was built for a newer system"},

    {Fault::package, "ENOGIT", R"~(^spawn git ENOENT|syscall spawn git$|git: (?:command )?not found)~",
     "git is needed for a dependency and is not installed"},
    {Fault::package, "", R"~(git\b.* ls-remote \S+[/:]([\w.-]+/[\w.-]+?)(?:\.git)?(?:\s|$))~",
     "git could not reach $1"},
    {Fault::package, "", R"~(downloading tarball (@?[\w./-]+)@(?:github|gitlab|bitbucket|git)\b)~",
     "the git repository of $1 could not be reached"},

    {Fault::surroundings, "SELF_SIGNED_CERT_IN_CHAIN", "",
     "the registry's certificate is not trusted ($1), for example because a proxy uses its own CA; "
     "set that CA with cafile= in npm's global npmrc"},
    {Fault::surroundings,
     R"~(DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+|CERT_\w+|INVALID_CA|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID)~",
     "", "the registry's certificate is not trusted ($1); set its CA with cafile= in npm's global npmrc"},
    {Fault::surroundings, R"~(ERR_SSL_\w+|EPROTO|TLSHandshakeFailed)~", "",
     "the server at the registry's address does not use TLS correctly ($1): an http:// address "
     "is written as https://, or a proxy answers"},
    {Fault::surroundings, "ECONNREFUSED|ConnectionRefused", "", "nothing answers at the registry's address"},
    {Fault::surroundings, "ENOTFOUND|EAI_AGAIN|EAI_FAIL|DNSResolveFailed", "",
     "the registry's name cannot be resolved"},
    {Fault::surroundings, "",
     R"~(invalid json response body at |^ERR_PNPM_BROKEN_METADATA_JSON\b|^error: PackageFailedToParse )~",
     "the answer is not from a registry: it is a login page, or the error page of a proxy"},
    {Fault::surroundings, "EMAXREDIRECT|TooManyRedirects", "", "the registry redirects in a loop"},
    {Fault::surroundings,
     "ECONNRESET|ETIMEDOUT|ESOCKETTIMEDOUT|ENETUNREACH|EHOSTUNREACH|EPIPE|ERR_SOCKET_TIMEOUT|"
     "ECONNECTIONTIMEOUT|EIDLETIMEOUT|ERESPONSETIMEOUT|ETRANSFERTIMEOUT|FETCH_ERROR|ConnectionClosed|"
     "ConnectionTimeout|Timeout",
     R"~(^ERR_PNPM_META_FETCH_FAIL .* reason: socket hang up)~", "the connection to the registry fails"},
    {Fault::surroundings, "E407|FETCH_407", R"~(^error: GET \S+ - 407$|Proxy response \(407\))~",
     "the proxy requires a login"},
    {Fault::surroundings, "ENOTCACHED", R"~(^ERR_PNPM_NO_OFFLINE_\w+|^error: --offline: no cached)~",
     "not everything is in the cache, and $policy", PolicyKind::network},
    {Fault::surroundings, "E429|FETCH_429", R"~(^error: GET \S+ - 429$)~",
     "the registry limits the rate of requests (429); try again later"},
    {Fault::surroundings, "E50[0-9]|FETCH_50[0-9]", R"~(^error: GET \S+ - 50[0-9]$)~",
     "the registry, or a proxy in front of it, reports a server error (500 to 509); try again later"},

    // What a rule forbids. Only npm tells the registry's reason: without one, 403 may be a token that is
    // missing.
    {Fault::forbidden, "",
     R"~(^npm (?:error|ERR!) 403 403 [^-]+ - GET https?://\S*?/(@[\w.-]+(?:/|%2[fF])[\w.-]+|[\w.-]+)(?:/-/\S+)? - (.+)$)~",
     "the registry forbids $1 (403): $2"},
    {Fault::forbidden, "", R"~(403 Could not download (@?[^@\s]+)@.* due to policy violations)~",
     "a policy of the registry forbids $1 (403)"},
    {Fault::surroundings, "E403|FETCH_403", R"~(^error: GET \S+ - 403$)~",
     "the registry denies access (403): a rule of the registry or of a proxy forbids it, or a token is "
     "missing"},
    {Fault::surroundings, "E401|ENEEDAUTH|FETCH_401", R"~(^error: GET \S+ - 401$)~",
     "the registry denies access"},
    {Fault::forbidden, "", R"~(No matching version found for (@?[^@\s]+)@.* with a date before )~",
     "no version of $1 in the requested range is old enough: $policy", PolicyKind::release_age},
    {Fault::forbidden, "",
     R"~(^ERR_PNPM_NO_MATURE_MATCHING_VERSION  Version .* of (@?\S+) does not meet the minimumReleaseAge)~",
     "no version of $1 in the requested range is old enough: $policy", PolicyKind::release_age},
    {Fault::forbidden, "", R"~(^npm (?:error|ERR!) No versions available for (@?\S+)$)~",
     "no version of $1 is old enough: $policy", PolicyKind::release_age, true},
    {Fault::forbidden, "",
     R"~(^error: No version matching .* found for specifier "([^"]+)" \((?:all versions )?blocked by minimum-release-age)~",
     "no version of $1 in the requested range is old enough: $policy", PolicyKind::release_age},
    {Fault::forbidden, "", R"~(^ERR_PNPM_MISSING_TIME  The metadata of (@?\S+) is missing)~",
     "the registry does not report when versions of $1 were published, and $policy", PolicyKind::release_age},
    {Fault::forbidden, "",
     R"~((?:Not compatible with your version of node/npm: |^Your Node version is incompatible with ")(@?[^@\s]+)@)~",
     "$1 requires another Node: $policy", PolicyKind::engines},
    {Fault::forbidden, "", R"~(^npm (?:error|ERR!) Refusing to fetch "(@?[^@\s"]+))~",
     "$1 does not come from the registry: $policy", PolicyKind::sources},
    {Fault::surroundings, "EALLOWGIT|EALLOWREMOTE|EALLOWFILE|EALLOWDIRECTORY", "",
     "a dependency does not come from the registry: $policy", PolicyKind::sources},
    {Fault::package, "", R"~(Unsupported platform for (@?[^@\s]+)@)~", "$1 does not support this platform"},

    // A mirror has read of a version before it has the tarball.
    {Fault::package, "", R"~(requested resource '(@?[^@'\s]+)@https?:)~",
     "the registry lists $1 but does not have its tarball (yet); try again later"},
    {Fault::package, "",
     R"~(GET https?://\S*?/(@[\w.-]+(?:/|%2[fF])[\w.-]+|[\w.-]+)/-/\S+(?:: Not Found)? - 404$)~",
     "the registry lists $1 but does not have its tarball (yet); try again later"},
    {Fault::lost, "", R"~(requested resource '(@?[^@'\s]+)@)~", "the registry does not have $1"},
    {Fault::lost, "", R"~('(@?[^@'\s]+)(?:@[^']*)?' is not in (?:this|the npm) registry)~",
     "the registry does not have $1"},
    {Fault::lost, "", R"~(^(@?[\w./-]+) is not in the npm registry)~", "the registry does not have $1"},
    {Fault::lost, "",
     R"~(GET https?://(?!\S*/-/)\S*?/(@[\w.-]+(?:/|%2[fF])[\w.-]+|[\w.-]+)(?:: Not Found)? - 404$)~",
     "the registry does not have $1"},
    {Fault::lost, "", R"~(No matching version found for (@?[^@\s]+)@)~",
     "the registry has no version of $1 in the requested range"},
    {Fault::lost, "", R"~(No version matching ".*" found for specifier "([^"]+)")~",
     "the registry has no version of $1 in the requested range"},
    {Fault::lost, "", R"~(No versions available for (@?[\w./-]*\w))~",
     "the registry no longer has a version of $1"},
    {Fault::package, "", R"~(Override for (@?[^@\s]+)@\S* conflicts with direct dependency)~",
     "an override of $1 contradicts the range that is requested directly"},
    {Fault::package, "EINTEGRITY|TARBALL_INTEGRITY", R"~(Integrity check failed for tarball: (@?[\w./-]+))~",
     "the data from the registry does not match its checksum"},
    {Fault::package, "TAR_BAD_ARCHIVE|Z_DATA_ERROR|Z_BUF_ERROR",
     R"~(^error: Fail extracting tarball from (@?[\w./-]+))~",
     "the data from the registry for a package is not a complete archive"},
    {Fault::package, "", R"~((?:error: |fetch manifest )(@?[^@\s]+)@(?:git|github)[+:]\S+)~",
     "the git repository of $1 could not be reached"},
    {Fault::package, "", R"~(error: (@?[^@\s]+)@\S* failed to resolve)~", "$1 cannot be resolved"},
    {Fault::package, "", R"~(installing the dependencies of (@?[^@\s]+)@)~",
     "a dependency of $1 cannot be installed"},
    {Fault::surroundings, "", R"~(^npm (?:error|ERR!) Invalid time value$)~",
     "npm cannot read a date or an age in its configuration (before, min-release-age)"},
    {Fault::surroundings, R"~((?:E|FETCH_)4(?!04)\d\d)~", R"~(^error: GET \S+ - 4(?!04)\d\d$)~",
     "the registry answers with an error; its output has the number"},
};

// Where clients put a code. A package's name, an address and what a server answers stand elsewhere in a line.
constexpr std::array places_of_codes = {
    R"~(^npm (?:error|ERR!) (?:code |[a-z]+ )?([A-Z]\w+)(?:$|: ))~",
    R"~(^npm warn tar TAR_ENTRY_ERROR ([A-Z]\w+))~",
    R"~(^npm http fetch \S+ \S+ attempt \d+ failed with ([A-Z]\w+)$)~",
    R"~(^ERR_PNPM_(\w+))~",
    R"~(^ERR_PNPM_\w+  (?:\[[^\]]*\] )?([A-Z]\w+): )~",
    R"~(^ERR_PNPM_META_FETCH_FAIL .* reason: (?:\w+ )?([A-Z]\w+))~",
    R"~(^WARN  .* error \((\w+)\)\. Will retry)~",
    R"~(^(?:pnpm: |error: |Error: )?([A-Z]\w+)(?::|  | (?:down|extract)))~",
};

// What a row is empty of is not searched for.
std::optional<std::regex> regex_of(const char* text) {
  return *text == '\0' ? std::nullopt : std::optional<std::regex>(text);
}

struct Compiled {
  std::optional<std::regex> codes, pattern;
};

const Compiled& compiled(std::size_t row) {
  static const auto all = [] {
    std::vector<Compiled> result;
    result.reserve(failure_table.size());
    for (const FailureRow& each : failure_table)
      result.push_back({regex_of(each.codes), regex_of(each.pattern)});
    return result;
  }();
  return all[row];
}

std::string decoded(std::string name) {
  if (const std::size_t at = name.find('%'); at != std::string::npos)
    name.replace(at, 3, "/");  // @scope%2fname
  return name;
}

}  // namespace

const std::vector<FailureRow>& failure_rows() {
  return failure_table;
}

ClientLine read_line(std::string text) {
  static const auto places = [] {
    std::vector<std::regex> result;
    result.reserve(std::size(places_of_codes));
    for (const char* place : places_of_codes) result.emplace_back(place);
    return result;
  }();
  ClientLine line{std::move(text), {}};
  for (const std::regex& place : places) {
    std::smatch found;
    if (std::regex_search(line.text, found, place)) line.codes.push_back(found[1].str());
  }
  return line;
}

bool matches(std::size_t row, const ClientLine& line, FailureMatch& match) {
  const auto& [codes, pattern] = compiled(row);
  std::smatch found;
  match = {};
  if (pattern && std::regex_search(line.text, found, *pattern)) {
    if (found.size() > 1 && found[1].matched) match.first = decoded(found[1].str());
    if (found.size() > 2 && found[2].matched) match.second = found[2].str();
    return true;
  }
  for (const std::string& code : line.codes) {
    if (!codes || !std::regex_match(code, *codes)) continue;
    match.second = code;
    return true;
  }
  return false;
}

bool is_clients_own(const std::string& line) {
  static const std::regex own(
      R"~(^(?:npm (?:error|ERR!)|npm warn tar |npm http fetch \S+ \S+ attempt |ERR_PNPM_|ERR_WORKER_|pnpm: |ERROR|WARN  |error: |Error: |FATAL ERROR: |E[A-Z0-9]+(?::|  )|spawn git |git: |(?:/\S+: )?sh: |/\S+: |This error happened while |Your Node version is |This version of pnpm |@?[\w./-]+ is not in the npm registry|fetch manifest |\d+ silly fetch manifest |killed: |policy: ))~");
  return std::regex_search(line, own);
}

}  // namespace npm
