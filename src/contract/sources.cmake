set(sources
  contract/envelope.cpp
  contract/members.cpp
  contract/task.cpp
  contract/tasks.cpp
)
