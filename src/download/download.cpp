// SPDX-License-Identifier: MIT
#include "download/download.hpp"

#include <curl/curl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <thread>

#include "base/redaction.hpp"
#include "base/text.hpp"

namespace download {
namespace {

using base::ErrorKind;
using base::Result;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds connect_timeout{20};
constexpr long most_redirects = 5;

// Where what arrives goes.
class Destination {
 public:
  virtual ~Destination() = default;
  Destination() = default;
  Destination(const Destination&) = delete;
  Destination& operator=(const Destination&) = delete;
  [[nodiscard]] virtual Result<void> begin() = 0;  // of each attempt
  [[nodiscard]] virtual Result<void> add(std::string_view bytes) = 0;
};

class Text final : public Destination {
 public:
  explicit Text(std::size_t most_bytes) : most_bytes_(most_bytes) {}
  Result<void> begin() override {
    text_.clear();
    return {};
  }
  Result<void> add(std::string_view bytes) override {
    if (bytes.size() <= most_bytes_ - text_.size()) {
      text_ += bytes;
      return {};
    }
    return base::fail(ErrorKind::unavailable,
                      base::concat({"the answer is longer than ", std::to_string(most_bytes_), " bytes"}));
  }
  [[nodiscard]] std::string& text() { return text_; }

