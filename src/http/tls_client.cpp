// SPDX-License-Identifier: MIT
#include "http/tls_client.hpp"

#include <dlfcn.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/opensslv.h>
#include <openssl/ssl.h>

#include <array>
#include <utility>

#include "base/text.hpp"

namespace http {

using base::ErrorKind;
using base::Result;

struct TlsLibrary {
  decltype(&::OPENSSL_init_ssl) init_ssl = nullptr;
  decltype(&::TLS_client_method) client_method = nullptr;
  decltype(&::SSL_CTX_new) ctx_new = nullptr;
  decltype(&::SSL_CTX_set_verify) ctx_set_verify = nullptr;
  decltype(&::SSL_CTX_set_security_level) ctx_set_security_level = nullptr;
  decltype(&::SSL_new) ssl_new = nullptr;
  decltype(&::SSL_free) ssl_free = nullptr;
  decltype(&::SSL_set_bio) set_bio = nullptr;
  decltype(&::SSL_set_connect_state) set_connect_state = nullptr;
  decltype(&::SSL_do_handshake) do_handshake = nullptr;
  decltype(&::SSL_read) read = nullptr;
  decltype(&::SSL_write) write = nullptr;
  decltype(&::SSL_get_error) get_error = nullptr;
  decltype(&::BIO_new) bio_new = nullptr;
  decltype(&::BIO_free) bio_free = nullptr;
  decltype(&::BIO_s_mem) bio_s_mem = nullptr;
  decltype(&::BIO_read) bio_read = nullptr;
  decltype(&::BIO_write) bio_write = nullptr;
  decltype(&::ERR_clear_error) clear_error = nullptr;
  SSL_CTX* context = nullptr;  // until the program ends
};

namespace {

constexpr std::size_t piece = 4096;

// In a library of its own or in one that this one needs.
template <class Function>
bool find(void* handle, const char* name, Function& function) {
  // POSIX: what dlsym() answers for a function may be converted to a pointer to it.
  function = reinterpret_cast<Function>(::dlsym(handle, name));
  return function != nullptr;
}

bool find_all(void* handle, TlsLibrary& all) {
  return find(handle, "OPENSSL_init_ssl", all.init_ssl) &&
         find(handle, "TLS_client_method", all.client_method) && find(handle, "SSL_CTX_new", all.ctx_new) &&
         find(handle, "SSL_CTX_set_verify", all.ctx_set_verify) &&
         find(handle, "SSL_CTX_set_security_level", all.ctx_set_security_level) &&
         find(handle, "SSL_new", all.ssl_new) && find(handle, "SSL_free", all.ssl_free) &&
         find(handle, "SSL_set_bio", all.set_bio) &&
         find(handle, "SSL_set_connect_state", all.set_connect_state) &&
         find(handle, "SSL_do_handshake", all.do_handshake) && find(handle, "SSL_read", all.read) &&
         find(handle, "SSL_write", all.write) && find(handle, "SSL_get_error", all.get_error) &&
         find(handle, "BIO_new", all.bio_new) && find(handle, "BIO_free", all.bio_free) &&
         find(handle, "BIO_s_mem", all.bio_s_mem) && find(handle, "BIO_read", all.bio_read) &&
         find(handle, "BIO_write", all.bio_write) && find(handle, "ERR_clear_error", all.clear_error);
}

bool make_context(TlsLibrary& library) {
  // Without openssl.cnf: what a machine demands of its servers on the network is nothing to this.
  constexpr std::uint64_t without_config = OPENSSL_INIT_NO_LOAD_CONFIG;
  if (library.init_ssl(without_config, nullptr) != 1) return false;
  library.context = library.ctx_new(library.client_method());
  if (library.context == nullptr) return false;
  library.ctx_set_verify(library.context, SSL_VERIFY_NONE, nullptr);
  library.ctx_set_security_level(library.context, 0);
  return true;
}

TlsLibrary load() {
  TlsLibrary library;
  // Kept open until the program ends.
  void* handle = ::dlopen(tls_library_name().c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return library;
  if (!find_all(handle, library) || !make_context(library)) library.context = nullptr;
  return library;
}

tl::unexpected<base::Error> not_possible(std::string why) {
  return base::fail(ErrorKind::unavailable, std::move(why));
}

}  // namespace

std::string tls_library_name() {
  return base::concat({"libssl.so.", std::to_string(OPENSSL_SHLIB_VERSION)});
}

const TlsLibrary* tls_library() {
  static TlsLibrary loaded;
  // It may be installed while this runs.
  if (loaded.context == nullptr) loaded = load();
  return loaded.context == nullptr ? nullptr : &loaded;
}

struct TlsClient::Session {
  explicit Session(const TlsLibrary& functions) : library(functions) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    if (ssl != nullptr) library.ssl_free(ssl);  // with its ends
  }

