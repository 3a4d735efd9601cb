set(sources
  command/purpose.cpp
  command/run.cpp
)
