# SPDX-License-Identifier: MIT
# What is not as the row says: jq --argjson row ROW --argjson found FINDING. A row that says nothing of a thing takes any.
def same($key): $row[$key] == null or $row[$key] == $found[$key];
def tells($key; $text): $row[$key] == null or ($text | test($row[$key]));
[
  if $found.acts | test("^(" + $row.acts + ")$") then empty else "acts" end,
  if $found.reports == ($row.reports // []) then empty else "reports" end,
  ("starts", "ready" | if same(.) then empty else . end),
  if tells("state"; $found.state) then empty else "state" end,
  if tells("status"; $found.status) then empty else "status" end,
  if tells("told"; $found.says) then empty else "told" end,
  if $found.watchdog == ($row.watchdog // "active 0") then empty else "watchdog" end,
  if ($found.acts | test("rollback") | not) or $found.rolled_back_to == $found.previous then empty
  else "rolled_back_to" end
]
