// SPDX-License-Identifier: MIT
// What every fuzz target has: one function that is given one input, and sentences that must hold for it.
#pragma once

#include <string_view>

// Of the target. The bytes are on the heap, exactly as many as there are, so that one too many is noticed.
void fuzz(std::string_view input);

namespace target {

// Ends the program, with the sentence that does not hold, where `holds` is false.
void require(bool holds, std::string_view sentence);

}  // namespace target
