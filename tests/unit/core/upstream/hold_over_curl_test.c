/* The same over libcurl. */
#define CURL_ONLY true
#include "hold_test.c"