 private:
  std::size_t most_bytes_;
  std::string text_;
};

class File final : public Destination {
 public:
  explicit File(int file_fd) : fd_(file_fd) {}
  Result<void> begin() override {
    if (::ftruncate(fd_, 0) == 0 && ::lseek(fd_, 0, SEEK_SET) == 0) return {};
    return base::fail_errno(errno, "cannot empty the file that is downloaded");
  }
  Result<void> add(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return base::fail_errno(errno, "cannot write what is downloaded");
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

 private:
  int fd_;
};

struct Attempt {
  Destination& destination;
  const Listener& listener;
  CURL* handle;
  Clock::time_point began;
  Progress progress = {};
  Result<void> failure = {};  // of the destination
};

bool is_success(CURL* handle) {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  return status >= 200 && status < 300;
}

// libcurl's signature: the bytes of an error page are not wanted, and read to the end for the connection.
std::size_t receive(char* bytes, std::size_t /*one*/, std::size_t count, void* data) {
  Attempt& attempt = *static_cast<Attempt*>(data);
  if (!is_success(attempt.handle)) return count;
  attempt.failure = attempt.destination.add({bytes, count});
  return attempt.failure ? count : 0;
}

int tell(void* data, curl_off_t total, curl_off_t received, curl_off_t /*to_send*/, curl_off_t /*sent*/) {
  Attempt& attempt = *static_cast<Attempt*>(data);
  attempt.progress.total = static_cast<std::uint64_t>(total);
  attempt.progress.received = static_cast<std::uint64_t>(received);
  attempt.progress.elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - attempt.began);
  if (attempt.listener) attempt.listener(attempt.progress);
  return 0;
}

struct Cleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, Cleanup>;
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, FreeList>;

template <class Value>
void set(const Handle& handle, CURLoption option, Value value) {
  curl_easy_setopt(handle.get(), option, value);
}

void set_limits(const Handle& handle, const Route& route) {
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  set(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(handle, CURLOPT_FOLLOWLOCATION, 1L);
  set(handle, CURLOPT_MAXREDIRS, most_redirects);
  set(handle, CURLOPT_CONNECTTIMEOUT, static_cast<long>(connect_timeout.count()));
  set(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(route.stall_timeout.count()));
}

void set_trust(const Handle& handle, const Route& route) {
  if (!route.proxy.empty()) set(handle, CURLOPT_PROXY, route.proxy.c_str());
  if (!route.no_proxy.empty()) set(handle, CURLOPT_NOPROXY, route.no_proxy.c_str());
  if (!route.ca_file.empty()) set(handle, CURLOPT_CAINFO, route.ca_file.c_str());
  if (!route.ca_text.empty()) {
    curl_blob blob{const_cast<char*>(route.ca_text.data()), route.ca_text.size(), CURL_BLOB_COPY};
    set(handle, CURLOPT_CAINFO_BLOB, &blob);
  }
  if (!route.verifies_certificates) {
    set(handle, CURLOPT_SSL_VERIFYPEER, 0L);
    set(handle, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!route.bearer_token.empty()) {
    set(handle, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    set(handle, CURLOPT_XOAUTH2_BEARER, route.bearer_token.c_str());
  } else if (!route.user_and_password.empty()) {
    set(handle, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(handle, CURLOPT_USERPWD, route.user_and_password.c_str());
  }
}

struct Outcome {
  CURLcode code = CURLE_OK;
  long status = 0;       // of HTTP
  long certificate = 0;  // why OpenSSL does not trust it (X509_V_ERR_...); 0: it does, or has not seen it
  std::string words;
  base::Error failure = {};  // of the destination, where that is what failed
};

Outcome attempt_once(const std::string& url, const Route& route, Attempt& attempt) {
  const Handle handle(curl_easy_init());
  if (!handle) return {CURLE_FAILED_INIT, 0, 0, "libcurl does not start"};
  attempt.handle = handle.get();
  attempt.began = Clock::now();
  std::array<char, CURL_ERROR_SIZE> words{};
  const Headers headers(curl_slist_append(
      nullptr, base::concat({"Accept: ", route.accept.empty() ? "*/*" : route.accept}).c_str()));
  set(handle, CURLOPT_URL, url.c_str());
  set(handle, CURLOPT_ERRORBUFFER, words.data());
  set(handle, CURLOPT_HTTPHEADER, headers.get());
  set(handle, CURLOPT_USERAGENT, "openclaw-systemd");
  set(handle, CURLOPT_ACCEPT_ENCODING, "");
  set(handle, CURLOPT_WRITEFUNCTION, &receive);
  set(handle, CURLOPT_WRITEDATA, static_cast<void*>(&attempt));
  set(handle, CURLOPT_NOPROGRESS, 0L);
  set(handle, CURLOPT_XFERINFOFUNCTION, &tell);
  set(handle, CURLOPT_XFERINFODATA, static_cast<void*>(&attempt));
  set_limits(handle, route);
  set_trust(handle, route);
  Outcome outcome;
  outcome.code = curl_easy_perform(handle.get());
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &outcome.status);
  curl_easy_getinfo(handle.get(), CURLINFO_SSL_VERIFYRESULT, &outcome.certificate);
  outcome.words = words.front() == '\0' ? curl_easy_strerror(outcome.code) : words.data();
  if (!attempt.failure) outcome.failure = attempt.failure.error();
  return outcome;
}

bool has_succeeded(const Outcome& outcome) {
  return outcome.code == CURLE_OK && outcome.status >= 200 && outcome.status < 300;
}

// What another attempt may mend.
bool may_pass(const Outcome& outcome) {
  constexpr std::array<long, 7> passing = {408, 425, 429, 500, 502, 503, 504};
  constexpr std::array<CURLcode, 9> interrupted = {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY,
                                                   CURLE_COULDNT_CONNECT,      CURLE_OPERATION_TIMEDOUT,
                                                   CURLE_PARTIAL_FILE,         CURLE_GOT_NOTHING,
                                                   CURLE_RECV_ERROR,           CURLE_SEND_ERROR,
                                                   CURLE_HTTP2_STREAM};
  if (outcome.code == CURLE_OK) {
    return std::find(passing.begin(), passing.end(), outcome.status) != passing.end();
  }
  return std::find(interrupted.begin(), interrupted.end(), outcome.code) != interrupted.end();
}

std::string reason_of(const Outcome& outcome) {
  return outcome.code == CURLE_OK ? base::concat({"HTTP status ", std::to_string(outcome.status)})
                                  : base::redacted(outcome.words, 300);
}

// An authority that was made anew under its old name fails as a connection, not as a verification.
bool is_not_trusted(const Outcome& outcome) {
  return outcome.code == CURLE_PEER_FAILED_VERIFICATION || outcome.code == CURLE_SSL_CACERT_BADFILE ||
         (outcome.code == CURLE_SSL_CONNECT_ERROR && outcome.certificate != 0);
}

tl::unexpected<base::Error> failure_of(const std::string& url, Outcome outcome) {
  const std::string shown = base::redacted(url, 300);
  if (!outcome.failure.message.empty()) return base::pass(std::move(outcome.failure), shown);
  const std::string message = base::concat({shown, ": ", reason_of(outcome)});
  if (outcome.code == CURLE_URL_MALFORMAT || outcome.code == CURLE_UNSUPPORTED_PROTOCOL) {
    return base::fail(ErrorKind::bad_input, message);
  }
  if (is_not_trusted(outcome)) {
    return base::fail(ErrorKind::refused,
                      base::concat({message, "; install ca-certificates, or set the certificate authority ",
                                    "of your network with cafile= in the npmrc"}));
  }
  if (outcome.status == 404 || outcome.status == 410) return base::fail(ErrorKind::not_found, message);
  if (outcome.status == 401 || outcome.status == 403) {
    return base::fail(ErrorKind::refused, message + "; the registry wants a token, or another one");
  }
  return base::fail(ErrorKind::unavailable, message);
}

Result<void> get(const std::string& url, const Route& route, Destination& destination,
                 const Listener& listener) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) return base::fail(ErrorKind::system, "libcurl does not start");
  std::string retrying;
  for (unsigned turn = 1;; ++turn) {
    if (auto empty = destination.begin(); !empty) return empty;
    Attempt attempt{destination, listener, nullptr, Clock::now()};
    attempt.progress.retrying = retrying;
    Outcome outcome = attempt_once(url, route, attempt);
    if (has_succeeded(outcome)) return {};
    if (turn >= route.attempts || !may_pass(outcome)) return failure_of(url, std::move(outcome));
    retrying = reason_of(outcome);
    std::this_thread::sleep_for(route.between_attempts);
  }
}

}  // namespace

Result<std::string> get_text(const std::string& url, const Route& route, std::size_t most_bytes,
                             const Listener& listener) {
  Text text(most_bytes);
  if (auto got = get(url, route, text, listener); !got) return base::pass(got.error());
  return std::move(text.text());
}

Result<void> get_file(const std::string& url, const Route& route, int file_fd, const Listener& listener) {
  File file(file_fd);
  return get(url, route, file, listener);
}

}  // namespace download
