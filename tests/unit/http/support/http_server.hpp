// SPDX-License-Identifier: MIT
// A scripted HTTP server on a free loopback port: each path gets a canned answer, or a way to misbehave.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace test_support {

struct Canned {
  enum class Manner { plain, silent, dripping };
  std::string bytes;
  Manner manner = Manner::plain;
  std::string etag = {};         // where the client has it already, the answer is 304
  std::string once_exists = {};  // a file: until it is there, the answer is 503
  // What the first request gets in place of the answer, before the connection is closed.
  std::optional<std::string> at_first = {};
};

inline Canned answer(int status, const std::string& type, const std::string& body) {
  return {"HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + type +
              "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body,
          Canned::Manner::plain};
}
inline Canned json_answer(int status, const std::string& body) {
  return answer(status, "application/json", body);
}
inline Canned tagged_answer(const std::string& etag, const std::string& body) {
  Canned canned = json_answer(200, body);
  canned.bytes.insert(canned.bytes.find("\r\n") + 2, "ETag: " + etag + "\r\n");
  canned.etag = etag;
  return canned;
}
inline Canned redirect_to(const std::string& url) {
  return {"HTTP/1.1 302 X\r\nLocation: " + url + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"};
}
inline Canned html_answer() {
  return answer(200, "text/html", "<!doctype html><html><title>OpenClaw Control</title></html>");
}

// A port of loopback's that a thread serves, one connection after the other, until stop().
class LoopbackPort {
 public:
  LoopbackPort() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      ADD_FAILURE() << "no loopback port";
    }
    number_ = ntohs(address.sin_port);
  }
  LoopbackPort(const LoopbackPort&) = delete;
  LoopbackPort& operator=(const LoopbackPort&) = delete;
  LoopbackPort(LoopbackPort&&) = delete;
  LoopbackPort& operator=(LoopbackPort&&) = delete;
  ~LoopbackPort() {
    stop();
    ::close(listener_);
  }

  [[nodiscard]] std::uint16_t number() const { return number_; }
  // `converse` has the connection until it returns.
  template <class Converse>
  void serve(Converse converse) {
    thread_ = std::thread([this, converse] {
      while (!stops()) {
        pollfd waiting{listener_, POLLIN, 0};
        if (::poll(&waiting, 1, 20) <= 0) continue;
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) continue;
        converse(client);
        ::close(client);
      }
    });
  }
  [[nodiscard]] bool stops() const { return stops_; }
  void stop() {
    stops_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  int listener_;
  std::uint16_t number_ = 0;
  std::atomic<bool> stops_ = false;
  std::thread thread_;
};

// The path of a request's first line.
inline std::string path_in(const std::string& head) {
  const std::size_t start = head.find(' ') + 1;
  return head.substr(start, head.find(' ', start) - start);
}

class HttpServer {
 public:
  // A path that is not in `routes` gets `otherwise`.
  explicit HttpServer(std::map<std::string, Canned> routes, Canned otherwise = html_answer())
      : routes_(std::move(routes)), otherwise_(std::move(otherwise)) {
    port_.serve([this](int client) { reply(client, read_head(client)); });
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer() { port_.stop(); }

  [[nodiscard]] std::uint16_t port() const { return port_.number(); }
  void replace(const std::string& path, Canned canned) {
    const std::lock_guard lock(mutex_);
    routes_[path] = std::move(canned);
  }
  // Request heads as they came.
  [[nodiscard]] const std::vector<std::string>& requests() const { return requests_; }

 private:
  static std::string read_head(int client) {
    std::string head;
    std::array<char, 1024> buffer{};
    while (head.find("\r\n\r\n") == std::string::npos) {
      const ssize_t size = ::recv(client, buffer.data(), buffer.size(), 0);
      if (size <= 0) break;
      head.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return head;
  }

  void reply(int client, const std::string& head) {
    requests_.push_back(head);
    const std::lock_guard lock(mutex_);
    const auto route = routes_.find(path_in(head));
    Canned& canned = route == routes_.end() ? otherwise_ : route->second;
    if (canned.at_first) {
      send_all(client, *canned.at_first);
      canned.at_first.reset();
      return;
    }
    if (!canned.etag.empty() && head.find(": " + canned.etag + "\r\n") != std::string::npos) {
      send_all(client, "HTTP/1.1 304 X\r\nETag: " + canned.etag + "\r\nConnection: close\r\n\r\n");
      return;
    }
    if (!canned.once_exists.empty() && ::access(canned.once_exists.c_str(), F_OK) != 0) {
      send_all(client, json_answer(503, "{}").bytes);
      return;
    }
    const bool drips = canned.manner == Canned::Manner::dripping;
    if (canned.manner == Canned::Manner::plain) {
      send_all(client, canned.bytes);
      return;
    }
    for (std::size_t at = 0; !port_.stops() && !has_gone(client);) {
      if (drips && at < canned.bytes.size()) send_all(client, canned.bytes.substr(at++, 1));
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  static void send_all(int client, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t size = ::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
  }
  static bool has_gone(int client) {
    char byte = 0;
    return ::recv(client, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
  }

  std::mutex mutex_;  // of routes_
  std::map<std::string, Canned> routes_;
  Canned otherwise_;
  std::vector<std::string> requests_;
  LoopbackPort port_;  // last: its thread uses the others
};

}  // namespace test_support
