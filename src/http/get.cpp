// SPDX-License-Identifier: MIT
#include "http/get.hpp"

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.hpp"
#include "base/time.hpp"

namespace http {
namespace {

using base::ErrorKind;
using openclaw::GatewayEndpoint;

std::string request_for(const GatewayEndpoint& endpoint, const std::string& path) {
  constexpr std::string_view agent = "openclaw-systemd/" OPENCLAW_SYSTEMD_VERSION;
  const std::string url = url_of(endpoint);
  return base::concat({"GET ", path, " HTTP/1.0\r\nHost: ", url.substr(url.find("//") + 2),
                       "\r\nUser-Agent: ", agent,
                       "\r\nAccept: application/json\r\nConnection: close\r\n\r\n"});
}

bool is_ipv6(const GatewayEndpoint& endpoint) {
  return endpoint.address.find(':') != std::string::npos;
}

// An errno value; 0 also while it continues.
int connect_by(int fd, const sockaddr* address, socklen_t size) {
  if (::connect(fd, address, size) == 0) return 0;
  return errno == EINPROGRESS ? 0 : errno;
}

}  // namespace

Get::Get(sd_event* loop, GatewayEndpoint endpoint, std::string path, Patience patience, TlsLoader tls,
         Done done)
    : endpoint_(std::move(endpoint)),
      path_(std::move(path)),
      patience_(patience),
      tls_loader_(tls),
      done_(std::move(done)),
      deadline_(loop, [this] { time_is_over(); }) {
  deadline_.set(patience_.with_connection);
  begin(loop);
}

void Get::begin(sd_event* loop) {
  const int family = is_ipv6(endpoint_) ? AF_INET6 : AF_INET;
  socket_.reset(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  start_error_ = socket_ ? connect() : errno;
  sd_event_source* source = nullptr;
  if (start_error_ == 0) {
    start_error_ = -sd_event_add_io(loop, &source, socket_.get(), EPOLLOUT, &Get::on_io, this);
    io_.reset(source);
  }
  if (start_error_ <= 0) return;
  static_cast<void>(sd_event_add_defer(loop, &source, &Get::on_start_failed, this));
  failed_start_.reset(source);
}

int Get::connect() {
  if (is_ipv6(endpoint_)) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(endpoint_.port);
    if (::inet_pton(AF_INET6, endpoint_.address.c_str(), &address.sin6_addr) != 1) return EINVAL;
    return connect_by(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint_.port);
  if (::inet_pton(AF_INET, endpoint_.address.c_str(), &address.sin_addr) != 1) return EINVAL;
  return connect_by(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

int Get::on_start_failed(sd_event_source* /*source*/, void* self) {
  auto* get = static_cast<Get*>(self);
  get->fail(get->start_error_ == ECONNREFUSED ? Heard::refused : Heard::unreachable,
            base::concat({"nothing answers there (", std::strerror(get->start_error_), ")"}));
  return 0;
}

int Get::on_io(sd_event_source* /*source*/, int /*fd*/, std::uint32_t events, void* self) {
  static_cast<Get*>(self)->go_on(events);
  return 0;
}

void Get::go_on(std::uint32_t events) {
  if (!connected_ && !has_connected()) return;
  if (!outgoing_.empty()) return send();
  if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) receive();
}

// False: `done` has been called.
bool Get::has_connected() {
  int number = 0;
  socklen_t size = sizeof number;
  if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &number, &size) != 0) number = errno;
  if (number != 0) {
    fail(number == ECONNREFUSED ? Heard::refused : Heard::unreachable,
         base::concat({"nothing answers there (", std::strerror(number), ")"}));
    return false;
  }
  connected_ = true;
  deadline_.set(patience_.with_answer);
  return has_prepared_request();
}

bool Get::has_prepared_request() {
  outgoing_ = request_for(endpoint_, path_);
  if (!endpoint_.tls) return true;
  const TlsLibrary* library = tls_loader_();
  if (library == nullptr) {
    fail(Heard::no_tls, base::concat({tls_library_name(), " cannot be loaded"}));
    return false;
  }
  auto client = TlsClient::begin(*library);
  if (client) static_cast<void>((*client)->send(std::exchange(outgoing_, {})));
  if (!client) {
    fail(Heard::no_tls, client.error().message);
    return false;
  }
  tls_ = std::move(*client);
  outgoing_ = tls_->take_bytes();
  return true;
}

void Get::send() {
  const ssize_t sent = ::send(socket_.get(), outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno != EAGAIN && errno != EINTR) fail(Heard::other, std::strerror(errno));
    return;
  }
  outgoing_.erase(0, static_cast<std::size_t>(sent));
  if (outgoing_.empty()) static_cast<void>(sd_event_source_set_io_events(io_.get(), EPOLLIN));
}

void Get::receive() {
  std::array<char, 4096> buffer{};
  const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (size < 0) {
    // A server that speaks TLS resets the connection of one that does not.
    if (errno != EAGAIN && errno != EINTR) fail(Heard::other, std::strerror(errno));
    return;
  }
  take({buffer.data(), static_cast<std::size_t>(size)});
}

// Nothing: the other side has closed the connection.
void Get::take(std::string_view bytes) {
  if (!tls_ || bytes.empty()) return take_text(bytes);
  const auto taken = tls_->receive(bytes);
  const std::string text = tls_->take_text();
  outgoing_ = tls_->take_bytes();
  if (!outgoing_.empty()) static_cast<void>(sd_event_source_set_io_events(io_.get(), EPOLLIN | EPOLLOUT));
  if (!taken) return fail(Heard::other, taken.error().message);
  if (!text.empty()) take_text(text);
}

void Get::take_text(std::string_view text) {
  const auto state = text.empty() ? reader_.end() : reader_.take(text);
  if (state == Reader::State::bad) return fail(Heard::other, reader_.why());
  if (state == Reader::State::done) finish({Heard::answer, reader_.answer()});
}

void Get::time_is_over() {
  const bool was_taken = connected_ || is_loopback(endpoint_);
  const auto waited = connected_ ? patience_.with_answer : patience_.with_connection;
  fail(was_taken ? Heard::silence : Heard::unreachable,
       base::concat({was_taken ? "no complete answer within " : "no connection within ",
                     base::human_duration(waited.count())}));
}

void Get::fail(Heard heard, const std::string& why) {
  finish({heard, base::fail(ErrorKind::unavailable, base::concat({url_of(endpoint_), path_, ": ", why}))});
}

// The caller may replace this object by another: nothing of it is used after the call.
void Get::finish(Reply reply) {
  io_.reset();
  failed_start_.reset();
  deadline_.clear();
  socket_.reset();
  const Done done = std::move(done_);
  done(std::move(reply));
}

}  // namespace http
