set(sources
  process/family.cpp
  process/launch.cpp
  process/output_tail.cpp
  process/run.cpp
)
