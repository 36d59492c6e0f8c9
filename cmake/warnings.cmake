# Warnings are errors on gcc and clang; release is hardened; sanitizers by name.
add_compile_options(-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wpointer-arith -Wvla -Wformat=2 -Wundef -Wno-unused-parameter -fno-strict-aliasing
  -fno-common)
add_compile_definitions(_GNU_SOURCE)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_definitions(_FORTIFY_SOURCE=2)
  add_compile_options(-fstack-protector-strong)
  add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,--as-needed)
endif()
if(AIP_SANITIZE)
  add_compile_options(-fsanitize=${AIP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${AIP_SANITIZE})
endif()
option(AIP_FUZZ "build the fuzz targets (clang)" OFF)
if(AIP_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
