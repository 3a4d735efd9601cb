// SPDX-License-Identifier: MIT
// The same of policies, and of what registries, proxies and machines do to a client: provoked with a registry
// on loopback where a client could be brought to it.
#pragma once

#include <vector>

#include "npm/failure_samples.hpp"

namespace npm_samples {

inline const std::vector<Sample> registry_samples = {
    {"young_npm",
     {"mixed"},
     "no version of mixed in the requested range is old enough: the client is configured to refuse",
     R"~(npm http fetch GET 200 https://registry.example/mixed 29ms (cache miss)
npm error code ETARGET
npm error notarget No matching version found for mixed@1.1.0 with a date before 10/29/2026, 5:28:44 AM.
npm error notarget In most cases you or one of your dependencies are requesting a package version that doesn't exist.
npm error A complete log of this run can be found in: /cache/logs/2026-11-28T05_28_44_520Z-debug-0.log
policy: registry=of-nothing in /etc/npmrc
)~"},
    {"youngalone_npm",
     {"young"},
     "no version of young is old enough: npm is configured to refuse versions younger than 30 days "
     "(min-release-age "
     "in /etc/npmrc)",
     R"~(npm http fetch GET 200 https://registry.example/young 29ms (cache miss)
npm error code ENOVERSIONS
npm error No versions available for young
npm error A complete log of this run can be found in: /cache/logs/2026-11-28T05_28_41_183Z-debug-0.log
policy: min-release-age=30 in /etc/npmrc
)~"},
    {"unpublished_npm",
     {"young"},
     "the registry no longer has a version of young",
     R"~(npm error code ENOVERSIONS
npm error No versions available for young
)~"},
    {"young_pnpm",
     {"young", "wants-young"},
     "no version of young in the requested range is old enough: npm is configured to refuse versions "
     "younger than 30 days (min-release-age in /etc/npmrc)",
     R"~(Progress: resolved 1, reused 0, downloaded 0, added 0
 ERR_PNPM_NO_MATURE_MATCHING_VERSION  Version 1.0.0 (released 24 hours ago) of young does not meet the minimumReleaseAge constraint

This error happened while installing the dependencies of wants-young@1.0.0

The latest release of young is "1.0.0". Published at 11/27/2026

If you need the full list of all 1 published versions run "pnpm view young versions".

If you want to install the matched version ignoring the time it was published, you can add the package name to the minimumReleaseAgeExclude setting. Read more about it: https://pnpm.io/settings#minimumreleaseageexclude
policy: min-release-age=30 in /etc/npmrc
)~"},
    {"young_bun",
     {"@scope/young"},
     "no version of @scope/young in the requested range is old enough: npm is configured to refuse versions "
     "published after 2026-01-01 (before in /etc/npmrc)",
     R"~(bun install v1.4.5 (a7733435c)
Resolving dependencies
Resolved, downloaded and extracted [2]
error: No version matching "1.0.0" found for specifier "@scope/young" (blocked by minimum-release-age: 2592000 seconds)
error: @scope/young@1.0.0 failed to resolve
policy: before=2026-01-01 in /etc/npmrc
)~"},
    {"notimes_pnpm",
     {"mixed"},
     "the registry does not report when versions of mixed were published",
     R"~( ERR_PNPM_MISSING_TIME  The metadata of mixed is missing the "time" field

This error happened while installing a direct dependency of /stage

If you cannot fix this registry issue, then set "resolution-mode" to "highest".
)~"},
    {"status429_npm",
     {},
     "limits the rate of requests (429)",
     R"~(npm http fetch GET https://registry.example/mixed attempt 1 failed with 429
npm http fetch GET 429 https://registry.example/mixed 87ms (cache skip)
npm error code E429
npm error 429 Too Many Requests - GET https://registry.example/mixed
)~"},
    {"status429_pnpm",
     {},
     "limits the rate of requests (429)",
     R"~( ERR_PNPM_FETCH_429  GET https://registry.example/mixed: Too Many Requests - 429

This error happened while installing a direct dependency of /stage
)~"},
    {"status429_bun",
     {},
     "limits the rate of requests (429)",
     R"~(bun install v1.4.5 (a7733435c)
Resolving dependencies
Resolved, downloaded and extracted [6]
error: GET https://registry.example/mixed - 429
error: mixed@^1.0.0 failed to resolve
)~"},
    {"status502_npm",
     {},
     "reports a server error (500 to 509)",
     R"~(npm http fetch GET https://registry.example/mixed attempt 1 failed with 502
npm http fetch GET 502 https://registry.example/mixed 87ms (cache skip)
npm error code E502
npm error 502 Bad Gateway - GET https://registry.example/mixed
)~"},
    {"status502_pnpm",
     {},
     "reports a server error (500 to 509)",
     R"~( ERR_PNPM_FETCH_502  GET https://registry.example/mixed: Bad Gateway - 502

This error happened while installing a direct dependency of /stage
)~"},
    {"status502_bun",
     {},
     "reports a server error (500 to 509)",
     R"~(bun install v1.4.5 (a7733435c)
Resolving dependencies
Resolved, downloaded and extracted [6]
error: GET https://registry.example/mixed - 502
error: mixed@^1.0.0 failed to resolve
)~"},
    {"status503_npm",
     {},
     "reports a server error (500 to 509)",
     R"~(npm http fetch GET https://registry.example/mixed attempt 1 failed with 503
npm http fetch GET 503 https://registry.example/mixed 87ms (cache skip)
npm error code E503
npm error 503 Service Unavailable - GET https://registry.example/mixed
)~"},
    {"status503_pnpm",
     {},
     "reports a server error (500 to 509)",
     R"~( ERR_PNPM_FETCH_503  GET https://registry.example/mixed: Service Unavailable - 503

This error happened while installing a direct dependency of /stage
)~"},
    {"status503_bun",
     {},
     "reports a server error (500 to 509)",
     R"~(bun install v1.4.5 (a7733435c)
Resolving dependencies
Resolved, downloaded and extracted [6]
error: GET https://registry.example/mixed - 503
error: mixed@^1.0.0 failed to resolve
)~"},
    {"status504_npm",
     {},
     "reports a server error (500 to 509)",
     R"~(npm http fetch GET https://registry.example/mixed attempt 1 failed with 504
npm http fetch GET 504 https://registry.example/mixed 87ms (cache skip)
npm error code E504
npm error 504 Gateway Timeout - GET https://registry.example/mixed
)~"},
    {"status504_pnpm",
     {},
     "reports a server error (500 to 509)",
     R"~( ERR_PNPM_FETCH_504  GET https://registry.example/mixed: Gateway Timeout - 504

This error happened while installing a direct dependency of /stage
)~"},
    {"status504_bun",
     {},
     "reports a server error (500 to 509)",
     R"~(bun install v1.4.5 (a7733435c)
Resolving dependencies
Resolved, downloaded and extracted [6]
error: GET https://registry.example/mixed - 504
error: mixed@^1.0.0 failed to resolve
)~"},
    {"forbidden_npm",
     {"@scope/mixed"},
     "the registry forbids @scope/mixed (403): Package is blocked by curation policy no-malware",
     R"~(npm http fetch GET 403 https://registry.example/@scope%2fmixed 43ms (cache skip)
npm error code E403
npm error 403 403 Forbidden - GET https://registry.example/@scope%2fmixed - Package is blocked by curation policy no-malware
npm error 403 In most cases, you or one of your dependencies are requesting a package version that is forbidden by your security policy, or on a server you do not have access to.
)~"},
    {"policy_npm",
     {"mixed"},
     "a policy of the registry forbids mixed (403)",
     R"~(npm error code E403
npm error 403 Could not download mixed@^1.0.0 due to policy violations:
npm error 403 blocked by company policy
)~"},
    {"nothere403_npm",
     {},
     "denies access (403): a rule of the registry or of a proxy",
     R"~(npm error code E403
npm error 403 403 Forbidden - GET https://registry.example/mixed
npm error 403 In most cases, you or one of your dependencies are requesting a package version that is forbidden by your security policy, or on a server you do not have access to.
)~"},
    {"nothere403_pnpm",
     {},
     "denies access (403): a rule of the registry or of a proxy",
     R"~( ERR_PNPM_FETCH_403  GET https://registry.example/mixed: Forbidden - 403

This error happened while installing a direct dependency of /stage

No authorization header was set for the request.
)~"},
    {"nothere403_bun",
     {},
     "denies access (403): a rule of the registry or of a proxy",
     R"~(error: GET https://registry.example/mixed - 403
error: mixed@^1.0.0 failed to resolve
)~"},
    {"login_npm",
     {},
     "the registry denies access",
     R"~(npm error code E401
npm error Incorrect or missing password.
)~"},
    {"login_pnpm",
     {},
     "the registry denies access",
     R"~( ERR_PNPM_FETCH_401  GET https://registry.example/mixed: Unauthorized - 401
)~"},
    {"login_bun",
     {},
     "the registry denies access",
     R"~(error: GET https://registry.example/mixed - 401
error: mixed@^1.0.0 failed to resolve
)~"},
    {"tarball_npm",
     {"mixed"},
     "the registry lists mixed but does not have its tarball (yet)",
     R"~(npm http fetch GET 200 https://registry.example/mixed 20ms (cache miss)
npm http cache mixed@https://registry.example/mixed/-/mixed-1.1.0.tgz 0ms (cache hit)
npm http fetch GET 404 https://registry.example/mixed/-/mixed-1.1.0.tgz 3ms (cache skip)
npm error code E404
npm error 404 Not Found - GET https://registry.example/mixed/-/mixed-1.1.0.tgz - tarball not here
npm error 404
npm error 404  The requested resource 'mixed@https://registry.example/mixed/-/mixed-1.1.0.tgz' could not be found or you do not have permission to access it.
)~"},
    {"tarball_pnpm",
     {"mixed"},
     "the registry lists mixed but does not have its tarball (yet)",
     R"~(Progress: resolved 1, reused 0, downloaded 0, added 0
Packages: +1
+
 ERR_PNPM_FETCH_404  GET https://registry.example/mixed/-/mixed-1.1.0.tgz: Not Found - 404

No authorization header was set for the request.
)~"},
    {"tarball_bun",
     {"mixed"},
     "the registry lists mixed but does not have its tarball (yet)",
     R"~(Resolved, downloaded and extracted [3]
error: GET https://registry.example/mixed/-/mixed-1.1.0.tgz - 404
)~"},
    {"engine_npm",
     {"wants-engine"},
     "wants-engine requires another Node: npm is configured to refuse packages that require another Node "
     "(engine-strict in "
     "/etc/npmrc)",
     R"~(npm error code EBADENGINE
npm error engine Unsupported engine
npm error engine Not compatible with your version of node/npm: wants-engine@1.0.0
npm error notsup Not compatible with your version of node/npm: wants-engine@1.0.0
npm error notsup Required: {"node":">=99"}
npm error notsup Actual:   {"node":"v24.21.0","npm":"11.21.2"}
policy: engine-strict=true in /etc/npmrc
)~"},
    {"engine_pnpm",
     {"wants-engine", "needs-engine"},
     "wants-engine requires another Node: npm is configured to refuse packages that require another Node "
     "(engine-strict in "
     "/etc/npmrc)",
     R"~(Progress: resolved 1, reused 0, downloaded 0, added 0
 ERR_PNPM_UNSUPPORTED_ENGINE  Unsupported environment (bad pnpm and/or Node.js version)

This error happened while installing the dependencies of needs-engine@1.0.0

Your Node version is incompatible with "wants-engine@1.0.0".

Expected version: >=99
Got: v24.21.0
policy: engine-strict=true in /etc/npmrc
)~"},
    {"platform_npm",
     {"wants-platform"},
     "wants-platform does not support this platform",
     R"~(npm error code EBADPLATFORM
npm error notsup Unsupported platform for wants-platform@1.0.0: wanted {"os":"win32"} (current: {"os":"linux"})
)~"},
    {"interceptor_npm",
     {},
     "not trusted (SELF_SIGNED_CERT_IN_CHAIN), for example because a proxy uses its own CA",
     R"~(npm http fetch GET https://registry.example/mixed attempt 1 failed with SELF_SIGNED_CERT_IN_CHAIN
npm error code SELF_SIGNED_CERT_IN_CHAIN
npm error errno SELF_SIGNED_CERT_IN_CHAIN
npm error request to https://registry.example/mixed failed, reason: self-signed certificate in certificate chain
)~"},
    {"interceptor_bun",
     {},
     "not trusted (SELF_SIGNED_CERT_IN_CHAIN), for example because a proxy uses its own CA",
     R"~(error: SELF_SIGNED_CERT_IN_CHAIN downloading package manifest mixed
error: mixed@^1.0.0 failed to resolve
)~"},
    {"protocol_npm",
     {},
     "does not use TLS correctly",
     R"~(npm http fetch GET https://registry.example/mixed attempt 1 failed with ERR_SSL_WRONG_VERSION_NUMBER
npm error code ERR_SSL_WRONG_VERSION_NUMBER
npm error errno ERR_SSL_WRONG_VERSION_NUMBER
npm error request to https://registry.example/mixed failed, reason: 407D8C4DD37F0000:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/openssl/openssl/ssl/record/methods/tlsany_meth.c:77:
)~"},
    {"protocol_pnpm",
     {},
     "does not use TLS correctly",
     R"~( ERR_PNPM_META_FETCH_FAIL  GET https://registry.example/mixed: request to https://registry.example/mixed failed, reason: write EPROTO 40AD8104F97F0000:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:

This error happened while installing a direct dependency of /stage
)~"},
    {"protocol_bun",
     {},
     "does not use TLS correctly",
     R"~(error: TLSHandshakeFailed downloading package manifest mixed
error: mixed@^1.0.0 failed to resolve
)~"},
    {"loginpage_npm",
     {},
     "the answer is not from a registry",
     R"~(npm http fetch GET 200 https://registry.example/mixed 23ms (cache miss)
npm error code FETCH_ERROR
npm error errno FETCH_ERROR
npm error invalid json response body at https://registry.example/mixed reason: Unexpected token '<', "<html><bod"... is not valid JSON
)~"},
    {"loginpage_pnpm",
     {},
     "the answer is not from a registry",
     R"~( ERR_PNPM_BROKEN_METADATA_JSON  Unexpected token '<', "<html><bod"... is not valid JSON

This error happened while installing a direct dependency of /stage
)~"},
    {"loginpage_bun",
     {},
     "the answer is not from a registry",
     R"~(1 | <html><body>Please log in to the guest network</body></html>
     ^
error: Unsupported syntax: Operators are not allowed in JSON

error: PackageFailedToParse parsing package manifest for mixed
error: mixed@^1.0.0 failed to resolve
)~"},
    {"circle_npm",
     {},
     "redirects in a loop",
     R"~(npm error code EMAXREDIRECT
npm error errno EMAXREDIRECT
npm error maximum redirect reached at: https://registry.example/mixed
)~"},
    {"circle_bun",
     {},
     "redirects in a loop",
     R"~(error: TooManyRedirects downloading package manifest mixed
error: mixed@^1.0.0 failed to resolve
)~"},
    {"cut_npm",
     {},
     "the connection to the registry fails",
     R"~(npm error code ECONNRESET
npm error network aborted
npm error network This is a problem related to network connectivity.
)~"},
    {"cut_pnpm",
     {},
     "the connection to the registry fails",
     R"~( ECONNRESET  aborted

Error: aborted
    at TLSSocket.socketCloseListener (node:_http_client:549:19)
)~"},
    {"cut_bun",
     {},
     "the connection to the registry fails",
     R"~(error: ConnectionClosed downloading tarball mixed@1.1.0
)~"},
    {"noarchive_npm",
     {},
     "is not a complete archive",
     R"~(npm warn tar TAR_BAD_ARCHIVE: Unrecognized archive format
npm error code TAR_BAD_ARCHIVE
npm error TAR_BAD_ARCHIVE: Unrecognized archive format
)~"},
    {"noarchive_bun",
     {"mixed"},
     "is not a complete archive",
     R"~(error: Fail extracting tarball from mixed
)~"},
    {"toomanyfiles_pnpm",
     {},
     "ran out of open files",
     R"~(Packages: +2
++
 ERR_WORKER_INIT_FAILED  Worker initialization failure: EMFILE

pnpm [ERR_WORKER_INIT_FAILED]: Worker initialization failure: EMFILE
)~"},
    {"toomanyfiles_npm",
     {},
     "ran out of open files",
     R"~(npm error code EMFILE
npm error syscall open
npm error path /cache/npm/packages/tmp/git-cloneXXXX
npm error EMFILE: too many open files, open '/cache/npm/packages/_cacache/index-v5/1a/2b'
)~"},
    {"memory_npm",
     {},
     "the client ran out of memory",
     R"~(
<--- Last few GCs --->

[23422:0x1075a000]      695 ms: Mark-Compact 8.8 (11.5) -> 7.0 (11.5) MB, pooled: 1 MB, 16.74 / 0.01 ms  (average mu = 0.927, current mu = 0.952) allocation failure; scavenge might not succeed

FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
----- Native stack trace -----

 1: 0x931db0  [npm install]
)~"},
    {"script_npm",
     {},
     "an install script failed",
     R"~(
> scripted@1.0.0 install
> echo 'npm error code ENOSPC'; echo 'ENOSPC: no space left on device, write'; exit 3

npm error code ENOSPC
ENOSPC: no space left on device, write
npm error code 3
npm error path /stage/node_modules/scripted
npm error command failed
npm error command sh -c echo 'npm error code ENOSPC'; echo 'ENOSPC: no space left on device, write'; exit 3
)~"},
    {"namedlikeacode_npm",
     {"ENOSPC"},
     "the registry does not have ENOSPC",
     R"~(npm http fetch GET 404 https://registry.example/ENOSPC 11ms (cache skip)
npm warn deprecated other@1.0.0: ENOSPC: no space left on device, write
npm error code E404
npm error 404 Not Found - GET https://registry.example/ENOSPC - Not found
npm error 404  The requested resource 'ENOSPC@1' could not be found or you do not have permission to access it.
)~"},
    {"namedlikeacode_bun",
     {},
     "the registry's name cannot be resolved",
     R"~(error: DNSResolveFailed downloading package manifest ENOSPC
error: ENOSPC@^4.3.6 failed to resolve
)~"},
    {"namedlikeacode_pnpm",
     {"ENOSPC"},
     "the registry does not have ENOSPC",
     R"~( ERR_PNPM_FETCH_404  GET https://registry.example/ENOSPC: Not Found - 404

ENOSPC is not in the npm registry, or you have no permission to fetch it.
)~"},
    {"watchers_npm",
     {},
     "limit of file watchers is reached (the disk is not full)",
     R"~(npm error code ENOSPC
npm error nospc ENOSPC: System limit for number of file watchers reached, watch '/stage'
npm error nospc There appears to be insufficient space on your system to finish.
)~"},
    {"fullandunresolved_npm",
     {},
     "no space is left on the device",
     R"~(npm error code E404
npm error 404  The requested resource 'x@1' could not be found or you do not have permission to access it.
npm error nospc ENOSPC: no space left on device, write
)~"},
    {"rename_npm",
     {},
     "a folder changed while the client worked (ENOTEMPTY)",
     R"~(npm error code ENOTEMPTY
npm error syscall rename
npm error path /stage/node_modules/zod
npm error dest /stage/node_modules/.zod-VWGQ6Z8L
npm error errno -39
npm error ENOTEMPTY: directory not empty, rename '/stage/node_modules/zod' -> '/stage/node_modules/.zod-VWGQ6Z8L'
)~"},
    {"stale_npm",
     {},
     "a file is still in use or has disappeared (ESTALE)",
     R"~(npm error code ESTALE
npm error syscall open
npm error ESTALE: stale file handle, open '/stage/node_modules/zod/package.json'
)~"},
    {"quarrel_pnpm",
     {},
     "a file is still in use or has disappeared (EBUSY)",
     R"~( ERR_PNPM_EBUSY  [importPackage /stage/node_modules/zod] EBUSY: resource busy or locked, rename '/stage/node_modules/zod_tmp_12' -> '/stage/node_modules/zod'
)~"},
};

}  // namespace npm_samples
