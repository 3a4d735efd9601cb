// SPDX-License-Identifier: MIT
// Who has made the archive of a release: a detached signature beside it (FILE.sig), by a key of the
// administrator's list. ssh-keygen(1) verifies it, and reads nothing but the content, the signature and that
// list.
#pragma once

#include <string>

#include "base/result.hpp"

namespace update {

// Of the signature, so that one that was made for something else is not valid here.
inline constexpr const char* signature_namespace = "openclaw-release";

struct VerifiedSignature {
  std::string signer;  // as the list names the owner of the key
  std::string sha256;  // of the content that was verified
};
// `archive`: the path of the regular file `file`, whose offset is not changed. `allowed`: the list
// (import-key=). `refused` without a signature, or if its key is not in the list; `integrity` if the archive
// is not what was signed.
[[nodiscard]] base::Result<VerifiedSignature> verify_signature(const std::string& archive, int file,
                                                               const std::string& allowed);

}  // namespace update
