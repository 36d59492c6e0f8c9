# A provider is one folder and one .so that links libaiproxy and nothing else of ours; the linker
# proves it: an undefined symbol fails the link. Installed with the SDK as AiproxyProvider.cmake.
#
#   aip_add_provider(<id> source...)
#
# A models.json in the folder becomes the header "models_json.h", where models_json is its text.
function(aip_add_provider id)
  add_library(provider_${id} MODULE ${ARGN})
  target_link_libraries(provider_${id} PRIVATE aiproxy::aiproxy)
  set_target_properties(provider_${id} PROPERTIES
    PREFIX "" OUTPUT_NAME ${id} C_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
  if(NOT AIP_SANITIZE)  # a sanitizer's runtime is resolved from the program
    target_link_options(provider_${id} PRIVATE -Wl,-z,now -Wl,--no-undefined)
  endif()
  aip_embed_models(provider_${id} ${CMAKE_CURRENT_SOURCE_DIR}/models.json)
endfunction()

# Text as an array of bytes: no length limit of string literals, no escaping.
function(aip_embed_models target json)
  if(NOT EXISTS ${json})
    return()
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${json})
  file(READ ${json} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  file(CONFIGURE OUTPUT ${folder}/models_json.h @ONLY CONTENT
    "/* Made from models.json. */\nstatic const char models_json[] = {@bytes@0};\n")
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