  const TlsLibrary& library;
  SSL* ssl = nullptr;
  BIO* in = nullptr;
  BIO* out = nullptr;
};

TlsClient::TlsClient(std::unique_ptr<Session> session) : session_(std::move(session)) {}
TlsClient::~TlsClient() = default;

Result<std::unique_ptr<TlsClient>> TlsClient::begin(const TlsLibrary& library) {
  auto session = std::make_unique<Session>(library);
  session->ssl = library.ssl_new(library.context);
  session->in = library.bio_new(library.bio_s_mem());
  session->out = library.bio_new(library.bio_s_mem());
  if (session->ssl == nullptr || session->in == nullptr || session->out == nullptr) {
    library.bio_free(session->in);
    library.bio_free(session->out);
    return not_possible("not enough memory for TLS");
  }
  library.set_bio(session->ssl, session->in, session->out);
  library.set_connect_state(session->ssl);
  std::unique_ptr<TlsClient> client(new TlsClient(std::move(session)));
  if (auto begun = client->go_on(); !begun) return base::pass(begun.error());
  return client;
}

Result<void> TlsClient::send(std::string_view text) {
  waiting_.append(text);
  return go_on();
}

Result<void> TlsClient::receive(std::string_view bytes) {
  if (session_->library.bio_write(session_->in, bytes.data(), static_cast<int>(bytes.size())) !=
      static_cast<int>(bytes.size())) {
    return not_possible("not enough memory for TLS");
  }
  return go_on();
}

// As far as it goes with what has come.
Result<void> TlsClient::go_on() {
  const TlsLibrary& library = session_->library;
  SSL* const ssl = session_->ssl;
  library.clear_error();
  if (!is_secured_) {
    const int done = library.do_handshake(ssl);
    if (done != 1 && library.get_error(ssl, done) == SSL_ERROR_WANT_READ) return {};
    if (done != 1) return not_possible("does not use TLS, or refuses the TLS connection");
    is_secured_ = true;
  }
  if (!waiting_.empty()) {
    // Into memory, so all of it.
    const int size = static_cast<int>(waiting_.size());
    if (library.write(ssl, waiting_.data(), size) != size)
      return not_possible("has closed the TLS connection");
    waiting_.clear();
  }
  std::array<char, piece> buffer{};
  int size = 0;
  while ((size = library.read(ssl, buffer.data(), static_cast<int>(buffer.size()))) > 0) {
    text_.append(buffer.data(), static_cast<std::size_t>(size));
  }
  const int why = library.get_error(ssl, size);
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_ZERO_RETURN) return {};
  return not_possible("has closed the TLS connection");
}

std::string TlsClient::take_bytes() {
  std::string bytes;
  std::array<char, piece> buffer{};
  int size = 0;
  while ((size = session_->library.bio_read(session_->out, buffer.data(), static_cast<int>(buffer.size()))) >
         0) {
    bytes.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return bytes;
}

std::string TlsClient::take_text() {
  return std::exchange(text_, {});
}

}  // namespace http
