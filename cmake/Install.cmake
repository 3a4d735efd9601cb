# SPDX-License-Identifier: MIT
# Everything that is not a program: units, users, catalog, configuration, man pages.
file(GLOB OPENCLAW_UNITS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/units/*.service ${CMAKE_SOURCE_DIR}/units/*.timer
  ${CMAKE_SOURCE_DIR}/units/*.path)
install(FILES ${OPENCLAW_UNITS} DESTINATION ${OPENCLAW_SYSTEMD_UNIT_DIR})
file(GLOB OPENCLAW_USER_UNITS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/units/user/*.service
  ${CMAKE_SOURCE_DIR}/units/user/*.timer ${CMAKE_SOURCE_DIR}/units/user/*.path)
install(FILES ${OPENCLAW_USER_UNITS} DESTINATION lib/systemd/user)
install(FILES units/user/openclaw-state@.service units/user/openclaw-migrate@.service units/user/openclaw-validate@.service
  units/user/openclaw-canary@.service units/user/openclaw-stage@.service units/user/openclaw-probe@.service
  DESTINATION ${CMAKE_INSTALL_DATADIR}/openclaw-systemd/user)
install(FILES units/user/without-namespaces.conf DESTINATION ${CMAKE_INSTALL_DATADIR}/openclaw-systemd/user)
install(FILES units/user/preset DESTINATION lib/systemd/user-preset RENAME 50-openclaw-systemd.preset)
# What adopt links for a gateway with a name: outside of the search path, or a link to it would be a second name of the
# same unit.
install(FILES units/openclaw-state@.service units/openclaw-migrate@.service units/openclaw-validate@.service
  units/openclaw-canary@.service units/openclaw-stage@.service units/openclaw-probe@.service
  DESTINATION ${CMAKE_INSTALL_DATADIR}/openclaw-systemd/units)
install(FILES units/openclaw-gateway.service DESTINATION ${CMAKE_INSTALL_DATADIR}/openclaw-systemd/units)
install(FILES units/preset DESTINATION lib/systemd/system-preset RENAME 50-openclaw-systemd.preset)
install(FILES units/50-stage-deps.conf units/60-await-ready.conf DESTINATION ${CMAKE_INSTALL_DATADIR}/openclaw-systemd/openclaw-gateway.service.d)
install(FILES units/sysusers.conf DESTINATION lib/sysusers.d RENAME openclaw-systemd.conf)
install(FILES units/tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME openclaw-systemd.conf)
install(FILES units/openclaw-operators.rules DESTINATION ${CMAKE_INSTALL_DATADIR}/polkit-1/rules.d
  RENAME 50-openclaw-operators.rules)
file(GLOB OPENCLAW_SCHEMAS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/schema/*.json)
install(FILES ${OPENCLAW_SCHEMAS} DESTINATION ${CMAKE_INSTALL_DATADIR}/openclaw-systemd/schema)
install(FILES units/openclaw-systemd.catalog DESTINATION lib/systemd/catalog)
install(FILES units/helpers.ini DESTINATION /etc/openclaw)
# Shells look for the file by the name of the command.
foreach(program openclaw-update openclaw-install-deps openclaw-health)
  install(FILES completions/openclaw-systemd.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    RENAME ${program})
  install(FILES completions/openclaw-systemd.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
    RENAME ${program}.fish)
endforeach()
install(FILES completions/_openclaw-systemd DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
file(GLOB OPENCLAW_MAN_PAGES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/man/*.[1-9])
foreach(page IN LISTS OPENCLAW_MAN_PAGES)
  string(REGEX MATCH "[1-9]$" section ${page})
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
# The scripts of packages ask it.
install(PROGRAMS packaging/package-check DESTINATION ${OPENCLAW_LIBEXEC_DIR} RENAME openclaw-package-check)
