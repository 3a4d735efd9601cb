set(sources
  event/loop.cpp
)
