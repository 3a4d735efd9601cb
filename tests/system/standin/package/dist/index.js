// SPDX-License-Identifier: MIT
import './entry.js'
