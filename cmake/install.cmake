# What `cmake --install` lays down: the program, the library and its headers, the providers, and all that a
# third party needs to build one more (find_package(aiproxy) or pkg-config aiproxy). CPack makes a .deb.
include(CMakePackageConfigHelpers)

set(AIP_PLUGINS_DIR ${CMAKE_INSTALL_LIBDIR}/aiproxy/plugins)
set(AIP_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/aiproxy)

# The library and the program go into packages of their own.
install(TARGETS aiproxy EXPORT aiproxy-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/aiproxy DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT aiproxy-targets NAMESPACE aiproxy:: DESTINATION ${AIP_CMAKE_DIR})
configure_package_config_file(cmake/aiproxy-config.cmake.in
  ${CMAKE_BINARY_DIR}/aiproxy-config.cmake INSTALL_DESTINATION ${AIP_CMAKE_DIR})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/aiproxy-config-version.cmake
  COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_BINARY_DIR}/aiproxy-config.cmake
  ${CMAKE_BINARY_DIR}/aiproxy-config-version.cmake DESTINATION ${AIP_CMAKE_DIR})
install(FILES cmake/provider.cmake DESTINATION ${AIP_CMAKE_DIR} RENAME AiproxyProvider.cmake)
# The file finds its prefix from where it lies: `cmake --install --prefix` may lay it down anywhere.
file(RELATIVE_PATH AIP_PC_TO_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" AIP_PC_TO_PREFIX ${AIP_PC_TO_PREFIX})
configure_file(cmake/aiproxy.pc.in ${CMAKE_BINARY_DIR}/aiproxy.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/aiproxy.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY sdk/template DESTINATION ${CMAKE_INSTALL_DATADIR}/aiproxy)

if(TARGET aiproxyapi)
  install(TARGETS aiproxyapi RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
if(TARGET aiproxy-plugin-check)
  install(TARGETS aiproxy-plugin-check RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY ${CMAKE_BINARY_DIR}/plugins/ DESTINATION ${AIP_PLUGINS_DIR} USE_SOURCE_PERMISSIONS
  FILES_MATCHING PATTERN "*.so")
install(FILES config.example.yaml DESTINATION ${CMAKE_INSTALL_DATADIR}/aiproxy OPTIONAL)
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME aiproxyapi)
set(CPACK_PACKAGE_CONTACT "aiproxyapi contributors <aiproxyapi@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "AI API gateway: every client dialect on one port, any provider")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_BINARY_DIR}/lib)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
include(CPack)
