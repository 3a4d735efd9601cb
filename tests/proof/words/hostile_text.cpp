// SPDX-License-Identifier: MIT
#include "hostile_text.hpp"

#include <array>
#include <cstdio>

namespace words {
namespace {

using namespace std::string_literals;

// The number of bytes of the character that begins there, and its code point; 0 for what is no UTF-8.
struct Character {
  std::size_t size = 0;
  std::uint32_t code = 0;
};

Character character_at(std::string_view text, std::size_t at) {
  struct Form {
    std::uint32_t mask, mark, least;
    std::size_t size;
  };
  constexpr std::array forms{Form{0x80, 0x00, 0, 1}, Form{0xe0, 0xc0, 0x80, 2}, Form{0xf0, 0xe0, 0x800, 3},
                             Form{0xf8, 0xf0, 0x10000, 4}};
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(text[i])}; };
  for (const Form& form : forms) {
    if ((byte(at) & form.mask) != form.mark || at + form.size > text.size()) continue;
    std::uint32_t code = byte(at) & ~form.mask & 0xffU;
    for (std::size_t i = at + 1; i < at + form.size; ++i) {
      if ((byte(i) & 0xc0U) != 0x80U) return {};
      code = code << 6U | (byte(i) & 0x3fU);
    }
    const bool is_surrogate = code >= 0xd800 && code < 0xe000;
    return code < form.least || code > 0x10ffff || is_surrogate ? Character{} : Character{form.size, code};
  }
  return {};
}

struct Range {
  std::uint32_t first, last;
  const char* name;
};
constexpr std::array forbidden{
    Range{0x00, 0x1f, "a control character"},
    Range{0x7f, 0x9f, "a control character"},
    Range{0x061c, 0x061c, "a direction mark"},
    Range{0x200e, 0x200f, "a direction mark"},
    Range{0x2028, 0x2029, "a line separator"},
    Range{0x202a, 0x202e, "a direction override"},
    Range{0x2066, 0x2069, "a direction isolate"},
    Range{0x206a, 0x206f, "a deprecated format character"},
    Range{0xfff9, 0xfffb, "an interlinear annotation"},
    Range{0xe0000, 0xe007f, "an invisible tag"},
};

}  // namespace

const std::vector<std::string>& hostile_pieces() {
  static const std::vector<std::string> pieces{
      "\x1b[2J",                                                // clears the screen
      "\x1b[31;1m",                                             // a colour that the suite does not use
      "\x1b[31m",                                               // one that it does
      "\x1b]0;owned\x07",                                       // a title
      "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",  // a link
      "\x1b]52;c;cm0gLXJmIC8=\x07",                             // the clipboard
      "\x1bP1$qm\x1b\\",                                        // a device control string
      "\x1b]0;never closed",
      "\x1b[",
      "\x1b",
      "\x1b\x1b[31m[31m",
      "\xc2\x9b"
      "31m",  // CSI of C1 in UTF-8
      "\x9b"
      "31m",  // and raw
      "\xc2\x9d"
      "0;x\x07",   // OSC of C1
      "\xc2\x85",  // next line of C1
      "\xe2\x80\xae"
      "lave",  // right-to-left override
      "\xe2\x81\xa6"
      "x\xe2\x81\xa9",
      "\xe2\x80\x8f",
      "\xe2\x80\xa8<0>kernel: panic",
      "\xf3\xa0\x81\xa1\xf3\xa0\x81\xa2",  // invisible tags
      "\xe2\x81\xaa",
      "\xef\xbf\xb9",
      "\r\nFORGED=1",
      "\nMESSAGE_ID=5a1d1c1fd7a84c1f8b5e2b0d8a2f6c01",
      "\n_SYSTEMD_UNIT=openclaw-update.service",
      "\nPRIORITY=0\n\n__CURSOR=s=1",
      "\nREADY=1\nMAINPID=1",
      "\nSTATUS=all is well",
      "\nopenclaw-update: updated from 1 to 2",
      "\n<0>emergency",
      "\n# TYPE openclaw_gateway_up gauge\nopenclaw_gateway_up 1",
      "\"} 1\nopenclaw_forged{x=\"",
      "\\\" \\n \\",
      "\0hidden"s,
      "\b\b\b\b",
      "\x7f",
      "\f\v",
      "\t",
      "\xff\xfe",
      "\xc0\x9b",
      "\xed\xa0\x80",
      "\xf5\x80\x80\x80",
      "\xe2\x80",
      "\xf0\x9f\xa6",
      R"({"schema":1,"outcome":"updated","message":"{\"a\":\"\\u001b[2J\"}"})",
      R"(","outcome":"updated)",
      "%s%n%x {} {0}",
      "$(reboot) `reboot` ${IFS}",
      "'; reboot; '",
      "gr\xc3\xb6\xc3\x9f"
      "er \xe2\x9c\x93 \xf0\x9f\xa6\x9e \xe6\xbc\xa2\xe5\xad\x97"};
  return pieces;
}

std::string hostile_text(Draw& draw) {
  static constexpr std::array plain{"slack",       "2026.9.6", "npm", "error", "/usr/lib/x",
                                    "@scope/name", " ",        "-",   "="};
  std::string text;
  for (std::size_t left = 1 + draw.below(6); left > 0; --left) {
    if (draw.in_percent(60)) text += draw.one_of(plain);
    text += draw.one_of(hostile_pieces());
    if (draw.in_percent(60)) text += draw.one_of(plain);
  }
  if (draw.in_percent(1)) text.append(std::size_t{1} << 20U, 'x').append(draw.one_of(hostile_pieces()));
  return text;
}

std::string fault_of(std::string_view text, bool lines) {
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    if (character.size == 0) return "no UTF-8 at byte " + std::to_string(at);
    for (const Range& range : forbidden) {
      if (character.code < range.first || character.code > range.last) continue;
      if (!lines || character.code != '\n') return range.name + (" at byte " + std::to_string(at));
    }
    at += character.size;
  }
  return {};
}

std::string spelled(std::string_view text, std::size_t limit) {
  std::string spelling;
  for (const char c : text.substr(0, limit)) {
    if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') {
      spelling += c;
      continue;
    }
    std::array<char, 8> octal{};
    std::snprintf(octal.data(), octal.size(), "\\%03o", static_cast<unsigned>(static_cast<unsigned char>(c)));
    spelling += octal.data();
  }
  return '"' + spelling + (text.size() > limit ? "\"..." : "\"");
}

}  // namespace words
