# A provider is one folder and one .so that links libaiproxy and nothing else of ours; the linker
# proves it: an undefined symbol fails the link.
function(aip_add_provider id)
  add_library(provider_${id} MODULE ${ARGN})
  target_link_libraries(provider_${id} PRIVATE aiproxy)
  set_target_properties(provider_${id} PROPERTIES
    PREFIX "" OUTPUT_NAME ${id} C_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
  if(NOT AIP_SANITIZE)  # a sanitizer's runtime is resolved from the program
    target_link_options(provider_${id} PRIVATE -Wl,-z,now -Wl,--no-undefined)
  endif()
endfunction()
